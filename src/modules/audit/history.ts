import { type GraphQLSchema, getNamedType, isObjectType } from 'graphql'
import { Prisma } from '#prisma/client.ts'
import type { Builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { forbiddenInput, invalidInput } from '../../graphql/errors.ts'
import { definitionsOf } from '../fields/definitions.ts'
import { howCustomFieldsAre, keyInAudit } from '../fields/values.ts'
import { connectionOf } from './connection.ts'
import { auditLoaders } from './loaders.ts'
import { wordsOnly } from './log-reads.ts'
import { type Sight, sightOf } from './sight.ts'
import type { AuditTypes } from './types.ts'

/** `Contact.history`. */
export function addHistory(builder: Builder, { entry, connection, edge }: AuditTypes): void {
  builder.prismaObjectField('Contact', 'history', (t) =>
    t.connection(
      {
        type: entry,
        nullable: true,
        auth: { read: 'audit.history' },
        description:
          'What happened to the contact and to what belongs to it, the newest first. Entries of which you may read ' +
          'nothing are left out.',
        args: {
          field: t.arg.string({
            description:
              'Only entries in which this field of Contact changed, with what else did; a list such as `emails` stands for all that ' +
              'is in it, `customFields.<key>` for one custom field, `customFields` for all that you may read.',
          }),
          reads: t.arg.boolean({
            defaultValue: false,
            description: 'Also that somebody looked at what is sensitive, such as at this history.',
          }),
        },
        readLog: async ({ id }, { field }, context, { schema }) => {
          if (field) await fieldCondition(schema, sightOf(schema, context), field, context)
          return { contactId: id, ...(field && { what: { field: wordsOnly(field) } }) }
        },
        resolve: async ({ id }, { field, reads, ...page }, context, { schema }) => {
          const sight = sightOf(schema, context)
          const only = field ? [await fieldCondition(schema, sight, field, context)] : []
          // As it stands in the condition of an index.
          const all = reads ? [] : [Prisma.sql`e.action <> 'read'`]
          const { first, after, last, before } = page
          const key = JSON.stringify([field, reads, first, after, last, before])
          const loader = auditLoaders(context).history(key, page, () => ({
            conditions: [sight.condition(), ...all, ...only],
            ofErased: field ? undefined : all,
          }))
          return connectionOf(context, await loader.load(id), sight)
        },
      },
      connection,
      edge,
    ),
  )
}

/** Throws FORBIDDEN for a field that the caller may not read, as what was found would tell about it; INVALID_INPUT if there is none. */
async function fieldCondition(schema: GraphQLSchema, sight: Sight, field: string, context: Context) {
  const right = sight.lacks('Contact', field)
  if (right !== undefined) throw forbiddenInput([{ path: 'field', access: 'read', right }])
  const custom = keyInAudit(field)
  if (custom !== undefined) {
    const unknown = context.rights.canRead('fields.definitions') && !(await definitionsOf(context)).get(custom)
    if (unknown) throw invalidInput([{ field: 'field', message: 'There is no custom field with this key.' }])
    return Prisma.sql`e.entity = 'Contact' AND ${field} = ANY(e.fields)`
  }
  if (field === 'customFields') return Prisma.sql`EXISTS (SELECT FROM unnest(e.fields) field WHERE ${sight.custom()})`
  const contact = schema.getType('Contact')
  const definition = isObjectType(contact) ? contact.getFields()[field] : undefined
  if (!definition) throw invalidInput([{ field: 'field', message: 'Contact has no field of this name.' }])
  if (field === 'customField') throw invalidInput([{ field: 'field', message: howCustomFieldsAre }])
  // What is worked out from other rows says which.
  const derived = definition.extensions['derivedFrom']
  if (typeof derived === 'string') return Prisma.sql`e.entity = ${derived}`
  const type = getNamedType(definition.type)
  return isObjectType(type) && type !== contact
    ? Prisma.sql`e.entity = ${type.name}`
    : Prisma.sql`e.entity = 'Contact' AND ${field} = ANY(e.fields)`
}
