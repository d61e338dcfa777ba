import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { transact } from '../../../database/transact.ts'
import { isFault } from '../../../files.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, LetheError } from '../../../graphql/errors.ts'
import { findOwners, type Named } from '../../contacts/import/owners.ts'
import { stageContent } from '../content/stage.ts'
import { personalKinds } from '../personal.ts'
import { checkDocument, type NewDocument, storeDocument } from '../store.ts'
import type { ManifestRow } from './manifest.ts'

/** What came of an import. */
export type DocumentCounts = { created: number; unchanged: number; rejected: number }

export type DocumentImport = {
  /** Where the files are: nothing outside is read. */
  folder: string
  /** Where the ids come from by which other systems know the contacts. */
  source: string
  /** Check and count only; nothing is written. */
  dryRun?: boolean
  /** Told each row that can't be imported, and why. */
  onRejected?: (row: ManifestRow, faults: readonly Fault[]) => Promise<void>
  /** Told after each row. */
  onProgress?: (counts: DocumentCounts) => void
}

/**
 * Imports documents, one by one, each in a unit of work of its own: an import that was interrupted can be repeated. What the same
 * contact has already, by its content and type, stays as it is. Rows with faults are handed out.
 */
export async function importDocuments(
  context: WorkContext,
  rows: AsyncIterable<ManifestRow>,
  options: DocumentImport,
): Promise<DocumentCounts> {
  const counts = { created: 0, unchanged: 0, rejected: 0 }
  const folder = await realpath(options.folder)
  for await (const row of rows) {
    const outcome = await importRow(context, row, { ...options, folder })
    if (typeof outcome === 'string') counts[outcome]++
    else {
      counts.rejected++
      await options.onRejected?.(row, outcome)
    }
    options.onProgress?.(counts)
  }
  return counts
}

async function importRow(
  context: WorkContext,
  row: ManifestRow,
  { folder, source, dryRun = false }: DocumentImport,
): Promise<'created' | 'unchanged' | Fault[]> {
  try {
    const faults: Fault[] = []
    const path = await fileIn(folder, row.values.file, faults)
    const draft = await draftOf(context, row, source, faults)
    if (!path || !draft || faults.length > 0) return faults
    const { type } = await checkDocument(context.database, draft)
    if (await isKnown(context, draft, await hashOf(path))) return 'unchanged'
    if (dryRun) return 'created'
    const { media_type: mediaType } = row.values
    const staged = await stageContent(context, { content: createReadStream(path), mediaType, allowed: type.mediaTypes })
    await transact(context, 'importDocuments', (tx) => storeDocument(tx, context, { ...draft, staged }))
    return 'created'
  } catch (error) {
    return faultsIn(error)
  }
}

/** What is wrong with a row; throws what is not its fault. */
function faultsIn(error: unknown): Fault[] {
  if (!(error instanceof LetheError)) throw error
  const { faults } = error.extensions
  if (error.code === 'INVALID_INPUT' && Array.isArray(faults)) return faults
  if (error.code === 'LIMIT_EXCEEDED') return [{ field: 'file', message: error.message }]
  if (error.code === 'NOT_FOUND') return [{ field: 'contact', message: error.message }]
  throw error
}

async function fileIn(folder: string, name: string | undefined, faults: Fault[]): Promise<string | undefined> {
  const refuse = (message: string) => void faults.push({ field: 'file', message })
  if (!name) return refuse('Name the file.')
  try {
    // Links are followed first: they must not lead out of the folder either.
    const path = await realpath(join(folder, name))
    if (!path.startsWith(`${folder}${sep}`)) return refuse('The file is not in the folder of the manifest.')
    if (!(await stat(path)).isFile()) return refuse('This is no file.')
    return path
  } catch (error) {
    if (isFault(error, 'ENOENT', 'ENOTDIR')) return refuse('There is no such file in the folder of the manifest.')
    if (isFault(error, 'EACCES')) return refuse('The file can’t be read.')
    throw error
  }
}

async function draftOf(
  context: WorkContext,
  { values }: ManifestRow,
  source: string,
  faults: Fault[],
): Promise<NewDocument | undefined> {
  const personal = personalKinds.find((kind) => kind === values.personal?.toLowerCase())
  if (values.personal && !personal)
    faults.push({ field: 'personal', message: `It is one of ${personalKinds.join(', ')}.` })
  if (!values.type) faults.push({ field: 'type', message: 'Name the type of the document.' })
  const named: Named[] = [
    ...partsOf(values.contact_ids).map((id) => ({ id })),
    ...partsOf(values.contact_external_ids).map((externalId) => ({ externalId })),
    ...partsOf(values.contact_emails).map((email) => ({ email })),
  ]
  const ownerOf = await transact(context, 'importDocuments', (tx) => findOwners(tx, named, source))
  const owners = named.map(ownerOf)
  faults.push(...owners.filter((owner) => typeof owner !== 'string'))
  if (faults.length > 0) return undefined
  return {
    title: values.title ?? basename(values.file ?? ''),
    typeKey: values.type ?? '',
    personal,
    contacts: owners.filter((owner) => typeof owner === 'string'),
  }
}

const partsOf = (list: string | undefined) => (list ?? '').split(/[;\s]+/).filter(Boolean)

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

/** Whether the first contact has such a document; one without contacts, whether there is one. */
async function isKnown({ database }: WorkContext, { typeKey, contacts }: NewDocument, sha256: string) {
  const found = await database.documentVersion.findMany({ where: { sha256 }, select: { documentId: true }, take: 1000 })
  const ids = found.map(({ documentId }) => documentId)
  const alike = await database.document.findMany({
    where: { id: { in: ids }, typeKey },
    select: { id: true, contactCount: true },
  })
  const [contactId] = contacts
  if (!contactId) return alike.some(({ contactCount }) => contactCount === 0)
  const linked = await database.documentContact.count({
    where: { contactId, documentId: { in: alike.map(({ id }) => id) } },
  })
  return linked > 0
}
