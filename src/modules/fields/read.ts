import type { Contact } from '#prisma/client.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { forbiddenRead, invalidInput, LetheError } from '../../graphql/errors.ts'
import { loggable } from '../../log-error.ts'
import { keyOf } from '../audit/opening.ts'
import { inNewForm } from './convert.ts'
import type { Definition } from './definition.ts'
import type { Definitions } from './definitions.ts'
import { absent, type FieldCaller, mayRead, rightOfField } from './rights.ts'
import { type FieldValue, isSealed, openValue, storedFields } from './values.ts'

// Reading the custom fields of one contact, whoever asks (rights.ts). That somebody gets sensitive values is for the caller to log.

/** A value of a contact, opened, for whoever may read it; a default is of none. */
export type FieldOfContact = { contactId: string | null; definition: Definition; value: FieldValue }

/** What of a contact has to be known. */
export type HasFields = Pick<Contact, 'id' | 'customFields'>

type Reader = Pick<WorkContext, 'keys' | 'log' | 'requestId' | 'country'> & Pick<Context, 'loaders'> & FieldCaller

/** The fields that a contact has a value of, as far as the caller may read them. */
export function readableFields(caller: FieldCaller, { customFields }: HasFields, { all }: Definitions): Definition[] {
  const stored = storedFields(customFields)
  return all.filter((definition) => stored[definition.key] !== undefined && mayRead(caller, definition))
}

/**
 * One value. Throws FORBIDDEN for a field that the caller may not read, whether there is one or not, and INVALID_INPUT for one
 * that isn't there to those who may know which there are.
 */
export async function readField(
  reader: Reader,
  contact: HasFields,
  definitions: Definitions,
  key: string,
): Promise<FieldOfContact | null> {
  const definition = definitions.get(key)
  if (!mayRead(reader, definition ?? absent(key))) throw forbiddenRead(rightOfField(key))
  if (definition) return openField(reader, contact, definition)
  if (reader.rights && !reader.rights.canRead('fields.definitions')) return null
  throw invalidInput([{ field: 'key', message: 'There is no custom field with this key.' }])
}

/** The value of a field that the caller may read. Throws UNREADABLE for one that was altered in the database. */
export async function openField(
  reader: Reader,
  { id: contactId, customFields }: HasFields,
  definition: Definition,
): Promise<FieldOfContact | null> {
  const stored = storedFields(customFields)[definition.key]
  if (stored === undefined) return null
  const formed = (kept: FieldValue) => {
    const value = inNewForm(definition, kept, reader.country)
    return value === undefined ? null : { contactId, definition, value }
  }
  if (!isSealed(stored)) return formed(stored)
  const key = await keyOf(reader, { contactId })
  if (key === 'destroyed') return null
  if (!key)
    throw new LetheError(
      'UNREADABLE',
      'The key store has no key for this contact. Tell an administrator: "lethe keys check" says more.',
    )
  try {
    return formed(openValue(key, contactId, definition.key, stored))
  } catch (cause) {
    if (cause instanceof LetheError) throw cause // The key store is away.
    reader.log.error({ requestId: reader.requestId, contactId, error: loggable(cause) }, 'a custom field does not open')
    throw new LetheError(
      'UNREADABLE',
      `"${definition.key}" does not open: it was altered in the database. Tell an administrator.`,
    )
  }
}
