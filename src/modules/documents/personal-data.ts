import type { Document, DocumentContact, DocumentVersion } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import { asRecord, type Disclosed, type DisclosedFile, type Held } from '../disclosed.ts'
import type { ErasureDecision, PersonalData } from '../module.ts'
import { linkedKey } from './content/keys.ts'
import { openVersion } from './content/open.ts'
import { removeDocuments } from './content/removal.ts'
import { aboutOthers, documentOperations, documentTexts } from './disclosure-texts.ts'
import { fileNameOf } from './file-name.ts'

const batch = 200

type Linked = { link: DocumentContact; document: Document; versions: DocumentVersion[] }

/** What this module holds about a contact: the documents that belong to them. */
export const documentData: PersonalData = {
  categories: ['documents'],
  models: ['DocumentContact'],
  texts: documentTexts,
  operations: documentOperations,
  async *disclose(held) {
    for await (const linked of documentsOf(held.tx, held.contactId))
      for (const one of linked) yield disclosed(held, one)
  },
  async erase(tx, contactId, decision) {
    const outcome = { links: 0, documents: 0, files: 0, lawful: new Map<string, number>(), shared: 0, kept: 0 }
    for await (const linked of documentsOf(tx, contactId)) {
      const types = await tx.documentType.findMany({ where: { onErasure: 'keep' }, select: { key: true } })
      const keeping = new Set(types.map(({ key }) => key))
      const going: Linked[] = []
      for (const one of linked) {
        const law = lawFor(decision, one.document.typeKey)
        if (law) outcome.lawful.set(law, (outcome.lawful.get(law) ?? 0) + 1)
        else going.push(one)
      }
      await tx.documentContact.deleteMany({
        where: { contactId, id: { in: going.map(({ link }) => link.id) } },
      })
      const alone = going.filter(({ document }) => document.contactCount === 1)
      const gone = alone.filter(({ document }) => document.personal !== 'none' || !keeping.has(document.typeKey))
      const stays = going.filter((one) => !gone.includes(one))
      await removeDocuments(
        tx,
        gone.map(({ document }) => document.id),
      )
      await tx.document.updateMany({
        where: { id: { in: stays.map(({ document }) => document.id) } },
        data: { contactCount: { decrement: 1 }, version: { increment: 1 } },
      })
      outcome.links += going.length
      outcome.documents += gone.length
      outcome.files += gone.reduce((sum, { versions }) => sum + versions.length, 0)
      outcome.kept += alone.length - gone.length
      outcome.shared += going.length - alone.length
    }
    const { links, documents, files, lawful, shared, kept } = outcome
    const lawfully = [...lawful.values()].reduce((sum, rows) => sum + rows, 0)
    const reasons = [
      ...(shared > 0 ? [`${shared} belong to other contacts, too`] : []),
      ...(kept > 0 ? [`${kept} hold no personal data, and their type keeps them`] : []),
    ]
    return {
      erased: { DocumentContact: links, Document: documents, DocumentVersion: files },
      kept: {
        ...(lawfully > 0 && { DocumentContact: { rows: lawfully, reason: [...lawful.keys()].join('; ') } }),
        ...(reasons.length > 0 && { Document: { rows: shared + kept, reason: reasons.join('; ') } }),
      },
    }
  },
}

/** Which law keeps documents of a type, by the decision: of all documents, or of this type (`Document/invoice`). */
const lawFor = ({ keep }: ErasureDecision, typeKey: string): string | undefined =>
  keep[`Document/${typeKey}`] ?? keep['Document'] ?? keep['DocumentContact']

/** The documents of a contact with their versions, some at a time. */
async function* documentsOf(tx: Transaction, contactId: string): AsyncGenerator<Linked[]> {
  let after: string | undefined
  for (;;) {
    const where = { contactId, ...(after && { id: { gt: after } }) }
    const links = await tx.documentContact.findMany({ where, orderBy: { id: 'asc' }, take: batch })
    if (links.length === 0) return
    const ids = { in: links.map(({ documentId }) => documentId) }
    const documents = new Map((await tx.document.findMany({ where: { id: ids } })).map((row) => [row.id, row]))
    const versions = Map.groupBy(
      await tx.documentVersion.findMany({ where: { documentId: ids }, orderBy: { number: 'asc' } }),
      ({ documentId }) => documentId,
    )
    yield links.flatMap((link) => {
      const document = documents.get(link.documentId)
      return document ? [{ link, document, versions: versions.get(document.id) ?? [] }] : []
    })
    after = links.at(-1)?.id
  }
}

function disclosed(held: Held, { link, document, versions }: Linked): Disclosed {
  const { typeKey: type, personal, createdAt, updatedAt } = document
  const title = document.title ?? link.title
  return {
    kind: 'document',
    category: 'documents',
    once: document.id,
    record: asRecord({
      ...{ id: document.id, title, type, personal, linkedAt: link.linkedAt, createdAt, updatedAt },
      versions: versions.map(({ number, mediaType, size, sha256, createdAt: storedAt }) => ({
        ...{ number, mediaType, size: Number(size), sha256, storedAt },
      })),
    }),
    ...(personal === 'linked' && {
      files: versions.map((version) => fileOf(held, { link, document, version, title })),
    }),
    ...(personal === 'others' && {
      redactions: [{ field: 'content', rule: aboutOthers }],
    }),
  }
}

function fileOf(
  held: Held,
  { link, document, version, title }: Omit<Linked, 'versions'> & { version: DocumentVersion; title: string },
): DisclosedFile {
  const { mediaType, sha256 } = version
  return {
    ...{ name: fileNameOf(title, version, document), mediaType, sha256 },
    size: Number(version.size),
    async *open() {
      // By the key of this contact, whoever else has it: it is what lies beside them.
      yield* openVersion(held, version, await linkedKey(held, link))
    },
  }
}
