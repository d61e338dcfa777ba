import { asRecord } from '../disclosed.ts'
import type { PersonalData } from '../module.ts'
import { erasureTexts } from './disclosure-texts.ts'
import { keepFingerprints } from './fingerprints.ts'
import { isPending } from './register.ts'

/**
 * What this module holds about a contact: that somebody wants them erased. It is the last module, so it erases first, while their
 * addresses are still there: of whoever objected, the fingerprints of these stay.
 */
export const erasureData: PersonalData = {
  categories: ['erasures'],
  models: ['ErasureSubject', 'ErasedContact'],
  texts: erasureTexts,
  async *disclose({ tx, contactId }) {
    const subjects = await tx.erasureSubject.findMany({ where: { contactId } })
    const gone = await tx.erasedContact.findMany({ where: { contactId } })
    const ids = [...subjects, ...gone].map(({ erasureId }) => erasureId)
    for (const row of await tx.erasure.findMany({ where: { id: { in: ids } }, orderBy: { id: 'asc' } })) {
      const { id, state, ground, categories, requestedAt, approvedAt, executedAt, article } = row
      const record = asRecord({ id, state, ground, categories, requestedAt, approvedAt, executedAt, article })
      yield { kind: 'erasure', category: 'erasures', record }
    }
  },
  async erase(tx, contactIds, { erasureId, categories, fingerprints }, { secrets }) {
    const contactId = { in: [...contactIds] }
    const kept = fingerprints ? await keepFingerprints(tx, secrets, contactIds, erasureId) : 0
    const mine = await tx.erasure.findUnique({ where: { id: erasureId } })
    const others = { erasureId: { notIn: [erasureId, mine?.setId ?? erasureId] } }
    const waiting = categories === null ? await tx.erasureSubject.findMany({ where: { contactId, ...others } }) : []
    const { count } = await tx.erasureSubject.deleteMany({
      where: { contactId, ...(categories !== null && { erasureId: { in: [erasureId, mine?.setId ?? erasureId] } }) },
    })
    // Whatever else waited for a contact that is gone has come to its end. Of sets, the others still wait.
    const ended = { id: { in: waiting.map((subject) => subject.erasureId) }, kind: 'contact', ...isPending }
    if (waiting.length > 0) {
      await tx.erasure.updateMany({ where: ended, data: { state: 'cancelled', decidedAt: new Date() } })
      await tx.erasureWork.deleteMany({ where: { id: ended.id } })
    }
    return {
      erased: { ErasureSubject: count },
      anonymised: {},
      kept: {
        ErasedContact: {
          rows: categories === null ? contactIds.length : 0,
          reason: 'proves the erasure by a random id',
        },
        ...(kept > 0 && {
          ErasureFingerprint: {
            rows: kept,
            reason: 'keeps whoever objected from being entered again (Art. 21(3) GDPR)',
          },
        }),
      },
    }
  },
}
