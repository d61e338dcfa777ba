import type { Document, DocumentContact, DocumentVersion } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import { asRecord, type Disclosed, type DisclosedFile, type Held } from '../disclosed.ts'
import { linkedKey } from './content/keys.ts'
import { openVersion } from './content/open.ts'
import { aboutOthers } from './disclosure-texts.ts'
import { fileNameOf } from './file-name.ts'

const batch = 200

/** A document with its versions, and by what it belongs to a contact. */
export type Linked = { link: DocumentContact; document: Document; versions: DocumentVersion[] }

/** The documents of a contact with their versions, some at a time; all of them, or these. */
export async function* linkedDocuments(
  tx: Transaction,
  contactId: string,
  documentIds?: readonly string[],
): AsyncGenerator<Linked[]> {
  let after: string | undefined
  for (;;) {
    const where = {
      ...{ contactId, ...(after && { id: { gt: after } }) },
      ...(documentIds && { documentId: { in: [...documentIds] } }),
    }
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

/** A document as it is disclosed. `whole`: with its content even if that is about others, too. */
export function disclosedDocument(
  held: Held,
  { link, document, versions }: Linked,
  { whole = false }: { whole?: boolean } = {},
): Disclosed {
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
    ...((personal === 'linked' || (whole && personal === 'others')) && {
      files: versions.map((version) => fileOf(held, { link, document, version, title })),
    }),
    ...(personal === 'others' &&
      !whole && {
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
