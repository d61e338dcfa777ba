import type { Builder } from '../../../graphql/builder.ts'
import { sharedType } from '../../../graphql/shared-type.ts'
import { erasureGrounds } from '../../module.ts'
import { groundTexts, refusals } from '../grounds.ts'

/** The enum of the grounds to erase. */
export const erasureGroundType = sharedType((builder) =>
  builder.enumType('ErasureGround', {
    description: 'Why data is erased: a letter of Art. 17(1) GDPR, or that its time is over.',
    values: Object.fromEntries(
      erasureGrounds.map((value) => [value.toUpperCase(), { value, description: `${groundTexts[value].en}.` }]),
    ) as { [Name in (typeof erasureGrounds)[number]]: { value: Name; description: string } },
  }),
)

/** The words of erasures. */
export function addErasureEnums(builder: Builder) {
  const ground = erasureGroundType(builder)
  const state = builder.enumType('ErasureState', {
    description: 'How far an erasure is.',
    values: {
      REQUESTED: { value: 'requested', description: 'Somebody asked for it, and it has to be approved.' },
      APPROVED: { value: 'approved', description: 'It may be executed.' },
      QUEUED: { value: 'queued', description: 'It waits to be executed.' },
      EXECUTING: { value: 'executing', description: 'It is being executed.' },
      HELD: { value: 'held', description: 'A legal hold stops it; it goes on by itself when that is lifted.' },
      FAILED: { value: 'failed', description: 'It could not be executed: see `fault`. It can be tried again.' },
      EXECUTED: { value: 'executed', description: 'It is done, and proven by the ledger.' },
      REFUSED: { value: 'refused', description: 'It was refused by Art. 17(3) GDPR.' },
      CANCELLED: { value: 'cancelled', description: 'It was called off, or the contact was erased otherwise.' },
    } as const,
  })
  const refusal = builder.enumType('ErasureRefusal', {
    description: 'What Art. 17(3) GDPR excepts from erasure.',
    values: {
      EXPRESSION: { value: 'expression', description: refusals.expression.text },
      LEGAL_OBLIGATION: { value: 'legal_obligation', description: refusals.legal_obligation.text },
      PUBLIC_HEALTH: { value: 'public_health', description: refusals.public_health.text },
      ARCHIVING: { value: 'archiving', description: refusals.archiving.text },
      LEGAL_CLAIMS: { value: 'legal_claims', description: refusals.legal_claims.text },
    } as const,
  })
  const fate = builder.enumType('RelatedFate', {
    description: 'What becomes of a record without personal data, when the contacts that it belongs to are gone.',
    values: {
      KEEP: { value: 'keep', description: 'It stays; only its link to the contact goes.' },
      ERASE: { value: 'erase', description: 'It goes along.' },
    } as const,
  })
  return { ground, state, refusal, fate }
}

export type ErasureEnums = ReturnType<typeof addErasureEnums>
