import type { Document } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { Context } from '../../graphql/context.ts'
import { contentKeyOf } from './content/keys.ts'
import { type Staged, stageContent } from './content/stage.ts'
import { onAllOf, seenDocument } from './sight.ts'
import { addVersion, checkDocument, storeDocument } from './store.ts'
import type { UploadOrder } from './tickets.ts'

/**
 * Takes an announced upload: the file is put into the storage first, as a whole, and then the document is there. What comes to
 * nothing is removed at once, or, if the process dies, swept away later.
 */
export async function takeUpload(
  context: Context,
  upload: UploadOrder,
  content: AsyncIterable<Uint8Array>,
): Promise<Document> {
  const staged = await stageContent(context, { ...(await requirements(context, upload)), content })
  return store(context, upload, staged).catch(async (error: unknown) => {
    // It may have been committed all the same, when the connection broke; then the file stays.
    const stored = await context.database.documentVersion.findUnique({ where: { id: staged.id } })
    if (!stored) await context.storage.remove(staged.storageKey)
    throw error
  })
}

async function requirements(context: Context, upload: UploadOrder) {
  const { database } = context
  const { mediaType } = upload
  if (!('documentId' in upload)) return { mediaType, allowed: (await checkDocument(database, upload)).type.mediaTypes }
  const document = await seenDocument(database, context, upload.documentId)
  const type = await database.documentType.findUnique({ where: { key: document.typeKey } })
  return { mediaType, allowed: type?.mediaTypes ?? [], contentKey: await contentKeyOf(database, context, document) }
}

function store(context: Context, upload: UploadOrder, staged: Staged): Promise<Document> {
  const options = { integrated: true }
  if (!('documentId' in upload)) {
    return transact(context, 'uploadDocument', (tx) => storeDocument(tx, context, { ...upload, staged }), options)
  }
  const addIt = async (tx: Transaction) => {
    const { id: documentId } = await seenDocument(tx, context, upload.documentId)
    return addVersion(tx, context, { documentId, staged })
  }
  return transact(onAllOf(context), 'uploadDocument', addIt, options)
}
