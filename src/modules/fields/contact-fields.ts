import type { Builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { type Definitions, definitionsOf } from './definitions.ts'
import { type FieldOfContact, type HasFields, openField, readableFields, readField } from './read.ts'
import { typed, type ValueType } from './value-types.ts'
import { auditName, isSealed, storedFields } from './values.ts'

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
        if (!keys)
          return Promise.all(
            readableFields(context, contact, definitions).map((one) => openField(context, contact, one).then(asType)),
          )
        if (keys.length > mostKeys) throw new LetheError('LIMIT_EXCEEDED', `At most ${mostKeys} keys at once.`)
        return Promise.all(keys.map((key) => readField(context, contact, definitions, key).then(asType, asItem)))
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
      resolve: async (contact, { key }, context) =>
        asType(await readField(context, contact, await definitionsOf(context), key)),
    }),
  )
}

/** Of sensitive values, that somebody gets them. */
function noteOf(
  contact: HasFields,
  definitions: Definitions,
  keys: readonly string[] | null | undefined,
  context: Context,
) {
  const stored = storedFields(contact.customFields)
  const sealed = readableFields(context, contact, definitions).filter(
    ({ key }) => isSealed(stored[key]) && (keys?.includes(key) ?? true),
  )
  if (sealed.length === 0) return undefined
  return { contactId: contact.id, of: { entity: 'Contact', fields: sealed.map(({ key }) => auditName(key)) } }
}

const asType = (found: FieldOfContact | null) => found && typed(found)

/** An error in the place of an item, so that the others come all the same. */
function asItem(error: unknown) {
  if (error instanceof LetheError) return error as never
  throw error
}
