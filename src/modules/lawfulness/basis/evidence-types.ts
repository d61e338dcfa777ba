import { EvidenceKind } from '#prisma/client.ts'
import { sharedType } from '../../../graphql/shared-type.ts'

const texts: Record<EvidenceKind, string> = {
  document: 'A document: which, where it is kept, its hash.',
  form: 'A form: what was filled in.',
  phone_note: 'A note of a phone call: who said what.',
  double_opt_in: 'The mails and clicks of a double opt-in.',
}

/** `EvidenceKind` and `EvidenceInput`. */
export const evidenceTypes = sharedType((builder) => {
  const kind = builder.enumType('EvidenceKind', {
    description: 'What proves a legal ground (Art. 7(1) GDPR).',
    values: Object.fromEntries(
      Object.values(EvidenceKind).map((value) => [value.toUpperCase(), { value, description: texts[value] }]),
    ),
  })
  const input = builder.inputType('EvidenceInput', {
    description: 'What proves it. Kept sealed under the contact’s own key.',
    auth: 'public', // What takes it has its own right.
    fields: (t) => ({
      kind: t.field({ type: kind, required: true, description: 'What kind of evidence.' }),
      text: t.string({ required: true, description: 'The words, or which document it is and its hash.' }),
    }),
  })
  return { kind, input }
})
