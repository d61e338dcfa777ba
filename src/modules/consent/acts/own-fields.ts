import type { Context } from '../../../graphql/context.ts'
import { type Fault, invalidInput, LetheError } from '../../../graphql/errors.ts'
import { currentDefinitions } from '../../fields/definitions.ts'
import type { FieldDraft } from '../../fields/given.ts'
import { planFields } from '../../fields/plan.ts'
import type { Answer } from '../guard/answer.ts'
import { askerOf } from '../guard/asker.ts'
import { admitCall } from '../guard/limits.ts'
import { once } from '../guard/once.ts'
import { refusal } from '../problems.ts'
import { findHandle } from '../requests/handles.ts'
import { complete, contactWith, emailIn } from '../requests/person.ts'
import { findRequest, replaceFields } from '../requests/requests.ts'

/** What a person says of themself. */
export type OwnFields = {
  idempotencyKey: string
  person: { email?: string; token?: string }
  fields: readonly FieldDraft[]
}

/**
 * Fills custom fields with what a person says of themself: those that the client's scopes name and the definitions open to partners.
 * While a request waits to be confirmed, with it. Whether there is such a person is not told.
 */
export async function updateOwnFields(
  context: Context,
  { idempotencyKey, person, fields }: OwnFields,
): Promise<Answer> {
  const asker = await askerOf(context, person.token)
  if (!asker.client) throw refusal(context, 'FORBIDDEN', 'This is for partners’ pages and programs: call with a key.')
  if (person.email !== undefined && asker.publishable)
    throw invalidInput([
      { field: 'input.person.email', message: 'A page knows its visitor by the token that giveConsent answered.' },
    ])
  const email = person.email === undefined ? undefined : emailIn(person.email)
  const call = { scope: asker.scope, operation: 'updateOwnFields', key: idempotencyKey, body: { person, fields } }
  return once(
    context,
    call,
    () => admitCall(context, asker),
    async (tx) => {
      const faults: Fault[] = []
      const definitions = await currentDefinitions(tx)
      planFields(definitions, context, fields, faults, { stored: {}, defaultCountry: context.country })
      if (faults.length > 0) throw invalidInput(faults.map((fault) => ({ ...fault, field: `input.${fault.field}` })))
      const answer = { outcomes: [], fields: fields.map(({ key }) => key), requestId: context.requestId }
      const request = person.token ? await findRequest(tx, context, { token: person.token }) : undefined
      if (request) {
        await replaceFields(tx, context, request, fields)
        return answer
      }
      const handle = person.token ? await findHandle(tx, person.token) : undefined
      // A handle is of one client's visitor.
      if (person.token && handle?.clientId !== asker.client?.id)
        throw new LetheError('LINK_INVALID', 'This token is unknown or too old.')
      const contactId = handle?.contactId ?? (email === undefined ? undefined : await contactWith(tx, email))
      if (!contactId) return answer
      await complete(tx, context, contactId, { fields }, { replace: true })
      return { ...answer, contactId }
    },
  )
}
