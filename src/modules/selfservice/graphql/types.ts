import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { keyOf } from '../../audit/opening.ts'
import { findContact } from '../../contacts/sight.ts'
import { addDuration } from '../../lawfulness/duration.ts'
import { modes, rightOf } from '../corrections/modes.ts'
import { changeJson, reasonIn } from '../corrections/propose.ts'

/** The GraphQL types of this module. */
export type SelfServiceTypes = ReturnType<typeof addTypes>

/** Adds them. */
export function addTypes(builder: Builder) {
  return { ...addCorrection(builder), ...addMode(builder) }
}

function addCorrection(builder: Builder) {
  const auth = { read: 'selfservice.corrections' }
  const correctionState = builder.enumType('CorrectionState', {
    description: 'What became of a correction.',
    values: {
      OPEN: { value: 'open', description: 'It is to be decided over.' },
      ACCEPTED: { value: 'accepted', description: 'It holds.' },
      REJECTED: { value: 'rejected', description: 'The data stays as it is; `reason` says why.' },
      REPLACED: { value: 'replaced', description: 'The contact proposed something else in its place.' },
    } as const,
  })
  const correction = builder.prismaObject('CorrectionProposal', {
    description:
      'A correction that a contact proposes of their own data (Art. 16 GDPR), or somebody in their name: see `certain`.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false }),
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'Whose it is.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      field: t.exposeString('field', {
        nullable: false,
        description: 'Of what: `givenName`, `emails`, `customFields.size`.',
      }),
      change: t.field({
        type: 'JSON',
        nullable: true,
        description:
          'What is to become of it: `{of: "column", name, value}`, `{of: "point", kind, id, parts}` (a new one without `id`, one that ' +
          'goes without `parts`), `{of: "custom", key, written}`. Null for those who may not read the field.',
        resolve: async (row, _args, context) => {
          if (!context.rights.canRead(rightOf(row.field) ?? '*')) return null
          const key = await keyFor(context, row)
          return key ? changeJson(key, row) : null
        },
      }),
      state: t.field({
        type: correctionState,
        nullable: false,
        description: 'What became of it.',
        resolve: ({ state }) => (isDecided(state) ? state : 'open'),
      }),
      certain: t.exposeBoolean('certain', {
        nullable: false,
        description:
          'Whether it was the contact, by a link or code of their own mails. False for visitors of a partner’s page (`updateOwnFields`) and ' +
          'for links that were handed over: ask the contact before you accept it.',
      }),
      proposedAt: t.expose('proposedAt', { type: 'DateTime', nullable: false, description: 'When it was proposed.' }),
      dueAt: t.field({
        type: 'DateTime',
        nullable: false,
        description: 'One month after it was proposed (Art. 12(3) GDPR).',
        resolve: ({ proposedAt }) => addDuration(proposedAt, 'P1M'),
      }),
      decidedAt: t.expose('decidedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was decided; null if it wasn’t.',
      }),
      reason: t.string({
        nullable: true,
        description: 'Why it was rejected.',
        resolve: async (row, _args, context) => {
          const key = await keyFor(context, row)
          return key ? reasonIn(key, row) : null
        },
      }),
    }),
  })
  return { correction, correctionState }
}

const isDecided = (state: string): state is 'accepted' | 'rejected' | 'replaced' =>
  state === 'accepted' || state === 'rejected' || state === 'replaced'

function addMode(builder: Builder) {
  const mode = builder.enumType('CorrectionModeKind', {
    description: 'How contacts correct a field.',
    values: Object.fromEntries(modes.map((one) => [one.toUpperCase(), { value: one, description: modeTexts[one] }])),
  })
  const fieldMode = builder.objectRef<{ field: string; mode: (typeof modes)[number] }>('CorrectionMode').implement({
    description: 'How contacts correct one field on the page about themselves.',
    auth: { read: 'selfservice.settings' },
    fields: (t) => ({
      field: t.exposeString('field', { nullable: false, description: '`givenName`, `emails`, `customFields.size`.' }),
      mode: t.expose('mode', { type: mode, nullable: false, description: 'How.' }),
    }),
  })
  return { mode, fieldMode }
}

const modeTexts = {
  direct: 'What they write holds at once; of an e-mail address, once a mail to it was answered.',
  propose: 'They propose it, and staff decides.',
  none: 'Not on the page.',
} as const

/** The key that opens what is sealed; undefined where nothing is left to open. */
async function keyFor(context: Context, row: { contactId: string }) {
  const key = await keyOf(context, row)
  return key === 'destroyed' ? undefined : key
}
