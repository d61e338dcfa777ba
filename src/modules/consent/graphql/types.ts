import type { Builder } from '../../../graphql/builder.ts'
import type { Actor, Context } from '../../../graphql/context.ts'
import { receiptFor, receiptType } from '../../audit/proofs/receipt.ts'
import { sightOf } from '../../audit/sight.ts'
import { findContact } from '../../contacts/sight.ts'
import { type Answer, consentStates, type Outcome } from '../guard/answer.ts'
import { documentationOf, type ProblemCode, problems } from '../problems.ts'
import { type ConsentRecord, consentRecords } from '../record/record.ts'

/** An answer, with who did what it tells of. */
export type Given = Answer & { actor: Actor }

type GivenOutcome = Outcome & {
  record: (context: Context) => Promise<ConsentRecord | null>
  /** One for all that the call did, made once. */
  receipt: () => ReturnType<typeof receiptFor>
}

const stateTexts: Record<(typeof consentStates)[number], string> = {
  pending_confirmation: 'It waits for the person, who got a mail with a link: until then it is none.',
  given: 'The person gave it.',
  refused: 'The person said no.',
  withdrawn: 'The person withdrew it.',
  expired: 'It ended by itself, or was not confirmed in time.',
  renewed: 'It held already, and was given anew.',
  not_decided: 'Nothing was done for this purpose: see `error`.',
}

/** `ConsentState`, after ISO/IEC TS 27560. */
export const addConsentState = (builder: Builder) =>
  builder.enumType('ConsentState', {
    description: 'Where a consent stands (after ISO/IEC TS 27560).',
    values: Object.fromEntries(
      consentStates.map((value) => [value.toUpperCase(), { value, description: stateTexts[value] }]),
    ),
  })

/** `ConsentAnswer` and what it is made of. All of it is of the caller’s own call. */
export function addAnswerTypes(builder: Builder, state: ReturnType<typeof addConsentState>) {
  const problem = builder.objectRef<{ code: ProblemCode }>('ConsentProblem').implement({
    description: 'Why nothing was done for a purpose. For pages it never depends on who the person is.',
    auth: 'public',
    fields: (t) => ({
      code: t.exposeString('code', { nullable: false, description: 'Stable, for programs: `NOTICE_OUTDATED`.' }),
      message: t.string({
        nullable: false,
        description: 'For developers: what to do.',
        resolve: ({ code }) => problems[code],
      }),
      documentation: t.string({
        nullable: false,
        description: 'The URL of a page that explains it.',
        resolve: ({ code }, _args, context) => documentationOf(context, code),
      }),
    }),
  })
  const outcome = builder.objectRef<GivenOutcome>('ConsentOutcome').implement({
    description: 'What came of a call for one purpose.',
    auth: 'public',
    fields: (t) => ({
      purpose: t.exposeString('purpose', { nullable: false, description: 'The key of the purpose.' }),
      state: t.expose('state', { type: state, nullable: false, description: 'Where the consent stands now.' }),
      error: t.field({
        type: problem,
        nullable: true,
        description: 'Why nothing was done; null if something was.',
        resolve: ({ problem: code }) => (code ? { code } : null),
      }),
      record: t.string({
        nullable: true,
        description:
          'The consent record, signed: JWS in compact form (EdDSA), to be verified with the keys at `/.well-known/jwks.json`. Null while nothing is recorded.',
        resolve: async ({ record }, _args, context) => (await record(context))?.jws ?? null,
      }),
      recordPayload: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What the record says: header, processing, parties, events (ISO/IEC TS 27560), and ours.',
        resolve: async ({ record }, _args, context) => (await record(context))?.payload ?? null,
      }),
      receipt: t.field({
        type: receiptType(builder),
        nullable: true,
        description:
          'The proof that it is in the audit log, for servers: of all that the call did. Null while nothing is recorded.',
        resolve: ({ eventId, receipt }, _args, context) =>
          eventId && !context.publishable && context.actor.kind !== 'anonymous' ? receipt() : null,
      }),
    }),
  })
  const answer = builder.objectRef<Given>('ConsentAnswer').implement({
    description: 'What came of a call. The same kind of answer whether or not the person is known.',
    auth: 'public',
    fields: (t) => ({
      outcomes: t.field({
        type: [outcome],
        nullable: false,
        description:
          'One a purpose, in the order of the call; after them, what a withdrawal ended further down the tree.',
        resolve: ({ outcomes, contactId, requestId, actor }, _args, context, { schema }) => {
          let made: ReturnType<typeof receiptFor> | undefined
          const receipt = () => {
            made ??= receiptFor(context, sightOf(schema, context), { requestId, actor })
            return made
          }
          return outcomes.map((one) => ({ ...one, receipt, record: recordOf(one, outcomes, contactId) }))
        },
      }),
      token: t.string({
        nullable: true,
        description:
          'By which the same visitor sees and withdraws what came of this call, for 400 days. Keep it in their browser.',
        resolve: ({ token }) => token ?? null,
      }),
    }),
  })
  const ownFields = builder.objectRef<Given>('OwnFieldsAnswer').implement({
    description: 'What came of a call about own fields. The same whether or not the person is known.',
    auth: 'public',
    fields: (t) => ({
      fields: t.stringList({
        nullable: false,
        description: 'The keys of the fields that were taken.',
        resolve: ({ fields }) => fields ?? [],
      }),
      proposed: t.stringList({
        nullable: false,
        description:
          'Those of them that hold only once staff accepts them: after a request was confirmed, the token of its visitor proposes.',
        resolve: ({ proposed }) => proposed ?? [],
      }),
    }),
  })
  for (const ref of [answer, ownFields])
    builder.objectField(ref, 'contact', (t) =>
      t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'The contact, if one is known or was made.',
        resolve: (query, { contactId }, _args, context) => (contactId ? findContact(context, query, contactId) : null),
      }),
    )
  return { answer, ownFields }
}

const made = new WeakMap<readonly Outcome[], Promise<Map<string, ConsentRecord>>>()

/** Of all outcomes of an answer together and once, whichever of their fields are asked for, and by however many who share the answer. */
const recordOf =
  ({ eventId }: Outcome, outcomes: readonly Outcome[], contactId: string | undefined): GivenOutcome['record'] =>
  async (context) => {
    if (!contactId || !eventId) return null
    const eventIds = outcomes.flatMap((one) => one.eventId ?? [])
    const records = made.get(outcomes) ?? consentRecords(context, contactId, eventIds)
    made.set(outcomes, records)
    return (await records).get(eventId) ?? null
  }
