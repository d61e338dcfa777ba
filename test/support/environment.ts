import { join } from 'node:path'
import { inject } from 'vitest'

/** The master key of every installation of a test run; they share one key store, in which contacts have ids of their own. */
export const masterKey = Buffer.alloc(32, 'test').toString('base64url')

/** What their audit logs are signed with; processes on one database need the same. */
export const auditKey = 'PRIVATE+KEY+lethe.test/audit+16b459af+AWF7pHQ9n4Q+sLAcoUWt02w8FGo1aQsNuTABR/ITi0U/'

/** Most of what a process costs that tests start is to compile the product: they share what comes of it (see global-setup.ts). */
const compiled = { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '' }

/** The settings that lead a process of the product to this database. */
export const databaseEnvironment = (url: string): Record<string, string> => ({
  ...compiled,
  DATABASE_URL: url,
  KEYSTORE_URL: inject('keystoreUrl'),
  LETHE_MASTER_KEY: masterKey,
  LETHE_AUDIT_KEY: auditKey,
  LETHE_LEDGER: join(inject('ledgers'), new URL(url).pathname.slice(1)),
})
