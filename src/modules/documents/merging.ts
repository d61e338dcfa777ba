import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { Merging } from '../contacts/merging.ts'
import { addLinks, titleAndKey } from './store.ts'

// The documents of two contacts that are one person are documents of the one that stays. The links of the other remain, so that a
// merge can be taken back.

const batch = 200

/** What a merge means for documents, and what it means to take it back. */
export const documentMerging: Merging = {
  async merged(tx, context, { targetId, sourceId }) {
    for await (const links of linksOf(tx, sourceId)) {
      const documentId = { in: links.map((link) => link.documentId) }
      const there = await tx.documentContact.findMany({ where: { contactId: targetId, documentId } })
      const known = new Set(there.map((link) => link.documentId))
      const documents = new Map((await tx.document.findMany({ where: { id: documentId } })).map((row) => [row.id, row]))
      const added = links.flatMap((link) => {
        const document = known.has(link.documentId) ? undefined : documents.get(link.documentId)
        return document ? [{ link, document }] : []
      })
      for (const { link, document } of added) {
        const { title, contentKey } = await titleAndKey(tx, context, document)
        await addLinks(tx, context, document, { title, contentKey, contactIds: [targetId], copiedFrom: link.id })
      }
      await count(
        tx,
        added.map(({ document }) => document.id),
        1,
      )
    }
  },
  async unmerged(tx, _context: WorkContext, { targetId, sourceId }) {
    for await (const links of linksOf(tx, sourceId)) {
      const where = { contactId: targetId, copiedFrom: { in: links.map(({ id }) => id) } }
      const copies = await tx.documentContact.findMany({ where, select: { documentId: true } })
      if (copies.length === 0) continue
      await tx.documentContact.deleteMany({ where })
      await count(
        tx,
        copies.map(({ documentId }) => documentId),
        -1,
      )
    }
  },
}

async function* linksOf(tx: Transaction, contactId: string) {
  let after: string | undefined
  for (;;) {
    const where = { contactId, ...(after && { id: { gt: after } }) }
    const links = await tx.documentContact.findMany({ where, orderBy: { id: 'asc' }, take: batch })
    if (links.length === 0) return
    yield links
    after = links.at(-1)?.id
  }
}

async function count(tx: Transaction, ids: readonly string[], more: 1 | -1) {
  if (ids.length === 0) return
  const data = { contactCount: { increment: more }, version: { increment: 1 } }
  await tx.document.updateMany({ where: { id: { in: [...ids] } }, data })
}
