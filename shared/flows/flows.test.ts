import { describe, expect, it } from 'vitest';
import { parsePlant } from '../plant/parse.ts';
import { type Engines, plannedFlows } from './plan.ts';
import { flowCsv, flowNftables, flowTable } from './print.ts';

const PLANT = `
version: 1
site: { id: works, name: Works, timezone: Europe/London, currency: GBP, locale: en-GB }
calendars: { day: { shifts: [ { id: d, name: Day, days: [mon], start: "06:00", end: "14:00" } ] } }
sources:
  plc1: { type: opcua, endpoint: "opc.tcp://10.0.0.5", securityMode: SignAndEncrypt, securityPolicy: Basic256Sha256, userName: linewatt, password: "\${P}", zone: "Cell 1, level 2" }
  plc2: { type: opcua, endpoint: "opc.tcp://plc2.works:4841", securityMode: None }
  meters: { type: modbus, host: 10.0.0.20 }
  uns: { type: mqtt, url: "mqtts://broker.works" }
lines:
  - { id: a, name: A, area: Hall, calendar: day, machines: [ { id: m1, name: M1, idealCycleSeconds: 1, total: { source: plc1, node: "ns=1;s=T" } } ] }
  - { id: b, name: B, area: Hall, calendar: day, machines: [ { id: m2, name: M2, idealCycleSeconds: 1, total: { source: plc2, node: "ns=1;s=T" } } ] }
meters:
  - { id: e1, name: E1, importWh: { source: meters, unit: 1, register: 1, scale: 1 } }
  - { id: e2, name: E2, importWh: { source: uns, topic: t, path: "$.kwh", scale: 1 } }
edges: { one: { lines: [a], meters: [e1] }, two: { lines: [b], meters: [e2] } }
channels:
  - { id: hook, type: webhook, url: "https://hooks.works/x", secret: "\${H}" }
  - { id: post, type: email, to: [ "shift@works" ] }
`;

const ENGINES: Engines = {
  historianUrl: 'http://10.1.0.9:8086/linewatt',
  brokerUrl: 'mqtts://10.1.0.8',
  ledgerUrl: 'postgres://10.1.0.7/linewatt?sslmode=require',
  listen: { host: '10.1.0.2', port: 443, tls: true },
  accounts: { historian: 'edge', broker: 'edge', ledger: 'api' },
  mail: { host: 'mail.works', port: 587, tls: true, user: 'linewatt' },
  singleSignOn: 'https://id.works',
  enrolPort: 8080,
};

const { plant } = parsePlant(PLANT, { hash: 'x' });
const flows = plannedFlows(plant, ENGINES);
const brief = flows.map((f) => `${f.from} > ${f.to} ${f.host}:${f.port} ${f.encryption} as ${f.account}`);

describe('planned flows', () => {
  it('are all that is configured, edge by edge', () => {
    expect(brief).toEqual([
      'edge one > plc1 10.0.0.5:4840 SignAndEncrypt, Basic256Sha256 as linewatt',
      'edge one > meters 10.0.0.20:502 none as none',
      'edge one > historian 10.1.0.9:8086 none as edge',
      'edge one > broker 10.1.0.8:8883 TLS as edge',
      'edge two > plc2 plc2.works:4841 none as anonymous',
      'edge two > uns broker.works:8883 TLS as none',
      'edge two > historian 10.1.0.9:8086 none as edge',
      'edge two > broker 10.1.0.8:8883 TLS as edge',
      'api > historian 10.1.0.9:8086 none as edge',
      'api > broker 10.1.0.8:8883 TLS as edge',
      'api > ledger 10.1.0.7:5432 TLS as api',
      'api > hook hooks.works:443 TLS as signed requests',
      'api > mail mail.works:587 TLS as linewatt',
      'api > single sign-on id.works:443 TLS as its client id',
      'browsers > api 10.1.0.2:443 TLS as people, by their session',
      'browsers > api, enrolment 10.1.0.2:8080 none as nobody',
    ]);
  });

  it('are none for files, and one on the loopback address for the broker inside', () => {
    const local = plannedFlows(plant, {
      ...ENGINES,
      historianUrl: 'sqlite:',
      brokerUrl: 'aedes:',
      ledgerUrl: 'sqlite:',
    });
    expect(local.filter(({ to }) => to === 'historian' || to === 'ledger')).toEqual([]);
    expect(local.find(({ to }) => to === 'broker')).toMatchObject({ host: '127.0.0.1', port: 18830 });
  });

  it('print as a table and as CSV that no spreadsheet runs', () => {
    expect(flowTable(flows).split('\n')).toHaveLength(flows.length + 2);
    expect(flowTable(flows).split('\n')[0]).toMatch(/^from +to +host +port/);
    const csv = flowCsv([{ ...(flows[0] ?? expect.unreachable()), zone: '=cmd|"x"' }]);
    expect(csv).toContain(`"'=cmd|""x"""`);
    expect(csv).toContain('"SignAndEncrypt, Basic256Sha256"');
  });

  it('become firewall rules: out to these and nothing else, in for answers only', () => {
    const rules = flowNftables(flows, 'edge two', []);
    expect(rules).toContain('type filter hook input priority 0; policy drop;');
    expect(rules).not.toContain('dport 443');
    expect(rules).toContain('ip daddr @host_plc2_works tcp dport 4841 accept comment "plc2, OPC UA"');
    expect(rules).toContain('ip daddr 10.1.0.9 tcp dport 8086 accept comment "historian, HTTP"');
    expect(rules).not.toContain('10.0.0.5');
    expect(flowNftables(flows, 'api', [443])).toContain('tcp dport 443 accept comment "browsers"');
  });
});
