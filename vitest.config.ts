import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// They replace a library by a spy, and so need the modules that use it anew. First, as a worker that others share ends before one.
const alone = ['identity/sign-in', 'identity/brute-force']

// Whatever takes a quarter of a minute begins early, or the other workers would wait for it at the end. The longest first.
const longest = `
  rights/matrix contacts/sight-everywhere cli/import deliveries/subscription ledger/drills keys/check verify/command
  erasure/killed audit-tree/processes cli/user verify/tampering cli/serve browser/graphiql identity/access-processes browser/partner-site
  browser/my-page browser/account documents/processes database/privileges rights/custom-fields keys/rotate
  verify/findings rights/weakened rights/side-channels rights/history mail/processes deliveries/processes
  backup/large browser/widget-accessibility ledger/command requests/machine requests/watch mails/killed reports/files-killed disclosure/large`
  .trim()
  .split(/\s+/)

const fileOf = (name: string) => `test/${name}.test.ts`
const order = new Map([...alone, ...longest].map((name, index) => [here(fileOf(name)), index]))

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification) => order.get(moduleId) ?? order.size
    return (await super.sort(files)).toSorted((one, other) => placeOf(one) - placeOf(other))
  }
}

// Modules are evaluated once for each worker: a file by itself costs a second and a half more.
const shared = {
  resolve: {
    alias: {
      // One copy of graphql, whoever imports it and however: two don't know each other's types.
      graphql: here('./node_modules/graphql/index.js'),
      // Tests run on the product's data model with the fixture module's added (see test/support/fixture-schema.ts).
      '#prisma/client.ts': here('./test/.generated/client/client.ts'),
      '#prisma/pothos.ts': here('./test/.generated/pothos.ts'),
    },
  },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/each-file.ts'],
    // Only what hangs is given up; a machine that has much else to do is no fault.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
  },
} satisfies TestProjectInlineConfiguration

export default defineConfig({
  test: {
    projects: [
      { ...shared, test: { ...shared.test, name: 'shared', exclude: alone.map(fileOf), isolate: false } },
      { ...shared, test: { ...shared.test, name: 'alone', include: alone.map(fileOf) } },
    ],
    globalSetup: ['test/support/global-setup.ts'],
    // One more than the two processors that there are at least: much of the time, tests wait for other processes.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
})
