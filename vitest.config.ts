import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

/* One project per kind of test, so that each keeps its own budget: check, properties, simulation, servers, browser. */
const slow = { testTimeout: 120_000, hookTimeout: 120_000 };
/** Real processes against real clocks, on machines that others use too: one more try, which the report names. */
const real = { ...slow, retry: 1 };

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [vue()],
        test: {
          name: 'unit',
          include: ['{shared,edge,api,dashboard}/**/*.test.ts', 'test/{architecture,mutation,servers}/**/*.test.ts'],
          // Nothing here keeps state outside its own file, and loading each file's modules anew costs more than the tests.
          isolate: false,
          // A busy machine is not a failure.
          testTimeout: 30_000,
        },
      },
      { test: { name: 'properties', include: ['test/oracle/**/*.test.ts', 'test/properties/**/*.test.ts'], ...slow } },
      { test: { name: 'simulation', include: ['test/scenarios/**/*.test.ts'], ...slow } },
      // Most of what these do is wait for servers: two at a time.
      { test: { name: 'servers', include: ['test/{conformance,integration}/**/*.test.ts'], maxWorkers: 2, ...real } },
      { test: { name: 'faults', include: ['test/faults/**/*.test.ts'], fileParallelism: false, ...real } },
      { test: { name: 'browser', include: ['test/e2e/**/*.test.ts'], fileParallelism: false, ...real } },
    ],
  },
});
