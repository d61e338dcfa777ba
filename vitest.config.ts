import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// Whatever takes minutes begins first, or one worker would wait for it at the end.
const longest = ['./test/rights/matrix.test.ts', './test/verify/tampering.test.ts'].map(here)

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => longest.includes(moduleId)
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

// They replace a library by a spy, and so need the modules that use it anew.
const alone = ['test/identity/{sign-in,brute-force}.test.ts']

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
  },
} satisfies TestProjectInlineConfiguration

export default defineConfig({
  test: {
    projects: [
      { ...shared, test: { ...shared.test, name: 'shared', exclude: alone, isolate: false } },
      { ...shared, test: { ...shared.test, name: 'alone', include: alone } },
    ],
    globalSetup: ['test/support/global-setup.ts'],
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
})
