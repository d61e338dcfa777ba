import type { Erasure } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import { asRecord } from '../disclosed.ts'
import type { PersonalData } from '../module.ts'
import { readersWithoutWebhook } from '../recipients/erased.ts'
import { erasureOperations, erasureTexts } from './disclosure-texts.ts'
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
  operations: erasureOperations,
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
    if (mine && categories === null) await noteUntold(tx, mine, contactIds)
    const others = { erasureId: { notIn: [erasureId, mine?.setId ?? erasureId] } }
    const waiting = categories === null ? await tx.erasureSubject.findMany({ where: { contactId, ...others } }) : []
    // Of a set, those who are left still wait; of a contact that stays, what was erased stays known.
    const { count } = await tx.erasureSubject.deleteMany({
      where: { contactId, ...(categories !== null && { erasureId: mine?.setId ?? { in: [] } }) },
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
          reason: {
            de: 'beweisen die Löschung und führen zu niemandem',
            en: 'prove the erasure, and lead to nobody',
          },
        },
        ...(kept > 0 && {
          ErasureFingerprint: {
            rows: kept,
            reason: {
              de: 'bewahren davor, wieder erfasst zu werden, wer widersprochen hat (Art. 21 Abs. 3 DSGVO)',
              en: 'keep whoever objected from being entered again (Art. 21(3) GDPR)',
            },
          },
        }),
      },
    }
  },
}

/** Notes which clients that had got their data staff has to tell (Art. 19 GDPR); the other modules forget who it was. */
async function noteUntold(tx: Transaction, { id, setId, untoldClients }: Erasure, contactIds: readonly string[]) {
  const clients = await readersWithoutWebhook(tx, contactIds)
  if (clients.every((client) => untoldClients.includes(client))) return
  const whose = await tx.erasure.findUnique({ where: { id: setId ?? id } })
  const all = [...new Set([...(whose?.untoldClients ?? []), ...clients])]
  if (whose) await tx.erasure.update({ where: { id: whose.id }, data: { untoldClients: all } })
}
