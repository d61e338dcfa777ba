import type { DocumentVersion } from '#prisma/client.ts'
import type { Context } from '../../graphql/context.ts'
import { notFound } from '../../graphql/errors.ts'
import { uuidOrNobody } from '../../graphql/ids.ts'
import { logReads } from '../audit/log-reads.ts'
import { isRecipient } from '../recipients/received.ts'
import { openVersion } from './content/open.ts'
import { fileNameOf } from './file-name.ts'
import { seenDocument } from './sight.ts'
import { mostContacts, titleAndKey } from './store.ts'
import { noteDownload } from './told.ts'

/** The path of downloads. */
export const downloadPath = '/documents/content'

/** Where a version can be downloaded, with the caller's own credentials. */
export const downloadUrl = ({ publicUrl }: Pick<Context, 'publicUrl'>, versionId: string): string =>
  `${publicUrl}${downloadPath}?version=${versionId}`

/** A version that may be downloaded. */
export type Download = { version: DocumentVersion; fileName: string; content: () => AsyncIterable<Uint8Array> }

/**
 * A version for download, by its UUID. With `log`, the log says of each contact that the file is given out, before it is. Throws
 * NOT_FOUND, also for one that the caller doesn't see; UNREADABLE.
 */
export async function findDownload(context: Context, given: string, { log }: { log: boolean }): Promise<Download> {
  const { database } = context
  const version = await database.documentVersion.findUnique({ where: { id: uuidOrNobody(given) } })
  if (!version) throw notFound('DocumentVersion')
  const document = await seenDocument(database, context, version.documentId).catch(() => {
    throw notFound('DocumentVersion')
  })
  const { title, contentKey } = await titleAndKey(database, context, document)
  if (log) {
    if (isRecipient(context)) await noteDownload(context, document.id)
    const links = await database.documentContact.findMany({
      where: { documentId: document.id },
      select: { contactId: true },
      take: mostContacts,
    })
    const read = { entity: 'DocumentVersion', entityId: version.id, field: 'url' }
    const reads = links.length > 0 ? links.map(({ contactId }) => ({ ...read, contactId })) : [read]
    await logReads(context, 'downloadDocument', reads, { integrated: true })
  }
  return {
    version,
    fileName: fileNameOf(title, version, document),
    content: () => openVersion(context, version, contentKey),
  }
}
