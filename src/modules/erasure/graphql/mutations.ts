import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf, uuidOrNobody } from '../../../graphql/ids.ts'
import type { Module } from '../../module.ts'
import { approveErasure, cancelErasure, executeErasure, noteRecipientsTold, refuseErasure } from '../decide.ts'
import { liftFingerprint } from '../fingerprints.ts'
import { requestErasure, requestErasureOfSet } from '../request.ts'
import type { FingerprintRef } from './fingerprints.ts'
import { type addErasureInputs, wishOf } from './inputs.ts'
import type { ErasureTypes } from './types.ts'

/** Adds asking for erasures, and deciding over them. */
export function addErasureMutations(
  builder: Builder,
  { erasure, refusal }: ErasureTypes,
  inputs: ReturnType<typeof addErasureInputs>,
  { fingerprint, modules }: { fingerprint: FingerprintRef; modules: readonly Module[] },
): void {
  const auth = { write: 'erasure.erasures' }
  const returned = { type: erasure, nullable: true } as const
  builder.mutationFields((t) => {
    const id = t.arg.id({ required: true, description: 'The erasure.' })
    return {
      requestErasure: t.field({
        ...returned,
        auth,
        description:
          'Asks for the erasure of a contact, with all that belongs to it. Where nobody has to approve it, it is approved. `CONFLICT` while ' +
          'another one waits.',
        args: { input: t.arg({ type: inputs.one, required: true, description: 'Whom, and why.' }) },
        resolve: (_root, { input: { contactId, requestId, ...wish } }, context) =>
          requestErasure(context, {
            ...wishOf(modules, wish),
            contactId: uuidOf('Contact', contactId),
            requestId: requestId ? uuidOrNobody(requestId) : null,
          }),
      }),
      requestErasureOfSet: t.field({
        ...returned,
        auth,
        description:
          'The same for all contacts that the list of contacts shows now. Whoever comes to fit the filter later is not of the set.',
        args: { input: t.arg({ type: inputs.set, required: true, description: 'Whom, and why.' }) },
        resolve: (_root, { input: { filter, search, ...wish } }, context) =>
          requestErasureOfSet(context, { filter, search }, wishOf(modules, wish)),
      }),
      approveErasure: t.field({
        ...returned,
        auth: { write: 'erasure.decide' },
        description: 'Approves an erasure that somebody else asked for. `CONFLICT` if it was decided already.',
        args: { id },
        resolve: (_root, { id: its }, context) => approveErasure(context, uuidOf('Erasure', its)),
      }),
      refuseErasure: t.field({
        ...returned,
        auth: { write: 'erasure.decide' },
        description:
          'Refuses an erasure by Art. 17(3) GDPR. If the person asked for it, their request is denied, and they are told why, and that they can ' +
          'complain and go to court (Art. 12(4) GDPR).',
        args: {
          id,
          because: t.arg({ type: refusal, required: true, description: 'What Art. 17(3) GDPR excepts.' }),
          law: t.arg.string({ description: 'The law that it points to: `§ 147(3) AO`.' }),
          reason: t.arg.string({
            description: 'Why, in words for the person, if they asked for it. At most 4000 characters.',
          }),
        },
        resolve: (_root, { id: its, ...why }, context) => refuseErasure(context, uuidOf('Erasure', its), why),
      }),
      cancelErasure: t.field({
        ...returned,
        auth,
        description: 'Calls an erasure off; of a set that is being executed, what isn’t erased yet.',
        args: { id },
        resolve: (_root, { id: its }, context) => cancelErasure(context, uuidOf('Erasure', its)),
      }),
      executeErasure: t.field({
        ...returned,
        auth: { write: 'erasure.execute' },
        description:
          'Has an approved erasure executed: nothing brings back what is gone then. It is done in the background: `erasureProgress` tells how ' +
          'far it is. Whoever asked for it is told before, by mail.',
        args: {
          id,
          letterSent: t.arg.boolean({
            description: 'You have sent the person `erasureLetter`, as there is no address for mails.',
          }),
        },
        resolve: (_root, { id: its, letterSent }, context) =>
          executeErasure(context, uuidOf('Erasure', its), { letterSent: letterSent ?? false }),
      }),
      noteErasureRecipientsTold: t.field({
        ...returned,
        auth,
        description: 'Notes that you told the recipients whom nothing tells by itself (`recipientsToTell`).',
        args: { id },
        resolve: (_root, { id: its }, context) => noteRecipientsTold(context, uuidOf('Erasure', its)),
      }),
      liftErasureFingerprint: t.field({
        type: fingerprint,
        nullable: true,
        auth: { write: 'erasure.fingerprints' },
        description:
          'Forgets the fingerprint of an address of somebody who objected and was erased: whoever has it can be entered again. Do it only ' +
          'because they want it.',
        args: { id: t.arg.id({ required: true, description: 'The fingerprint.' }) },
        resolve: (_root, { id: its }, context) => liftFingerprint(context, uuidOf('ErasureFingerprint', its)),
      }),
    }
  })
}
