import type { DisclosedFile, Held } from '../disclosed.ts'
import type { Retained } from '../module.ts'
import { disclosedDocument, type Linked, linkedDocuments } from './disclose.ts'
import { retainUntil } from './retention.ts'

/**
 * The documents of a contact that a law wants kept, as their types' classes of retention say, with their files. Those that others have,
 * too: these may be erased next. Documents without personal data stay as they are, and need no copy.
 */
export async function* retainedDocuments(held: Held, at: Date): AsyncGenerator<Retained> {
  const lawFor = await lawsOf(held)
  for await (const linked of linkedDocuments(held.tx, held.contactId))
    for (const one of linked) {
      const law = one.document.personal === 'none' ? undefined : lawFor(one)
      if (!law || law.until <= at) continue
      yield {
        ...disclosedDocument(held, one, { whole: true }),
        model: 'DocumentContact',
        id: one.link.id,
        retention: law,
      }
    }
}

/** What the law says of documents. */
export async function lawsOf({ tx }: Pick<Held, 'tx'>) {
  const types = await tx.documentType.findMany({ where: { retentionKey: { not: null } } })
  const classes = new Map((await tx.retentionClass.findMany()).map((one) => [one.key, one]))
  const byType = new Map(types.map(({ key, retentionKey }) => [key, classes.get(retentionKey ?? '')]))
  return ({ document }: Pick<Linked, 'document'>): Retained['retention'] | undefined => {
    const law = byType.get(document.typeKey)
    const until = law && retainUntil(law, document.createdAt)
    return law && until ? { until, citation: law.citation, key: law.key } : undefined
  }
}

/** The files of some documents of a contact, but for those that are kept that long already. */
export async function filesUnlessKept(
  held: Held,
  documentIds: readonly string[],
  until: Date,
): Promise<DisclosedFile[]> {
  if (documentIds.length === 0) return []
  const lawFor = await lawsOf(held)
  const files: DisclosedFile[] = []
  for await (const linked of linkedDocuments(held.tx, held.contactId, documentIds))
    for (const one of linked) {
      const law = lawFor(one)
      if (one.document.personal === 'none' || (law && law.until >= until)) continue
      files.push(...(disclosedDocument(held, one, { whole: true }).files ?? []))
    }
  return files
}
