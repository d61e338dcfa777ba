import type { Builder } from '../../../graphql/builder.ts'
import type { erasureGroundType } from '../../erasure/graphql/enums.ts'
import type { ErasureGround } from '../../module.ts'
import type { ReactionKind } from './kinds.ts'

/** A reaction, as a caller gives it. */
export type GivenReaction = {
  kind: ReactionKind
  purpose?: string | null | undefined
  validUntil?: Date | null | undefined
  reason?: string | null | undefined
  ground?: ErasureGround | null | undefined
}

/** `ReportReactionKind` and `ReportReactionInput`. */
export function addReactionInput(builder: Builder, ground: ReturnType<typeof erasureGroundType>) {
  const kind = builder.enumType('ReportReactionKind', {
    description: 'What can be done with all whom a report shows.',
    values: {
      RENEW: {
        value: 'renew',
        description:
          'Lets grounds that still hold hold for longer. Never consent: only the person can renew that. Right: write `lawfulness.basis`.',
      },
      ASK_FOR_CONSENT: {
        value: 'ask_for_consent',
        description:
          'Asks for consent by mail (double opt-in): those who did not say no, are 16, are not restricted, and have an address that mails arrive at. ' +
          'Right: write `lawfulness.basis`.',
      },
      RESTRICT: {
        value: 'restrict',
        description:
          'Restricts their processing (Art. 18 GDPR) until somebody lifts it. Right: write `requests.decide`.',
      },
      LIFT_RESTRICTION: {
        value: 'lift_restriction',
        description: 'Lifts what was restricted so; nothing that persons asked for. Right: write `requests.decide`.',
      },
      ERASE: {
        value: 'erase',
        description:
          'Asks for their erasure, as one set, which is approved and executed where erasures are. Right: write `erasure.erasures`.',
      },
    } as const satisfies Record<string, { value: ReactionKind; description: string }>,
  })
  const input = builder.inputRef<GivenReaction>('ReportReactionInput').implement({
    description: 'What is to be done.',
    auth: { read: 'reports.reactions' },
    fields: (t) => ({
      kind: t.field({ type: kind, required: true, description: 'What.' }),
      purpose: t.string({
        description:
          'The key of a purpose, to renew or to ask for; of rows that name one, those alone that name this one.',
      }),
      validUntil: t.field({
        type: 'DateTime',
        description: 'Until when what is renewed holds; without, as long as its purpose says.',
      }),
      reason: t.string({
        description: 'Why. Of what is renewed, it is recorded as its source, so it has to be said there.',
      }),
      ground: t.field({ type: ground, description: 'Why they are erased; has to be said there.' }),
    }),
  })
  return { kind, input }
}
