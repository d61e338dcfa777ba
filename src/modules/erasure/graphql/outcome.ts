import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Builder } from '../../../graphql/builder.ts'
import type { Module } from '../../module.ts'
import { certificatePath } from '../certificate/routes.ts'
import { outcomeOf, retainedOf } from '../register.ts'
import { isProven } from '../state.ts'
import { countsOf, type ErasureCounts } from './counts.ts'
import { clientNames, erasedOf, subjectsOf } from './loaders.ts'
import type { ErasureRef } from './types.ts'

/** Adds to erasures what came of them, who was told, and what proves it. */
export function addErasureOutcome(
  builder: Builder,
  { erasure, modules, count, retained }: ErasureCounts & { erasure: ErasureRef; modules: readonly Module[] },
): void {
  builder.objectFields(erasure, (t) => ({
    toldAt: t.expose('toldAt', { type: 'DateTime', nullable: true, description: 'When the person was told.' }),
    toldHow: t.exposeString('toldHow', { nullable: true, description: 'How: `mail` or `letter`.' }),
    contactsDone: t.int({
      nullable: false,
      description: 'How many contacts are erased so far.',
      resolve: async ({ id, kind, state, contacts }, _args, context) => {
        if (state === 'executed') return contacts
        if (kind === 'set' && (state === 'cancelled' || state === 'refused')) return erasedOf(context, id)
        const began = kind === 'set' && ['executing', 'held', 'failed'].includes(state)
        return began ? contacts - (await subjectsOf(context, id)).left : 0
      },
    }),
    contactsHeld: t.int({
      nullable: false,
      description: 'How many contacts a legal hold keeps from being erased.',
      resolve: async ({ id }, _args, context) => (await subjectsOf(context, id)).held,
    }),
    executedAt: t.expose('executedAt', { type: 'DateTime', nullable: true, description: 'When it was executed.' }),
    counts: t.field({
      type: [count],
      nullable: true,
      description: 'What came of it.',
      resolve: (row) => countsOf(outcomeOf(row), modules),
    }),
    retained: t.field({
      type: [retained],
      nullable: true,
      description: 'What a law obliges to keep.',
      resolve: (row) => retainedOf(row),
    }),
    ledgerSequence: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'The number of its entry in the ledger; of a set, the newest.',
      resolve: ({ ledgerSequence }) => (ledgerSequence === null ? null : Number(ledgerSequence)),
    }),
    ledgerHash: t.exposeString('ledgerHash', { nullable: true, description: 'SHA-256 of that entry, hex.' }),
    replays: t.exposeInt('replays', {
      nullable: false,
      description: 'How often it was executed again, since an older backup had been restored.',
    }),
    replayedAt: t.expose('replayedAt', { type: 'DateTime', nullable: true, description: 'When last.' }),
    recipientsToTell: t.field({
      type: ['String'],
      nullable: true,
      auth: { read: 'identity.clients' },
      description:
        'The clients that had got data, and whom nothing tells by itself: tell them that it is to be erased (Art. 19 GDPR), and say so ' +
        '(`noteErasureRecipientsTold`).',
      resolve: ({ untoldClients, clientsToldAt }, _args, context) =>
        clientsToldAt === null ? clientNames(context, untoldClients) : [],
    }),
    certificateUrl: t.string({
      nullable: true,
      description:
        'Where its certificate is downloaded, with your own credentials: as PDF, in German with `&language=de`; as JSON with `&format=json`, ' +
        'signed with `&format=jws`. Null until something is erased by it.',
      resolve: ({ id, state, ledgerSequence }, _args, { publicUrl }) =>
        isProven({ state, ledgerSequence })
          ? `${publicUrl}${certificatePath}?id=${encodeURIComponent(encodeGlobalID('Erasure', id))}`
          : null,
    }),
    fault: t.string({
      nullable: true,
      description: 'Why it failed: `LETTER_NEEDED`, `REQUEST_DECIDED`, `REQUEST_UNVERIFIED`, or the code of an error.',
      resolve: ({ fault }) => fault || null,
    }),
  }))
}
