import { randomBytes } from 'node:crypto'
import { createSecrets } from '../../src/secrets.ts'

/** What contexts of tests know of an installation, beside its database. */
export const installation = {
  country: 'DE',
  secrets: createSecrets(randomBytes(32)),
  publicUrl: 'https://lethe.test',
  mail: false,
}
