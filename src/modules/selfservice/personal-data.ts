import type { Json } from '../../database/json.ts'
import type { PersonalData } from '../module.ts'
import { changeIn, reasonIn } from './corrections/propose.ts'
import { statementOf } from './requests.ts'

/** What this module holds about a contact, and how it is disclosed and erased. */
export const selfServiceData: PersonalData = {
  categories: ['self service', 'requests', 'corrections'],
  models: ['SelfServiceLink', 'SelfServiceSession', 'SubjectRequest', 'CorrectionProposal'],
  async disclose(tx, contactId, keys) {
    const where = { contactId }
    const [links, sessions, requests, proposals] = [
      await tx.selfServiceLink.findMany({ where, orderBy: { id: 'asc' } }),
      await tx.selfServiceSession.findMany({ where, orderBy: { id: 'asc' } }),
      await tx.subjectRequest.findMany({ where, orderBy: { id: 'asc' } }),
      await tx.correctionProposal.findMany({ where, orderBy: { id: 'asc' } }),
    ]
    const key = (await keys.find([contactId])).get(contactId)
    const opener = key === 'destroyed' ? undefined : key
    return asJson({
      links: links.map(({ handedOver, createdAt, expiresAt, usedAt }) => ({
        handedOver,
        createdAt,
        expiresAt,
        usedAt,
      })),
      visits: sessions.map(({ method, startedAt, endedAt }) => ({ method, startedAt, endedAt })),
      requests: requests.map((request) => ({ ...request, statement: opener ? statementOf(opener, request) : null })),
      corrections: proposals.map((proposal) => {
        const { id, field, state, proposedAt, decidedAt } = proposal
        const opened = opener && { change: changeIn(opener, proposal), reason: reasonIn(opener, proposal) }
        return { id, field, state, proposedAt, decidedAt, ...opened }
      }),
    })
  },
  async erase(tx, contactId) {
    const where = { contactId }
    const [links, sessions, requests, proposals] = [
      await tx.selfServiceLink.deleteMany({ where }),
      await tx.selfServiceSession.deleteMany({ where }),
      await tx.subjectRequest.deleteMany({ where }),
      await tx.correctionProposal.deleteMany({ where }),
    ]
    return {
      erased: {
        SelfServiceLink: links.count,
        SelfServiceSession: sessions.count,
        SubjectRequest: requests.count,
        CorrectionProposal: proposals.count,
      },
      kept: {},
    }
  },
}

// Dates as ISO 8601 text.
const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value))
