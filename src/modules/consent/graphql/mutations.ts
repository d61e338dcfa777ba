import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { draftOf } from '../../fields/inputs.ts'
import { forgetEvents } from '../../lawfulness/basis/loaders.ts'
import { confirmConsent } from '../acts/confirm.ts'
import { giveConsent } from '../acts/give.ts'
import { updateOwnFields } from '../acts/own-fields.ts'
import { endConsent } from '../acts/withdraw.ts'
import type { Answer } from '../guard/answer.ts'
import { explained } from '../problems.ts'
import type { ConsentInputs } from './inputs.ts'
import type { addAnswerTypes, Given } from './types.ts'

// Whoever has a key, a session or the token of a mail may call: inputs and resolvers say what they may do.
const open = { auth: 'public', clients: true } as const

/** What persons say, through partners, staff, and by the links of their mails. */
export function addConsentMutations(
  builder: Builder,
  inputs: ConsentInputs,
  { answer, ownFields }: ReturnType<typeof addAnswerTypes>,
): void {
  builder.mutationFields((t) => ({
    giveConsent: t.field({
      type: answer,
      nullable: true,
      ...open,
      description:
        'Asks a person by mail to confirm consent (double opt-in), or, with evidence, records what they gave elsewhere. Each purpose is decided ' +
        'on its own. Without evidence the answer is the same whether or not there is such a contact.',
      args: { input: t.arg({ type: inputs.give, required: true }) },
      resolve: (_root, { input }, context) =>
        done(context, async () => {
          const { email, contactId } = personIn(input.person)
          if (email === undefined && contactId === undefined) {
            const message = 'Name the e-mail address of the person (or, as staff, the contact).'
            throw invalidInput([{ field: 'input.person', message }])
          }
          const fields = (input.fields ?? []).map(draftOf)
          return giveConsent(context, { ...input, person: personIn(input.person), fields })
        }),
    }),
    confirmConsent: t.field({
      type: answer,
      nullable: true,
      ...open,
      description:
        'Confirms what was asked for, with the token of the link that was mailed. It works once. `LINK_INVALID` otherwise.',
      args: { input: t.arg({ type: inputs.confirm, required: true }) },
      resolve: (_root, { input: { token, purposes, idempotencyKey } }, context) =>
        done(context, () => confirmConsent(context, { token, idempotencyKey, ...(purposes && { purposes }) })),
    }),
    withdrawConsent: t.field({
      type: answer,
      nullable: true,
      ...open,
      description:
        'Withdraws consent, for purposes and all their parts (Art. 7(3) GDPR). By token, by a server and by staff at once; from a page that ' +
        'knows the e-mail address only, by a link that is mailed. Never refused for what was recorded before.',
      args: { input: t.arg({ type: inputs.withdraw, required: true }) },
      resolve: (_root, { input }, context) =>
        done(context, () => endConsent(context, 'withdrawn', { ...input, person: personIn(input.person) })),
    }),
    refuseConsent: t.field({
      type: answer,
      nullable: true,
      ...open,
      description:
        'Records that a person was asked and said no: it ends what they gave before, and no import brings it back.',
      args: { input: t.arg({ type: inputs.refuse, required: true }) },
      resolve: (_root, { input }, context) => {
        const purposes = input.purposes.map(({ purpose }) => purpose)
        return done(context, () =>
          endConsent(context, 'refused', { ...input, purposes, person: personIn(input.person) }),
        )
      },
    }),
    updateOwnFields: t.field({
      type: ownFields,
      nullable: true,
      ...open,
      description:
        'Fills custom fields with what a person says of themself. With a request that waits, when it is confirmed; afterwards, by its token, as proposals that staff decides over.',
      args: { input: t.arg({ type: inputs.own, required: true }) },
      resolve: (_root, { input }, context) =>
        done(context, () => {
          const { contactId, ...person } = personIn(input.person)
          if (contactId !== undefined) {
            throw invalidInput([
              { field: 'input.person.contactId', message: 'Staff change contacts with updateContact.' },
            ])
          }
          return updateOwnFields(context, { ...input, person, fields: input.fields.map(draftOf) })
        }),
    }),
  }))
}

/** An answer with who acted: the audit log knows what they did by that. */
const done = (context: Context, run: () => Promise<Answer>): Promise<Given> =>
  explained(context, async () => {
    const answer = await run()
    forgetEvents(context)
    return { ...answer, actor: context.actor }
  })

type Person = {
  email?: string | null | undefined
  token?: string | null | undefined
  contactId?: string | null | undefined
}

const personIn = ({ email, token, contactId }: Person) => ({
  ...(typeof email === 'string' && { email }),
  ...(typeof token === 'string' && { token }),
  ...(typeof contactId === 'string' && { contactId: uuidOf('Contact', contactId) }),
})
