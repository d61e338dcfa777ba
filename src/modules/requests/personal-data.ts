import { v7 as uuidv7 } from 'uuid'
import { asRecord, openerOf, rowsOf } from '../disclosed.ts'
import { concerns, nothingErased, type PersonalData } from '../module.ts'
import { requestOperations, requestTexts } from './disclosure-texts.ts'
import { decisionReasonOf, extensionReasonOf, messageText, statementOf } from './seal.ts'

/** What this module holds about a contact, and how it is disclosed and erased. */
export const requestData: PersonalData = {
  categories: ['requests'],
  models: ['SubjectRequest', 'SubjectMessage'],
  logged: { SubjectRequest: 'requests', SubjectMessage: 'requests' },
  texts: requestTexts,
  operations: requestOperations,
  async *disclose(held) {
    const { tx } = held
    for await (const row of rowsOf(held, (page) => tx.subjectRequest.findMany(page))) {
      const key = await openerOf(held)
      // Who of the staff did it is left out: that is data about them. What is only bookkeeping, too.
      const { contactId: _contact, caseId: _case, assigneeId: _assignee, verifierId: _verifier, ...rest } = row
      const { deciderId: _decider, packageId: _package, movedFrom: _moved, ...others } = rest
      const { remindedAt: _reminded, overdueAt: _overdue, ...told } = others
      const record = asRecord({
        ...told,
        statement: key ? statementOf(key, row) : null,
        extensionReason: key ? extensionReasonOf(key, row) : null,
        decisionReason: key ? decisionReasonOf(key, row) : null,
      })
      yield { kind: 'subjectRequest', category: 'requests', record, portable: ['kind', 'receivedAt', 'statement'] }
    }
    for await (const row of rowsOf(held, (page) => tx.subjectMessage.findMany(page))) {
      const key = await openerOf(held)
      const { id, kind, incoming, channel, writtenAt } = row
      const record = asRecord({ id, kind, incoming, channel, writtenAt, text: key ? messageText(key, row) : null })
      yield {
        kind: 'subjectMessage',
        category: 'requests',
        record,
        ...(incoming && { portable: ['writtenAt', 'text'] }),
      }
    }
  },
  async erase(tx, contactIds, decision) {
    if (!concerns(decision, 'requests')) return nothingErased
    // Of a contact that stays, what is open has to be answered first.
    const status =
      decision.categories === null ? {} : { status: { notIn: ['open', 'needs_verification', 'in_progress'] } }
    const where = { contactId: { in: [...contactIds] }, ...status }
    const requests = await tx.subjectRequest.findMany({ where, orderBy: { id: 'asc' } })
    // That they were answered, and in time, stays provable (Art. 5(2) GDPR): of nobody in particular, and to the day.
    if (requests.length > 0) {
      await tx.answeredRequest.createMany({
        data: requests.map(({ kind, receivedAt, decidedAt, dueAt, status, denial, article }) => ({
          ...{ id: uuidv7(), kind, status, denial, article: article && isCitation(article) ? article : null },
          ...{ receivedOn: receivedAt, decidedOn: decidedAt, inTime: (decidedAt ?? decision.at) <= dueAt },
        })),
      })
    }
    const cases = requests.map(({ id, caseId }) => caseId ?? id)
    const ofCases = decision.categories === null ? {} : { caseId: { in: cases } }
    const messages = await tx.subjectMessage.deleteMany({ where: { contactId: where.contactId, ...ofCases } })
    const { count } = await tx.subjectRequest.deleteMany({ where })
    return { ...nothingErased, erased: { SubjectRequest: count, SubjectMessage: messages.count } }
  },
}

/** Whatever else somebody wrote there may tell of the person. */
const isCitation = (article: string) => /^(Art\. |§§? )\d[\w().,; §-]{0,80}$/.test(article)
