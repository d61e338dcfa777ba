import { createHash, randomUUID } from 'node:crypto'
import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { ContactKey } from '../../../keys/keys.ts'
import { newContentKey, sealStream } from '../../../storage/sealed.ts'
import type { DisclosedFile } from '../../disclosed.ts'
import {
  fileOf,
  filePlace,
  type RetainedFact,
  type RetainedRow,
  recordFile,
  recordPlace,
  rowOf,
  type SealedFile,
  type SealedRecord,
  type ToRetain,
} from './record.ts'
import { restoreRetained } from './restore.ts'

const batch = 200

/**
 * Copies what a law obliges to keep, each record under a fresh key of its own, with its files. The copies count for nothing until
 * `settleRetained` says so in the transaction that erases the originals; those that nothing came of go by themselves. In bounded
 * memory; of its own transactions, so not within another one. Returns what the ledger tells of them.
 *
 * @param erasureId The erasure that they are kept at.
 * @param records With the contact that each is of.
 * @param known What the ledger told of them when they were kept before, of an erasure that is done again: the same records get the same
 *   ids. Those whose period ended since don't come back.
 */
export async function storeRetained(
  context: WorkContext,
  erasureId: string,
  records: AsyncIterable<ToRetain & { contactId: string }>,
  known: readonly RetainedFact[] = [],
): Promise<RetainedFact[]> {
  const left = new Set(await restoreRetained(context, erasureId, known))
  const byRow = new Map(known.map((fact) => [`${fact.model} ${fact.row}`, fact]))
  const fresh: RetainedFact[] = []
  let some: { fact: RetainedFact; given: ToRetain }[] = []
  const write = async () => {
    await writeRecords(context, erasureId, some)
    some = []
  }
  for await (const given of records) {
    const before = byRow.get(`${given.model} ${given.id}`)
    // It is there already, or was, and its period is over.
    if (before ? !left.delete(before) : given.retention.until <= new Date()) continue
    const fact = before ?? factOf(given)
    if (!before) fresh.push(fact)
    some.push({ fact, given })
    if (some.length === batch) await write()
  }
  if (some.length > 0) await write()
  if (left.size > 0) {
    const ids = [...left].map(({ id }) => id)
    context.log.warn({ erasureId, ids }, 'records that were kept are in neither the restored database nor the storage')
  }
  return [...known.filter((fact) => !left.has(fact)), ...fresh]
}

const factOf = ({
  contactId,
  id: row,
  model,
  kind,
  retention,
  files,
}: ToRetain & { contactId: string }): RetainedFact => ({
  ...{ id: randomUUID(), contactId, row, model, kind },
  ...{ key: retention.key, citation: retention.citation, until: retention.until.toISOString() },
  files: files?.length ?? 0,
})

async function writeRecords(
  context: WorkContext,
  erasureId: string,
  given: readonly { fact: RetainedFact; given: ToRetain }[],
): Promise<void> {
  const ids = given.map(({ fact }) => fact.id)
  await context.keys.create(ids)
  const rows: RetainedRow[] = []
  for (const { fact, given: record } of given) {
    // Asked for each: a large file may take longer than a key may be held.
    const keyOf = async () => usable((await context.keys.find([fact.id])).get(fact.id))
    const files: SealedFile[] = []
    for (const file of record.files ?? []) files.push(await copyFile(context, fact.id, files.length + 1, file))
    const { kind, category } = record
    const content: SealedRecord = { kind, category, record: record.record, files }
    const sealed = (await keyOf()).seal(recordPlace(fact.id), Buffer.from(JSON.stringify(content)))
    if (files.length > 0) await context.storage.put(recordFile(fact.id), once(sealed))
    rows.push(rowOf(erasureId, { ...fact, files: files.length }, sealed))
  }
  await transact(context, 'retainRecords', (tx) => tx.retainedRecord.createMany({ data: rows }))
}

function usable(key: ContactKey | 'destroyed' | undefined): ContactKey {
  if (!key || key === 'destroyed') throw new Error('the key of a retained record is not there')
  return key
}

/** Copies a file, whole, or throws. */
async function copyFile(
  { storage }: Pick<WorkContext, 'storage'>,
  id: string,
  number: number,
  { name, mediaType, size, sha256, open }: DisclosedFile,
): Promise<SealedFile> {
  const contentKey = newContentKey()
  await storage.put(fileOf(id, number), sealStream(contentKey, filePlace(id, number), whole(open(), { size, sha256 })))
  return { name, mediaType, size, sha256, contentKey: Buffer.from(contentKey).toString('base64') }
}

/** The same, and throws at its end if that wasn't all of it. */
async function* whole(content: AsyncIterable<Uint8Array>, wanted: { size: number; sha256: string }) {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of content) {
    hash.update(chunk)
    size += chunk.length
    yield chunk
  }
  if (size !== wanted.size || hash.digest('hex') !== wanted.sha256) {
    throw new Error('a file that has to be kept is not the one that was stored')
  }
}

async function* once(bytes: Uint8Array) {
  yield bytes
}
