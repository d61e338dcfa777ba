import type { Builder } from '../../graphql/builder.ts'
import { uuidOf, uuidOrNobody } from '../../graphql/ids.ts'
import { mergeContacts } from './merge.ts'
import { findContact } from './sight.ts'
import { undoMerge } from './undo-merge.ts'

/** `mergeContacts`, `undoMerge`, and the merges of a contact. */
export function addMerging(builder: Builder): void {
  builder.prismaObject('ContactMerge', {
    description: 'One contact was merged into another. Can be taken back until the source is erased.',
    auth: { read: 'contacts.merge' },
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'For `undoMerge`.' }),
      mergedAt: t.expose('mergedAt', { type: 'DateTime', nullable: false, description: 'When they were merged.' }),
      undoneAt: t.expose('undoneAt', { type: 'DateTime', nullable: true, description: 'When that was taken back.' }),
      filled: t.stringList({
        nullable: false,
        description: 'The fields of the target that the merge filled in.',
        resolve: ({ filled }) => Object.keys(filled ?? {}).filter((name) => name !== 'renewed'),
      }),
      pointIds: t.exposeStringList('pointIds', {
        nullable: false,
        description: 'The ids of the contact points that it copied to the target.',
      }),
      source: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'The contact that was merged away.',
        resolve: (query, { sourceId }, _args, context) => findContact(context, query, sourceId),
      }),
    }),
  })

  builder.prismaObjectField('Contact', 'merges', (t) =>
    t.relation('merges', {
      nullable: true,
      auth: { read: 'contacts.merge' },
      description: 'The merges into this contact, the latest first.',
      query: { orderBy: { id: 'desc' } },
    }),
  )

  const input = builder.inputType('MergeContactsInput', {
    description: 'Which contacts are one.',
    auth: { write: 'contacts.merge' },
    fields: (t) => ({
      targetId: t.id({ required: true, description: 'The contact that stays.' }),
      version: t.int({ required: true, description: 'The version of it that you read.' }),
      sourceIds: t.idList({ required: true, description: 'The contacts to merge into it, at most 50.' }),
    }),
  })

  builder.mutationField('mergeContacts', (t) =>
    t.prismaField({
      type: 'Contact',
      nullable: true,
      auth: { write: 'contacts.merge' },
      description:
        'Makes one contact of several: the target gets what it lacks, the others are left out of lists. Nothing is lost, ' +
        'and `undoMerge` takes it back.',
      args: { input: t.arg({ type: input, required: true }) },
      resolve: async (query, _root, { input: { targetId, version, sourceIds } }, context) => {
        const id = uuidOf('Contact', targetId)
        await mergeContacts(
          context,
          { id, version },
          sourceIds.map((sourceId) => uuidOf('Contact', sourceId)),
        )
        return findContact(context, query, id)
      },
    }),
  )

  builder.mutationField('undoMerge', (t) =>
    t.prismaField({
      type: 'Contact',
      nullable: true,
      auth: { write: 'contacts.merge' },
      description:
        'Takes a merge back: the source stands on its own again, and the target loses what it got from it, unless that was ' +
        'changed since. Returns the source.',
      args: {
        targetId: t.arg.id({ required: true, description: 'The contact that stayed.' }),
        mergeId: t.arg.id({ required: true, description: 'The merge, from `Contact.merges`.' }),
      },
      resolve: async (query, _root, { targetId, mergeId }, context) => {
        const contactId = uuidOf('Contact', targetId)
        const { sourceId } = await undoMerge(context, { contactId, id: uuidOrNobody(mergeId) })
        return findContact(context, query, sourceId)
      },
    }),
  )
}
