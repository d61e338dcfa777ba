import type { Contact } from '#prisma/client.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { forbiddenRead, invalidInput, LetheError } from '../../graphql/errors.ts'
import { loggable } from '../../log-error.ts'
import type { MaybePromise } from '../../maybe-promise.ts'
import { keyOf } from '../audit/opening.ts'
import { inNewForm } from './convert.ts'
import type { Definition } from './definition.ts'
import type { Definitions } from './definitions.ts'
import { absent, type FieldCaller, mayRead, rightOfField } from './rights.ts'
import { type FieldValue, isSealed, openValue, type Sealed, storedFields } from './values.ts'

// Reading the custom fields of one contact, whoever asks (rights.ts). That somebody gets sensitive values is for the caller to log.

/** A value of a contact, opened, for whoever may read it; a default is of none. */
export type FieldOfContact = { contactId: string | null; definition: Definition; value: FieldValue }

/** What of a contact has to be known. */
export type HasFields = Pick<Contact, 'id' | 'customFields'>

type Reader = Pick<WorkContext, 'keys' | 'log' | 'requestId' | 'country'> & Pick<Context, 'loaders'> & FieldCaller

/** The fields that a contact has a value of, as far as the caller may read them. */
export function readableFields(caller: FieldCaller, { customFields }: HasFields, { all }: Definitions): Definition[] {
  const stored = storedFields(customFields)
  const may = mayReadOf(caller)
  return all.filter((definition) => stored[definition.key] !== undefined && may(definition))
}

type May = (definition: Definition) => boolean

// What is found out names nobody who asks: the engine keeps what an old map leads to until its next great collection of garbage, and
// so would keep all that each request has at hand.
const asked = new WeakMap<FieldCaller, { rights: FieldCaller['rights']; known: Map<Definition, boolean> }>()

/** Whether a caller may read a field. It is the same for each contact, so it is found out once. */
function mayReadOf(caller: FieldCaller): May {
  const { rights } = caller
  const last = asked.get(caller)
  const known = last && last.rights === rights ? last.known : new Map<Definition, boolean>()
  if (known !== last?.known) asked.set(caller, { rights, known })
  return (definition) => {
    const answer = known.get(definition) ?? mayRead(caller, definition)
    known.set(definition, answer)
    return answer
  }
}

/**
 * One value. Throws FORBIDDEN for a field that the caller may not read, whether there is one or not, and INVALID_INPUT for one
 * that isn't there to those who may know which there are.
 */
export function readField(
  reader: Reader,
  contact: HasFields,
  definitions: Definitions,
  key: string,
): MaybePromise<FieldOfContact | null> {
  const definition = definitions.get(key)
  if (!mayRead(reader, definition ?? absent(key))) throw forbiddenRead(rightOfField(key))
  if (definition) return openField(reader, contact, definition)
  if (reader.rights && !reader.rights.canRead('fields.definitions')) return null
  throw invalidInput([{ field: 'key', message: 'There is no custom field with this key.' }])
}

/** The value of a field that the caller may read. Throws UNREADABLE for one that was altered in the database. */
export function openField(
  reader: Reader,
  { id: contactId, customFields }: HasFields,
  definition: Definition,
): MaybePromise<FieldOfContact | null> {
  const stored = storedFields(customFields)[definition.key]
  if (stored === undefined) return null
  return isSealed(stored)
    ? openSealed(reader, contactId, definition, stored)
    : formed(reader, contactId, definition, stored)
}

function formed({ country }: Reader, contactId: string, definition: Definition, kept: FieldValue) {
  const value = inNewForm(definition, kept, country)
  return value === undefined ? null : { contactId, definition, value }
}

async function openSealed(
  reader: Reader,
  contactId: string,
  definition: Definition,
  stored: Sealed,
): Promise<FieldOfContact | null> {
  const key = await keyOf(reader, { contactId })
  if (key === 'destroyed') return null
  if (!key)
    throw new LetheError(
      'UNREADABLE',
      'The key store has no key for this contact. Tell an administrator: "lethe keys check" says more.',
    )
  try {
    return formed(reader, contactId, definition, openValue(key, contactId, definition.key, stored))
  } catch (cause) {
    if (cause instanceof LetheError) throw cause // The key store is away.
    reader.log.error({ requestId: reader.requestId, contactId, error: loggable(cause) }, 'a custom field does not open')
    throw new LetheError(
      'UNREADABLE',
      `"${definition.key}" does not open: it was altered in the database. Tell an administrator.`,
    )
  }
}
