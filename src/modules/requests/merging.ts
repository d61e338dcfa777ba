import type { SubjectRequest } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { Merging } from '../contacts/merging.ts'
import { openingKey } from '../fields/store.ts'
import { caseOf } from './mails.ts'
import { decisionReasonOf, extensionReasonOf, messageText, sealMessage, sealText, statementOf } from './seal.ts'

// Requests go along with the person: to the contact that stays, and back when the merge is taken back. Their deadlines stay.

/** What a merge means for requests, and what it means to take it back. */
export const requestMerging: Merging = {
  async merged(tx, context, { targetId, sourceId }) {
    const requests = await tx.subjectRequest.findMany({ where: { contactId: sourceId }, orderBy: { id: 'asc' } })
    await move(tx, context, requests, targetId, ({ movedFrom }) => [...movedFrom, sourceId])
  },
  async unmerged(tx, context, { targetId, sourceId }) {
    const where = { contactId: targetId, movedFrom: { has: sourceId } }
    const requests = await tx.subjectRequest.findMany({ where, orderBy: { id: 'asc' } })
    const own = requests.filter(({ movedFrom }) => movedFrom.at(-1) === sourceId)
    await move(tx, context, own, sourceId, ({ movedFrom }) => movedFrom.slice(0, -1))
  },
}

/** Moves requests with what was written about them, and seals it under the other contact's key. */
async function move(
  tx: Transaction,
  context: WorkContext,
  requests: readonly SubjectRequest[],
  contactId: string,
  movedFrom: (request: SubjectRequest) => string[],
) {
  const [first] = requests
  if (!first) return
  const from = await openingKey(context.keys, first.contactId)
  const to = await openingKey(context.keys, contactId)
  const cases = [...new Set(requests.map(caseOf))]
  const where = { contactId: first.contactId, caseId: { in: cases } }
  const messages = await tx.subjectMessage.findMany({ where })
  await tx.subjectMessage.deleteMany({ where })
  await tx.subjectRequest.deleteMany({
    where: { contactId: first.contactId, id: { in: requests.map(({ id }) => id) } },
  })
  await tx.subjectRequest.createMany({
    data: requests.map((request) => {
      const place = { contactId, id: request.id }
      return {
        ...request,
        ...{ contactId, movedFrom: movedFrom(request) },
        statement: sealText(to, place, 'statement', statementOf(from, request) ?? ''),
        extensionReason: sealText(to, place, 'extension_reason', extensionReasonOf(from, request) ?? ''),
        decisionReason: sealText(to, place, 'decision_reason', decisionReasonOf(from, request) ?? ''),
      }
    }),
  })
  if (messages.length === 0) return
  await tx.subjectMessage.createMany({
    data: messages.map((message) => ({
      ...message,
      contactId,
      text: sealMessage(to, { contactId, id: message.id }, messageText(from, message)),
    })),
  })
}
