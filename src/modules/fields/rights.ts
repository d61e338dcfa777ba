import type { Rights } from '../../graphql/auth/rights.ts'
import type { Definition } from './definition.ts'

/** The rights of the module itself. Each custom field has its own besides. */
export const fieldRights = {
  'fields.definitions':
    'Which custom fields contacts have, and of what they are; changing them takes the rights of each field, too, where it tells of values.',
} as const

/** What stands before the key of a field in the name of its right. */
export const fieldModule = 'fields'

/** The right to read or write the values of the field with this key, whether there is one or not. */
export const rightOfField = (key: string): string => `${fieldModule}.${key}`

/** Who asks: their rights, and whether they are a partner's program. The product itself has no rights and may do everything. */
export type FieldCaller = { rights?: Rights; partner?: boolean }

/** Whether somebody may read the values of a field. */
export const mayRead = ({ rights, partner }: FieldCaller, { key, partners }: Pick<Definition, 'key' | 'partners'>) =>
  (!rights || rights.canRead(rightOfField(key))) && (!partner || partners !== 'none')

/** Whether somebody may write them. */
export const mayWrite = ({ rights, partner }: FieldCaller, { key, partners }: Pick<Definition, 'key' | 'partners'>) =>
  (!rights || rights.canWrite(rightOfField(key))) && (!partner || partners === 'fill')
