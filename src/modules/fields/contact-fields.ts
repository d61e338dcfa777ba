import type { Builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { reads } from '../../graphql/execute/selected.ts'
import { type MaybePromise, whenAllThere, whenThere } from '../../maybe-promise.ts'
import { type Definitions, definitionsThere } from './definitions.ts'
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
      description:
        'Values of custom fields, each under the right of its field, `fields.<key>`. Without `keys`: those that you may read, as far ' +
        'as there are any, in the order of forms. With `keys`: each of these, null where there is none; those that you may not read are ' +
        'null with an error. That sensitive values are read is logged.',
      extensions: reads('customFields'),
      args: { keys: t.arg.stringList({ description: `At most ${mostKeys}.` }) },
      readLog: (contact, { keys }, context) =>
        whenThere(definitionsThere(context), (definitions) => noteOf(contact, definitions, keys, context)),
      resolve: (contact, { keys }, context) => {
        if (keys && keys.length > mostKeys) throw new LetheError('LIMIT_EXCEEDED', `At most ${mostKeys} keys at once.`)
        return whenThere(definitionsThere(context), (definitions) =>
          whenAllThere(
            keys
              ? keys.map((key) => itemOf(() => readField(context, contact, definitions, key)))
              : readableFields(context, contact, definitions).map((one) =>
                  whenThere(openField(context, contact, one), asType),
                ),
          ),
        )
      },
    }),
  )
  builder.prismaObjectField('Contact', 'customField', (t) =>
    t.field({
      type: value,
      nullable: true,
      description: 'The value of one custom field; null if there is none. Its right is `fields.<key>`.',
      extensions: reads('customFields'),
      args: { key: t.arg.string({ required: true, description: 'The key of the field.' }) },
      readLog: (contact, { key }, context) =>
        whenThere(definitionsThere(context), (definitions) => noteOf(contact, definitions, [key], context)),
      resolve: (contact, { key }, context) =>
        whenThere(definitionsThere(context), (definitions) =>
          whenThere(readField(context, contact, definitions, key), asType),
        ),
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
  if (!Object.values(stored).some(isSealed)) return undefined
  const sealed = readableFields(context, contact, definitions).filter(
    ({ key }) => isSealed(stored[key]) && (keys?.includes(key) ?? true),
  )
  if (sealed.length === 0) return undefined
  return { contactId: contact.id, of: { entity: 'Contact', fields: sealed.map(({ key }) => auditName(key)) } }
}

const asType = (found: FieldOfContact | null) => found && typed(found)

/** An item of a list: an error stands in the place of one that can't be read, so that the others come all the same. */
function itemOf(read: () => MaybePromise<FieldOfContact | null>) {
  try {
    const found = whenThere(read(), asType)
    return found instanceof Promise ? found.catch(asItem) : found
  } catch (error) {
    return asItem(error)
  }
}

function asItem(error: unknown) {
  if (error instanceof LetheError) return error as never
  throw error
}
