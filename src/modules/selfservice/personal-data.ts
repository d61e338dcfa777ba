import type { Transaction } from '../../database/transact.ts'
import { categoryOfField } from '../contacts/personal-data.ts'
import { asRecord, openerOf, rowsOf } from '../disclosed.ts'
import { concerns, type ErasureDecision, nothingErased, type PersonalData } from '../module.ts'
import { changeJson, reasonIn } from './corrections/propose.ts'
import { selfServiceOperations, selfServiceTexts } from './disclosure-texts.ts'

/** What this module holds about a contact, and how it is disclosed and erased. */
export const selfServiceData: PersonalData = {
  categories: ['self service', 'corrections'],
  models: ['SelfServiceLink', 'SelfServiceSession', 'CorrectionProposal'],
  logged: { SelfServiceLink: 'self service', SelfServiceSession: 'self service', CorrectionProposal: 'corrections' },
  texts: selfServiceTexts,
  operations: selfServiceOperations,
  async *disclose(held) {
    const { tx } = held
    for await (const link of rowsOf(held, (page) => tx.selfServiceLink.findMany(page))) {
      const { handedOver, createdAt, expiresAt, usedAt } = link
      const record = asRecord({ handedOver, createdAt, expiresAt, usedAt })
      yield { kind: 'selfServiceLink', category: 'self service', record, once: link.id }
    }
    for await (const visit of rowsOf(held, (page) => tx.selfServiceSession.findMany(page))) {
      const { id: once, method, startedAt, endedAt } = visit
      yield {
        kind: 'selfServiceVisit',
        category: 'self service',
        record: asRecord({ method, startedAt, endedAt }),
        once,
      }
    }
    for await (const proposal of rowsOf(held, (page) => tx.correctionProposal.findMany(page))) {
      const opener = await openerOf(held)
      const { id, field, state, proposedAt, decidedAt } = proposal
      const opened = opener && { change: changeJson(opener, proposal), reason: reasonIn(opener, proposal) }
      const record = asRecord({ id, field, state, proposedAt, decidedAt, ...opened })
      const once = `${field} ${proposedAt.toISOString()}`
      const portable = ['field', 'proposedAt', 'change']
      yield { kind: 'correctionProposal', category: 'corrections', record, portable, once }
    }
  },
  async erase(tx, contactIds, decision) {
    const where = { contactId: { in: [...contactIds] } }
    const none = { count: 0 }
    const visits = concerns(decision, 'self service')
    const [links, sessions, proposals] = [
      visits ? await tx.selfServiceLink.deleteMany({ where }) : none,
      visits ? await tx.selfServiceSession.deleteMany({ where }) : none,
      await eraseProposals(tx, contactIds, decision),
    ]
    return {
      ...nothingErased,
      erased: {
        SelfServiceLink: links.count,
        SelfServiceSession: sessions.count,
        CorrectionProposal: proposals.count,
      },
    }
  },
}

/** A proposal says what a field is to become: it goes with the category of that, too. */
async function eraseProposals(tx: Transaction, contactIds: readonly string[], decision: ErasureDecision) {
  const where = { contactId: { in: [...contactIds] } }
  if (concerns(decision, 'corrections')) return tx.correctionProposal.deleteMany({ where })
  const proposed = await tx.correctionProposal.findMany({ where, distinct: ['field'], select: { field: true } })
  const fields = proposed.flatMap(({ field }) => {
    const category = categoryOfField(field)
    return category !== undefined && concerns(decision, category) ? [field] : []
  })
  return tx.correctionProposal.deleteMany({ where: { ...where, field: { in: fields } } })
}
