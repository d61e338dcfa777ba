import type { Document } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { Text } from '../disclosed.ts'
import { concerns, type ErasureDecision, type ErasureOutcome, nothingErased, relatedChoice } from '../module.ts'
import { removeDocuments } from './content/removal.ts'
import { retainUntil } from './retention.ts'

const batch = 500

/**
 * Takes contacts off their documents. Those that are left with no contact go with their files, unless they hold no personal data and
 * the decision, their type or a law keeps them. What a law wants kept of the others was copied before: see `retained`.
 */
export async function eraseDocuments(
  tx: Transaction,
  contactIds: readonly string[],
  decision: ErasureDecision,
): Promise<ErasureOutcome> {
  if (!concerns(decision, 'documents')) return nothingErased
  const where = { contactId: { in: [...contactIds] } }
  const links = await tx.documentContact.groupBy({
    by: ['documentId'],
    where,
    _count: true,
    orderBy: { documentId: 'asc' },
  })
  const { count } = await tx.documentContact.deleteMany({ where })
  const keeps = await keptTypes(tx, decision)
  const reasons = new Map<string, Text>()
  let rows = 0
  const erased = { DocumentContact: count, Document: 0, DocumentVersion: 0 }
  for (let from = 0; from < links.length; from += batch) {
    const lost = new Map(links.slice(from, from + batch).map(({ documentId, _count }) => [documentId, _count]))
    const documents = await tx.document.findMany({ where: { id: { in: [...lost.keys()] } } })
    const gone: string[] = []
    const stay: { id: string; lost: number }[] = []
    for (const document of documents) {
      const own = lost.get(document.id) ?? 0
      const reason = document.contactCount > own ? shared : keeps(document)
      if (reason === undefined) gone.push(document.id)
      else {
        stay.push({ id: document.id, lost: own })
        reasons.set(reason.en, reason)
        rows++
      }
    }
    erased.Document += gone.length
    erased.DocumentVersion += await removeDocuments(tx, gone)
    await countLess(tx, stay)
  }
  const all = [...reasons.values()]
  const reason = { de: all.map(({ de }) => de).join('; '), en: all.map(({ en }) => en).join('; ') }
  return { ...nothingErased, erased, ...(rows > 0 && { kept: { Document: { rows, reason } } }) }
}

const shared = { de: 'gehören auch anderen Kontakten', en: 'belong to other contacts, too' }

/** Why a document without personal data stays that no contact has any more; undefined if it goes. */
async function keptTypes(tx: Transaction, decision: ErasureDecision) {
  const types = new Map((await tx.documentType.findMany()).map((type) => [type.key, type]))
  const classes = new Map((await tx.retentionClass.findMany()).map((one) => [one.key, one]))
  return ({ personal, typeKey, createdAt }: Document): Text | undefined => {
    const type = types.get(typeKey)
    if (personal !== 'none' || !type) return undefined
    const law = classes.get(type.retentionKey ?? '')
    const until = law && retainUntil(law, createdAt)
    if (law && until && until > decision.at) {
      return {
        de: `enthalten keine personenbezogenen Daten und sind aufzubewahren (${law.citation})`,
        en: `hold no personal data, and have to be kept (${law.citation})`,
      }
    }
    const choice = relatedChoice(decision, `document/${typeKey}`, 'document')
    if (choice === 'keep') {
      return {
        de: 'enthalten keine personenbezogenen Daten, und es wurde entschieden, sie zu behalten',
        en: 'hold no personal data, and it was decided to keep them',
      }
    }
    if (choice !== undefined || type.onErasure !== 'keep') return undefined
    return {
      de: 'enthalten keine personenbezogenen Daten, und ihre Art behält sie',
      en: 'hold no personal data, and their type keeps them',
    }
  }
}

async function countLess(tx: Transaction, documents: readonly { id: string; lost: number }[]): Promise<void> {
  for (const [decrement, some] of Map.groupBy(documents, ({ lost }) => lost)) {
    const data = { contactCount: { decrement }, version: { increment: 1 } }
    await tx.document.updateMany({ where: { id: { in: some.map(({ id }) => id) } }, data })
  }
}
