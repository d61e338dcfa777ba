import type { Contact } from '#prisma/client.ts'
import type { Builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { forbiddenRead, invalidInput, LetheError } from '../../graphql/errors.ts'
import { loggable } from '../../log-error.ts'
import { keyOf } from '../audit/opening.ts'
import type { Definition } from './definition.ts'
import { type Definitions, definitionsOf } from './definitions.ts'
import { mayRead, rightOfField } from './rights.ts'
import { type FieldOfContact, typed, type ValueType } from './value-types.ts'
import { auditName, isSealed, openValue, storedFields } from './values.ts'

const mostKeys = 200

/** `Contact.customFields` and `Contact.customField`. */
export function addContactFields(builder: Builder, value: ValueType): void {
  builder.prismaObjectField('Contact', 'customFields', (t) =>
    t.field({
      type: [value],
      nullable: { list: true, items: true },
      select: { customFields: true },
      description:
        'Values of custom fields, each under the right of its field, `fields.<key>`. Without `keys`: those that you may read, as far ' +
        'as there are any, in the order of forms. With `keys`: each of these, null where there is none; those that you may not read are ' +
        'null with an error. That sensitive values are read is logged.',
      args: { keys: t.arg.stringList({ description: `At most ${mostKeys}.` }) },
      readLog: async (contact, { keys }, context) => noteOf(contact, await definitionsOf(context), keys, context),
      resolve: async (contact, { keys }, context) => {
        const definitions = await definitionsOf(context)
        if (!keys) return Promise.all(readable(contact, definitions, context).map((one) => open(contact, one, context)))
        if (keys.length > mostKeys) throw new LetheError('LIMIT_EXCEEDED', `At most ${mostKeys} keys at once.`)
        return Promise.all(keys.map((key) => found(contact, definitions, key, context).catch(asItem)))
      },
    }),
  )
  builder.prismaObjectField('Contact', 'customField', (t) =>
    t.field({
      type: value,
      nullable: true,
      select: { customFields: true },
      description: 'The value of one custom field; null if there is none. Its right is `fields.<key>`.',
      args: { key: t.arg.string({ required: true, description: 'The key of the field.' }) },
      readLog: async (contact, { key }, context) => noteOf(contact, await definitionsOf(context), [key], context),
      resolve: async (contact, { key }, context) => found(contact, await definitionsOf(context), key, context),
    }),
  )
}

type HasFields = Pick<Contact, 'id' | 'customFields'>

/** What is there and may be read. */
const readable = ({ customFields }: HasFields, { all }: Definitions, context: Context) => {
  const stored = storedFields(customFields)
  return all.filter((definition) => stored[definition.key] !== undefined && mayRead(context, definition))
}

/** Of sensitive values, that somebody gets them. */
function noteOf(
  contact: HasFields,
  definitions: Definitions,
  keys: readonly string[] | null | undefined,
  context: Context,
) {
  const stored = storedFields(contact.customFields)
  const sealed = readable(contact, definitions, context).filter(
    ({ key }) => isSealed(stored[key]) && (keys?.includes(key) ?? true),
  )
  if (sealed.length === 0) return undefined
  return { contactId: contact.id, of: { entity: 'Contact', fields: sealed.map(({ key }) => auditName(key)) } }
}

/**
 * One value. Throws FORBIDDEN for a field that the caller may not read, whether there is one or not, and INVALID_INPUT for one
 * that isn't there to those who may know which there are.
 */
async function found(contact: HasFields, definitions: Definitions, key: string, context: Context) {
  const definition = definitions.get(key)
  if (!mayRead(context, definition ?? { key, partners: 'none' })) throw forbiddenRead(rightOfField(key))
  if (definition) return open(contact, definition, context)
  if (!context.rights.canRead('fields.definitions')) return null
  throw invalidInput([{ field: 'key', message: 'There is no custom field with this key.' }])
}

async function open(contact: HasFields, definition: Definition, context: Context): Promise<FieldOfContact | null> {
  const { id: contactId, customFields } = contact
  const stored = storedFields(customFields)[definition.key]
  if (stored === undefined) return null
  if (!isSealed(stored)) return typed({ contactId, definition, value: stored })
  const key = await keyOf(context, { contactId })
  if (key === 'destroyed') return null
  if (!key)
    throw new LetheError(
      'UNREADABLE',
      'The key store has no key for this contact. Tell an administrator: "lethe keys check" says more.',
    )
  try {
    return typed({ contactId, definition, value: openValue(key, contactId, definition.key, stored) })
  } catch (cause) {
    if (cause instanceof LetheError) throw cause // The key store is away.
    context.log.error(
      { requestId: context.requestId, contactId, error: loggable(cause) },
      'a custom field does not open',
    )
    throw new LetheError(
      'UNREADABLE',
      `"${definition.key}" does not open: it was altered in the database. Tell an administrator.`,
    )
  }
}

/** An error in the place of an item, so that the others come all the same. */
function asItem(error: unknown) {
  if (error instanceof LetheError) return error as never
  throw error
}
