import { randomBytes } from 'node:crypto'
import { createSecrets } from '../../src/secrets.ts'
import { sharedKeys } from './keys.ts'

/** What contexts of tests know of an installation, beside its database. */
export const installation = {
  country: 'DE',
  secrets: createSecrets(randomBytes(32)),
  keys: sharedKeys,
  publicUrl: 'https://lethe.test',
  mail: false,
}
