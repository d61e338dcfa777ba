import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { listModes } from '../corrections/modes.ts'
import { listProposals } from '../lists.ts'
import type { SelfServiceTypes } from './types.ts'

/** What staff sees of the page: corrections, and how fields are corrected. */
export function addQueries(builder: Builder, types: SelfServiceTypes): void {
  const contactArg = { auth: { read: 'contacts.contact' }, description: 'Of this contact alone.' }
  builder.queryFields((t) => ({
    correctionProposals: t.connection(
      {
        type: types.correction,
        nullable: true,
        description: 'Corrections that contacts proposed, the oldest first; only of contacts that you see.',
        auth: { read: 'selfservice.corrections' },
        args: {
          contact: t.arg.id(contactArg),
          state: t.arg({ type: types.correctionState, description: 'Only those of which this became.' }),
        },
        resolve: (_root, { contact, state, ...page }, context) => {
          const contactId = contact ? uuidOf('Contact', contact) : undefined
          return listProposals(context, { contactId, state: state ?? undefined }, page)
        },
      },
      { name: 'CorrectionProposalConnection' },
      { name: 'CorrectionProposalEdge' },
    ),
    correctionModes: t.field({
      type: [types.fieldMode],
      nullable: true,
      description: 'How contacts correct which field.',
      auth: { read: 'selfservice.settings' },
      resolve: (_root, _args, context) => listModes(context),
    }),
  }))
}
