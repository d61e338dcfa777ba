import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
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
    globalSetup: ['test/support/global-setup.ts'],
    // Only what hangs is given up; a machine that has much else to do is no fault.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
})
