import { createHash } from 'node:crypto'
import type { WorkContext } from '../../../graphql/context.ts'
import { openerOf } from '../../disclosed.ts'
import type { Module } from '../../module.ts'
import { writeReport } from '../report/report.ts'
import { createWording, type Wording } from '../report/wording.ts'
import { accessPackageSchema } from '../schema.ts'
import { type Archive, beginArchive } from './archive.ts'
import { type Collected, collect, countRows, type Entry, inSnapshot } from './collect.ts'
import { csvOf } from './csv.ts'
import { type Information, informationOf, zoneOf } from './information.ts'
import { documentOf } from './json.ts'
import { type About, manifestOf, signManifest } from './manifest.ts'
import { mergedInto } from './merged.ts'
import { namesIn } from './names.ts'

/** What is to be built. */
export type Order = Pick<About, 'packageId' | 'requestId' | 'contactId' | 'kind' | 'language'>

/** What came of it. `sha256` is of the ZIP, hex; `size` in bytes. */
export type Built = { snapshotAt: string; size: number; sha256: string; records: number }

type Progress = (done: number, total: number) => void

/**
 * Builds a package: everything that is held about a contact, as of one moment, as a ZIP that `keep` takes as it grows. Memory is bounded,
 * however much there is. Throws NOT_FOUND if the contact has been forgotten, and when the signal of the context is aborted.
 */
export async function buildPackage(
  context: WorkContext,
  modules: readonly Module[],
  order: Order,
  { keep, progress }: { keep: (content: AsyncIterable<Uint8Array>) => Promise<void>; progress: Progress },
): Promise<Built> {
  const archive = beginArchive()
  const hash = createHash('sha256')
  let size = 0
  async function* measured() {
    for await (const part of archive.output) {
      hash.update(part)
      size += part.length
      yield part
    }
  }
  const fill = fillArchive(context, modules, order, { archive, progress })
  fill.catch((error: unknown) => archive.fail(error instanceof Error ? error : new Error(String(error))))
  await Promise.all([fill, keep(measured()).catch((error: unknown) => fill.then(() => Promise.reject(error)))])
  return { ...(await fill), size, sha256: hash.digest('hex') }
}

async function fillArchive(
  context: WorkContext,
  modules: readonly Module[],
  order: Order,
  { archive, progress }: { archive: Archive; progress: Progress },
) {
  const { contactId, kind, language } = order
  const { snapshotAt, information, collected, auditCheckpoint, done, wording, timeZone } = await inSnapshot(
    context,
    async (tx) => {
      const [clock] = await tx.$queryRaw<{ now: Date }[]>`SELECT now() AS now`
      const merged = await mergedInto(tx, contactId)
      const total = await countRows(tx, modules, [contactId, ...merged])
      let done = 0
      const onRecord = () => {
        context.signal?.throwIfAborted()
        done++
        progress(done, Math.max(done, total))
      }
      const { keys, storage, secrets, log } = context
      const held = { tx, contactId, keys, storage, secrets, log }
      if (!(await openerOf(held))) throw new Error('the contact has been forgotten')
      const checkpoint = await tx.auditCheckpoint.findFirst({ orderBy: [{ epoch: 'desc' }, { treeSize: 'desc' }] })
      const information = await informationOf(tx, context, { contactId, merged, language, modules })
      const timeZone = await zoneOf(tx, context, contactId)
      const wording = createWording({ language, timeZone, modules, names: await namesIn(tx, language) })
      const onlyProvided = kind === 'portability'
      const collected = await collect(held, { modules, merged, onlyProvided, archive, onRecord })
      return {
        snapshotAt: clock?.now ?? new Date(),
        ...{ information, collected, done, wording, timeZone },
        auditCheckpoint: checkpoint?.note ?? null,
      }
    },
  )
  try {
    const about = { ...order, snapshotAt: snapshotAt.toISOString(), auditCheckpoint }
    await writeFiles(context, archive, { about, information, collected, wording, timeZone })
  } finally {
    await collected.close()
  }
  archive.end()
  return { snapshotAt: snapshotAt.toISOString(), records: done }
}

type Contents = { about: About; information: Information; collected: Collected; wording: Wording; timeZone: string }

async function writeFiles(context: WorkContext, archive: Archive, contents: Contents) {
  const { about, information, collected } = contents
  const head = {
    schema: 'lethe-access-package-1',
    ...about,
    ...(about.kind === 'access' && { information }),
  }
  await archive.add('data.json', 'application/json', documentOf(head, collected))
  await archive.add('data.schema.json', 'application/schema+json', bytesOf(accessPackageSchema))
  for (const { name, columns, entries } of collected.kinds) {
    context.signal?.throwIfAborted()
    await archive.add(`csv/${name}.csv`, 'text/csv', csvOf(columns, recordsOf(entries())))
  }
  await writeReport(context, archive, contents)
  const manifest = Buffer.from(
    `${JSON.stringify(manifestOf(context, about, archive.files, collected), undefined, 2)}\n`,
  )
  const jws = await signManifest(context, manifest)
  await archive.add('manifest.json', 'application/json', only(manifest))
  await archive.add('manifest.jws', 'application/jose', only(Buffer.from(jws)))
}

async function* recordsOf(entries: AsyncIterable<Entry>) {
  for await (const { record } of entries) yield record
}

const bytesOf = (value: object) => only(Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`))

async function* only(content: Uint8Array) {
  yield content
}
