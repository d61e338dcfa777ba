import { asRecord, contentOf, openerOf, rowsOf } from '../disclosed.ts'
import { concerns, nothingErased, type PersonalData } from '../module.ts'
import { openText } from './basis/evidence.ts'
import { groundOperations, groundTexts } from './disclosure-texts.ts'

/** What this module holds about a contact, and how it is disclosed and erased. */
export const lawfulnessData: PersonalData = {
  categories: ['legal grounds', 'source', 'evidence'],
  models: ['LawfulBasisEvent', 'LawfulBasisPeriod'],
  texts: groundTexts,
  operations: groundOperations,
  async *disclose(held) {
    const { tx } = held
    const notice = { select: { version: true, language: true, text: true, sha256: true } }
    for await (const event of rowsOf(held, (page) => tx.lawfulBasisEvent.findMany({ ...page, include: { notice } }))) {
      const key = event.evidence ? await openerOf(held) : undefined
      const evidence = event.evidence && key ? openText(key, event, event.evidence) : null
      // Who of the staff recorded it is left out: that is data about them.
      const { contactId: _, actorId: _actor, ...rest } = event
      const record = asRecord({ ...rest, evidence })
      const once = contentOf(record, 'id', 'basisId', 'copiedFrom', 'actorKind', 'recordedAt')
      yield { kind: 'legalGroundEvent', category: 'legal grounds', record, once }
    }
    for await (const { contactId: _, ...period } of rowsOf(held, (page) => tx.lawfulBasisPeriod.findMany(page))) {
      const { lapseNoted: _noted, ...rest } = period
      const record = asRecord(rest)
      yield { kind: 'legalGroundPeriod', category: 'legal grounds', record, once: contentOf(record, 'id', 'eventId') }
    }
  },
  async erase(tx, contactIds, decision) {
    const where = { contactId: { in: [...contactIds] } }
    const events = await tx.lawfulBasisEvent.count({ where })
    if (decision.categories !== null) {
      if (events === 0 || !lawfulnessData.categories.some((category) => concerns(decision, category)))
        return nothingErased
      const periods = await tx.lawfulBasisPeriod.count({ where })
      const kept = { LawfulBasisEvent: { rows: events, reason }, LawfulBasisPeriod: { rows: periods, reason } }
      return { ...nothingErased, kept }
    }
    const { count } = await tx.lawfulBasisPeriod.deleteMany({ where })
    // Events can't be taken out by themselves: PostgreSQL lets them go with the row of their contact, in this transaction.
    return { ...nothingErased, erased: { LawfulBasisEvent: events, LawfulBasisPeriod: count } }
  },
}

const reason = {
  de: 'Solange der Kontakt bleibt, muss sich beweisen lassen, warum (Art. 5 Abs. 2, Art. 7 Abs. 1 DSGVO).',
  en: 'As long as the contact is kept, it has to be provable why (Art. 5(2), 7(1) GDPR).',
}
