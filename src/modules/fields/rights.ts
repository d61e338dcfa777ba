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

/**
 * Who asks. Each of these that is there bounds what they may: their rights; that they are a partner's program; that they are the
 * contact, who has no rights and gets what definitions open to contacts. The product itself is none of them, and may do everything.
 */
export type FieldCaller = { rights?: Rights; partner?: boolean; contact?: boolean }

type Opened = Pick<Definition, 'key' | 'partners' | 'contact'>

/** In the place of a field that there is not: it is open to nobody but those with its right. */
export const absent = (key: string): Opened => ({ key, partners: 'none', contact: 'none' })

/** Whether somebody may read the values of a field. */
export const mayRead = ({ rights, partner, contact }: FieldCaller, field: Opened): boolean =>
  (!rights || rights.canRead(rightOfField(field.key))) &&
  (!partner || field.partners !== 'none') &&
  (!contact || field.contact !== 'none')

/** Whether somebody may write them. */
export const mayWrite = ({ rights, partner, contact }: FieldCaller, field: Opened): boolean =>
  (!rights || rights.canWrite(rightOfField(field.key))) &&
  (!partner || field.partners === 'fill') &&
  (!contact || field.contact === 'fill')
