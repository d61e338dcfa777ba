import type { LawfulBasisEvent } from '#prisma/client.ts'
import type { Json } from '../../database/json.ts'
import type { PersonalData } from '../module.ts'
import { openText } from './basis/evidence.ts'

/** What this module holds about a contact, and how it is disclosed and erased. */
export const lawfulnessData: PersonalData = {
  categories: ['legal grounds', 'source', 'evidence'],
  models: ['LawfulBasisEvent', 'LawfulBasisPeriod'],
  async disclose(tx, contactId, keys) {
    const key = (await keys.find([contactId])).get(contactId)
    const events = await tx.lawfulBasisEvent.findMany({
      where: { contactId },
      orderBy: [{ recordedAt: 'asc' }, { id: 'asc' }],
      include: { notice: { select: { version: true, language: true, text: true, sha256: true } } },
    })
    const periods = await tx.lawfulBasisPeriod.findMany({ where: { contactId }, orderBy: { validFrom: 'asc' } })
    // Who of the staff recorded it is left out: that is data about them.
    const disclosed = ({ evidence, actorId: _, ...event }: LawfulBasisEvent) => ({
      ...event,
      evidence: evidence && key && key !== 'destroyed' ? openText(key, event, evidence) : null,
    })
    return asJson({ events: events.map(disclosed), periods })
  },
  async erase(tx, contactId) {
    const events = await tx.lawfulBasisEvent.count({ where: { contactId } })
    const { count } = await tx.lawfulBasisPeriod.deleteMany({ where: { contactId } })
    // Events can't be taken out by themselves: PostgreSQL lets them go with the row of their contact, in this transaction.
    return { erased: { LawfulBasisEvent: events, LawfulBasisPeriod: count }, kept: {} }
  },
}

// Dates as ISO 8601 text.
const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value))
