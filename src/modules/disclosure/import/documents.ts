import { z } from 'zod'
import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Staged, stageContent } from '../../documents/content/stage.ts'
import { addVersion, checkDocument, storeDocument } from '../../documents/store.ts'
import type { OpenedPackage } from './open.ts'
import { type Came, faultsOf } from './report.ts'

/** A document as a package has it. */
const document = z.object({
  // In a package of an older Lethe there is none: then nothing leads to it.
  id: z.string().default(''),
  title: z.string(),
  type: z.string(),
  versions: z.array(z.object({ mediaType: z.string(), sha256: z.string() })).min(1),
})

/**
 * Takes in documents with all their versions, if there is such a type here. Those whose files the package does not have, since they are about
 * others, too, are left out. What the contact has already, by its content and type, stays as it is. `ids`: of which here, by the ids in the
 * package.
 */
export async function takeDocuments(
  context: WorkContext,
  { data: { data }, stream }: OpenedPackage,
  { contactId }: { contactId: string },
): Promise<Came & { ids: ReadonlyMap<string, string> }> {
  const came: Came = { created: 0, known: 0, faults: [] }
  const ids = new Map<string, string>()
  const { rights } = context
  for (const [index, { record, files = [] }] of (data['document'] ?? []).entries()) {
    const place = `document ${index + 1}`
    const { data: read } = document.safeParse(record)
    const refuse = (message: string) => void came.faults.push({ field: place, message })
    if (!read) refuse('This is no document as a package has it.')
    else if (files.length !== read.versions.length) refuse('Its files are not in the package.')
    else if (rights && !(rights.canWrite('documents.documents') && rights.canWrite('documents.content')))
      refuse('You need the rights to write "documents.documents" and "documents.content".')
    else {
      try {
        const draft = { title: read.title, typeKey: read.type, personal: 'linked' as const, contacts: [contactId] }
        const { type } = await checkDocument(context.database, draft)
        const same = await findSame(context, contactId, read.type, read.versions.at(-1)?.sha256 ?? '')
        if (same) {
          came.known++
          ids.set(read.id, same)
        } else {
          const staged: [Staged, ...Staged[]] = [await stage(0)]
          for (const number of files.keys()) if (number > 0) staged.push(await stage(number, staged[0].contentKey))
          ids.set(read.id, await store(context, draft, staged))
          came.created++
        }
        async function stage(number: number, contentKey?: Uint8Array) {
          const content = await stream(files[number] ?? '')
          const { mediaType } = read?.versions[number] ?? { mediaType: undefined }
          return stageContent(context, {
            content,
            mediaType,
            allowed: type.mediaTypes,
            ...(contentKey && { contentKey }),
          })
        }
      } catch (error) {
        came.faults.push(...faultsOf(place, error))
      }
    }
  }
  return { ...came, ids }
}

type Draft = Parameters<typeof checkDocument>[1]

const store = (context: WorkContext, draft: Draft, [first, ...further]: readonly [Staged, ...Staged[]]) =>
  transact(context, 'importPackage', async (tx) => {
    const { id: documentId } = await storeDocument(tx, context, { ...draft, staged: first })
    for (const staged of further) await addVersion(tx, context, { documentId, staged })
    return documentId
  })

/** A document of the contact, of the type, with a version of this content. */
async function findSame({ database }: WorkContext, contactId: string, typeKey: string, sha256: string) {
  const links = await database.documentContact.findMany({ where: { contactId }, select: { documentId: true } })
  const documentId = { in: links.map((link) => link.documentId) }
  const alike = await database.documentVersion.findMany({ where: { documentId, sha256 }, select: { documentId: true } })
  const ids = alike.map((version) => version.documentId)
  return (await database.document.findFirst({ where: { id: { in: ids }, typeKey }, orderBy: { id: 'asc' } }))?.id
}
