import { encodeGlobalID } from '@pothos/plugin-relay'
import { type GraphQLSchema, isObjectType } from 'graphql'
import type { Builder } from '../../graphql/builder.ts'
import { findContact } from '../contacts/sight.ts'
import { addActor } from './actor-types.ts'
import { proofOf } from './proofs/proof.ts'
import type { ProofTypes } from './proofs/types.ts'
import type { VisibleEntry } from './sight.ts'
import type { FieldChanges } from './values.ts'

/** The types of the log, for the fields that lead to it. */
export type AuditTypes = ReturnType<typeof addAuditTypes>

/** `AuditEntry` and what belongs to it. What leads there has its own right, so most of it needs no further one. */
export function addAuditTypes(builder: Builder, { proof }: ProofTypes) {
  const { actor, actorKind } = addActor(builder)
  const action = builder.enumType('AuditAction', {
    description: 'What happened.',
    values: {
      CREATED: { value: 'created', description: 'Something was entered; the values are those that it began with.' },
      UPDATED: { value: 'updated', description: 'Values changed.' },
      REMOVED: { value: 'removed', description: 'Something was taken away; the values are those that it had last.' },
      ERASED: {
        value: 'erased',
        description:
          'Rows of a contact were erased for good: of which kind, and how many (Art. 17 GDPR). There are no values.',
      },
      READ: { value: 'read', description: 'Somebody looked at what is sensitive, such as a history or a report.' },
      REFUSED: { value: 'refused', description: 'Somebody was turned away, such as from signing in.' },
    } as const,
  })
  const change = addFieldChange(builder)

  const entry = builder.objectRef<VisibleEntry>('AuditEntry').implement({
    description:
      'Something that happened: what, when, by whom. Fields that you may not read elsewhere are left out here, too. When a ' +
      'contact is erased, its entries stay, but nobody can find out any more what happened.',
    auth: 'public',
    about: ({ contactId }) => contactId,
    sensitive: true,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Entries sort by it as by time.' }),
      recordedAt: t.expose('recordedAt', { type: 'DateTime', nullable: false, description: 'When it happened.' }),
      action: t.expose('action', { type: action, nullable: false, description: 'What happened.' }),
      operation: t.exposeString('operation', {
        nullable: false,
        description: 'In which operation, such as `mergeContacts`.',
      }),
      entity: t.exposeString('entity', {
        nullable: true,
        description:
          'The type of what it happened to: `Contact`, `EmailAddress`. Null if you may read nothing of it, or the contact was erased.',
      }),
      entityId: t.id({
        nullable: true,
        description: 'The `id` of what it happened to. Null if you may not read that, or the contact was erased.',
        resolve: ({ entity, entityId }, _args, _context, { schema }) =>
          entity && entityId && idIn(schema, entity, entityId),
      }),
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'The contact that it is about. Null if it is about none, or about one that has been erased.',
        // Prisma makes one statement of those of a page.
        resolve: (query, { contactId }, _args, context) => (contactId ? findContact(context, query, contactId) : null),
      }),
      contactId: t.id({
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'The `id` of the contact that it is about, also when that has been erased.',
        resolve: ({ contactId }) => contactId && encodeGlobalID('Contact', contactId),
      }),
      sequence: t.field({
        type: 'SafeInt',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description:
          'The how manieth entry about its contact it is, from 1: where a number is missing, an entry is. Null if it is about none.',
        resolve: ({ sequence }) => (sequence === null ? null : Number(sequence)),
      }),
      requestId: t.exposeString('requestId', {
        nullable: false,
        description: 'What happened in one request shares it.',
      }),
      actor: t.field({
        type: actor,
        nullable: false,
        description: 'Who did it.',
        resolve: ({ actorKind: kind, actorId: id }) => ({ kind, id }),
      }),
      fields: t.exposeStringList('fields', {
        nullable: false,
        description: 'The fields of `entity` that it is about, as far as you may read them.',
      }),
      changes: t.field({
        type: [change],
        nullable: true,
        description: 'Their values, before and after. Null, with an error, if they were altered past the product.',
        resolve: ({ changes }) => changes(),
      }),
      withheld: t.exposeInt('withheld', { nullable: false, description: 'How many fields you may not read.' }),
      erased: t.exposeBoolean('erased', {
        nullable: false,
        description: 'Whether the contact that it is about was erased: nothing tells any more what happened.',
      }),
      proof: t.field({
        type: proof,
        nullable: true,
        description:
          'The proof that the entry is in the log, in the newest checkpoint. Null for one about a contact unless you may read ' +
          '`contacts.contact`, since the proof names it.',
        resolve: ({ stored }, _args, context) =>
          stored.contactId === null || context.rights.canRead('contacts.contact') ? proofOf(context, stored) : null,
      }),
    }),
  })
  const edge = builder.edgeObject({ type: entry, name: 'AuditEntryEdge' })
  const connection = builder.connectionObject(
    { type: entry, name: 'AuditEntryConnection', description: 'A page of the log, the newest first.' },
    edge,
  )
  return { entry, edge, connection, action, actorKind }
}

const addFieldChange = (builder: Builder) =>
  builder.objectRef<{ field: string; change: FieldChanges[string] }>('FieldChange').implement({
    description: 'One field, before and after.',
    auth: 'public',
    fields: (t) => ({
      field: t.exposeString('field', { nullable: false, description: 'Its name in `entity`.' }),
      old: t.field({
        type: 'JSON',
        nullable: true,
        description: 'Null if there was nothing.',
        resolve: ({ change }) => change.old ?? null,
      }),
      new: t.field({
        type: 'JSON',
        nullable: true,
        description: 'Null if there is nothing any more.',
        resolve: ({ change }) => change.new ?? null,
      }),
    }),
  })

/** Types that `node` finds have global ids, others their own. */
function idIn(schema: GraphQLSchema, entity: string, id: string): string {
  const type = schema.getType(entity)
  const isNode = isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node')
  return isNode ? encodeGlobalID(entity, id) : id
}
