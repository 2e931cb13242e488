import { PLANT } from '../../api/fixture.ts';

/** The site of the api's tests with a second line, so that there is something that is somebody else's. */
export const TWO_LINES = PLANT.replace(
  'meters:',
  `  - id: machining
    name: Machining
    area: Metal
    calendar: early
    machines:
      - { id: lathe, name: Lathe, state: { source: plc, node: "ns=1;s=l.state", map: { 1: running, 2: down } },
          total: { source: plc, node: "ns=1;s=l.total" } }
meters:`,
).replace(
  'tariffs:',
  `  - { id: m-lathe, name: Lathe, parent: m-main, feeds: lathe, importWh: { source: plc, node: "ns=1;s=ml.wh", maxKw: 50 } }
tariffs:`,
);
