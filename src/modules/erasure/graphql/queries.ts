import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf, uuidOrNobody } from '../../../graphql/ids.ts'
import type { Module } from '../../module.ts'
import { findErasure } from '../find.ts'
import { letterOf } from '../letter.ts'
import { listErasures } from '../list.ts'
import { type addErasureInputs, wishOf } from './inputs.ts'
import { addPreview, previewFor } from './preview.ts'
import { progressOf } from './progress.ts'
import type { ErasureTypes } from './types.ts'

const auth = { read: 'erasure.erasures' }

/** Adds the register, what an erasure would come to, and hearing how far one is. */
export function addErasureQueries(
  builder: Builder,
  types: ErasureTypes,
  { preview: previewInput }: ReturnType<typeof addErasureInputs>,
  modules: readonly Module[],
): void {
  const { erasure, ground, state } = types
  const preview = addPreview(builder, types)
  const filter = builder.inputType('ErasureFilter', {
    description: 'Which erasures.',
    auth,
    fields: (t) => ({
      states: t.field({ type: [state], description: 'Only those that are so far.' }),
      ground: t.field({ type: ground, description: 'Only those for this reason.' }),
      contact: t.id({ auth: { read: 'contacts.contact' }, description: 'Only those of this contact.' }),
      formerContact: t.id({
        description: 'Only the one by which the contact is gone that had this `id`, as recipients and logs know it.',
      }),
      request: t.id({ auth: { read: 'requests.requests' }, description: 'Only the one that fulfils this request.' }),
      recipientsToTell: t.boolean({ description: 'Only those of which recipients have to be told by hand, or not.' }),
      requestedFrom: t.field({ type: 'DateTime', description: 'Asked for at this moment or later.' }),
      requestedUntil: t.field({ type: 'DateTime', description: 'Asked for before this moment.' }),
    }),
  })
  builder.queryFields((t) => ({
    previewErasure: t.field({
      type: preview,
      nullable: true,
      auth,
      description:
        'What an erasure would come to, found out by running it and taking it back: so it is what executing it would do. Nothing is changed by ' +
        'it.',
      args: { input: t.arg({ type: previewInput, required: true, description: 'Whom, and why.' }) },
      resolve: (_root, { input: { contactId, filter: given, search, ...wish } }, context) =>
        previewFor(context, modules, wishOf(modules, wish), {
          contactId: contactId ? uuidOf('Contact', contactId) : null,
          selection: { filter: given, search },
        }),
    }),
    erasure: t.field({
      type: erasure,
      nullable: true,
      auth,
      description: 'An erasure; null if there is none that you see.',
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: (_root, { id }, context) => findErasure(context, uuidOf('Erasure', id)),
    }),
    erasureLetter: t.string({
      nullable: true,
      auth,
      description:
        'What the person is told before they are erased, if they asked for it. It goes by mail; where there is no address for that, send it as a ' +
        'letter, and say so (`executeErasure(letterSent: true)`). Null: nobody asked, or they are gone.',
      args: { id: t.arg.id({ required: true, description: 'The id of the erasure.' }) },
      resolve: async (_root, { id }, context) => {
        const found = await findErasure(context, uuidOf('Erasure', id))
        return found && letterOf(context, found)
      },
    }),
    erasures: t.connection(
      {
        type: erasure,
        nullable: true,
        auth,
        description:
          'The register of erasures, the newest first. Who is bound to purposes sees those of contacts that they see, and the sets that they asked ' +
          'for themself.',
        args: { filter: t.arg({ type: filter, description: 'Which; by default all.' }) },
        resolve: (_root, { filter: wanted, ...page }, context) =>
          listErasures(
            context,
            {
              states: wanted?.states ?? undefined,
              ground: wanted?.ground ?? undefined,
              contactId: wanted?.contact ? uuidOf('Contact', wanted.contact) : undefined,
              formerId: wanted?.formerContact ? uuidOf('Contact', wanted.formerContact) : undefined,
              requestId: wanted?.request ? uuidOrNobody(wanted.request) : undefined,
              untold: wanted?.recipientsToTell ?? undefined,
              from: wanted?.requestedFrom ?? undefined,
              until: wanted?.requestedUntil ?? undefined,
            },
            page,
          ),
      },
      { name: 'ErasureConnection' },
      { name: 'ErasureEdge' },
    ),
  }))
  builder.subscriptionField('erasureProgress', (t) =>
    t.field({
      type: erasure,
      nullable: true,
      auth,
      description:
        'An erasure while it is executed, whenever it is further on, and at last when it has come to its end, or a hold stops it; then it ends. It ends ' +
        'with an error when your rights do.',
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      subscribe: (_root, { id }, context) => progressOf(context, uuidOf('Erasure', id)),
      resolve: (found) => found,
    }),
  )
}
