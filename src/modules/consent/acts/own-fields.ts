import type { Transaction } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput, LetheError } from '../../../graphql/errors.ts'
import type { FieldDraft } from '../../fields/given.ts'
import { asContact } from '../../mails/as-contact.ts'
import type { Answer } from '../guard/answer.ts'
import { askerOf, scopeOf } from '../guard/asker.ts'
import { admitCall } from '../guard/limits.ts'
import { once } from '../guard/once.ts'
import { checkFields } from '../requests/fields.ts'
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
 * While a request waits to be confirmed, with it. Afterwards a page's visitor only proposes, and staff decides: whoever has the token
 * typed the address, and need not be the person who confirmed. Whether there is such a person is not told.
 */
export async function updateOwnFields(
  context: Context,
  { idempotencyKey, person, fields }: OwnFields,
): Promise<Answer> {
  const call = { scope: scopeOf(context, person.token), operation: 'updateOwnFields', key: idempotencyKey }
  return once(context, { ...call, body: { person, fields } }, async () => {
    const asker = await askerOf(context)
    const clientId = asker.client?.id ?? null
    if (person.email !== undefined && asker.publishable) {
      const message = 'A page knows its visitor by the token that giveConsent answered.'
      throw invalidInput([{ field: 'input.person.email', message }])
    }
    const email = person.email === undefined ? undefined : emailIn(context, person.email)
    const run = async (tx: Transaction) => {
      await checkFields(tx, context, fields)
      const answer = { outcomes: [], fields: fields.map(({ key }) => key), requestId: context.requestId }
      const request = person.token ? await findRequest(tx, context, { token: person.token }) : undefined
      const handle = person.token && !request ? await findHandle(tx, person.token) : undefined
      // A token is of one client's visitor.
      if (person.token && (request ?? handle)?.clientId !== clientId)
        throw new LetheError('LINK_INVALID', 'This token is unknown or too old.')
      if (request) {
        await replaceFields(tx, context, request, fields)
        return answer
      }
      if (handle) {
        const { contactId } = handle
        await propose(tx, context, contactId, fields)
        return { ...answer, proposed: answer.fields, contactId }
      }
      const contactId = email === undefined ? undefined : await contactWith(tx, email)
      if (!contactId) return answer
      await complete(tx, context, contactId, { fields }, { replace: true })
      return { ...answer, contactId }
    }
    return { admit: () => admitCall(context, asker), run }
  })
}

async function propose(tx: Transaction, context: Context, contactId: string, fields: readonly FieldDraft[]) {
  const { fieldProposals } = context
  if (!fieldProposals)
    throw new LetheError(
      'FORBIDDEN',
      'The request was confirmed, and nothing here takes proposals: ask staff to change it.',
    )
  // As the contact's own, who sees it on their page: by their token, whoever shows it.
  await fieldProposals(tx, asContact(context, contactId), contactId, fields)
}
