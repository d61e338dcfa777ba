import { createHash } from 'node:crypto'
import { withOutbox } from '../../../database/outbox.ts'
import { Recorder, type Transaction } from '../../../database/recorder.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Disclosed, Held, KindTexts, Redaction } from '../../disclosed.ts'
import type { Module, PersonalData } from '../../module.ts'
import { type Archive, safeName } from './archive.ts'
import { openSpool, type Spool } from './spool.ts'

/** A record as it waits: what the module disclosed, with the paths of its files in the archive. */
export type Entry = Pick<Disclosed, 'category' | 'record'> & {
  /** The fields that the person gave; true: all. */
  provided: true | readonly string[]
  files: readonly string[]
  /** What is not shown of it. */
  redactions: readonly Redaction[]
}

/** All records of one kind. */
export type Kind = {
  name: string
  module: string
  texts: KindTexts
  count: number
  /** The names of the fields, in the order in which they came. */
  columns: readonly string[]
  entries: () => AsyncIterable<Entry>
}

/** What a record does not show since it is about others, and by which rule (Art. 15(4) GDPR). */
export type ListedRedaction = { kind: string; record: string | null; field: string; rule: string }

/** Everything that is held about a contact, on the disk. */
export type Collected = { kinds: readonly Kind[]; redactions: Redactions; close: () => Promise<void> }

/** All of them, one by one; and of how many records the same is not shown, by the same rule. */
export type Redactions = {
  entries: () => AsyncIterable<ListedRedaction>
  summary: readonly (Omit<ListedRedaction, 'record'> & { records: number })[]
}

type Collecting = {
  modules: readonly Module[]
  /** Contacts that were merged into that of whom is disclosed. */
  merged: readonly string[]
  /** Only what the person gave (Art. 20 GDPR). */
  onlyProvided: boolean
  archive: Archive
  onRecord: () => void
}

/**
 * Reads what every module holds about a contact, and about those that were merged into it, in one snapshot: records onto the disk, files
 * straight into the archive. What a merge copied is there once.
 */
export async function collect(
  held: Held,
  { modules, merged, onlyProvided, archive, onRecord }: Collecting,
): Promise<Collected> {
  const kinds = new Map<string, Kind & { spool: Spool; columns: string[] }>()
  const hidden = new Map<string, Omit<ListedRedaction, 'record'> & { records: number }>()
  const listed = await openSpool()
  const paths = new Set<string>()
  const close = async () => {
    for (const { spool } of kinds.values()) await spool.close()
    await listed.close()
  }
  const kindOf = async (module: string, { texts }: PersonalData, name: string) => {
    const known = kinds.get(name)
    if (known) return known
    const spool = await openSpool()
    const made = {
      ...{ name, module, texts: texts?.[name] ?? { de: name, en: name }, count: 0, columns: [], spool },
      entries: (): AsyncIterable<Entry> => parsed(spool),
    }
    kinds.set(name, made)
    return made
  }
  try {
    for (const { name: module, personalData } of logLast(modules)) {
      if (personalData === 'none') continue
      for await (const disclosed of onceEach(personalData, held, merged)) {
        onRecord()
        const part = onlyProvided ? providedPart(disclosed) : disclosed
        if (!part) continue
        const kind = await kindOf(module, personalData, part.kind)
        const id = typeof part.record['id'] === 'string' ? part.record['id'] : null
        const { redactions = [] } = part
        for (const { field, rule } of redactions) {
          await listed.append(JSON.stringify({ kind: part.kind, record: id, field, rule } satisfies ListedRedaction))
          const same = JSON.stringify([part.kind, field, rule])
          hidden.set(same, { kind: part.kind, field, rule, records: (hidden.get(same)?.records ?? 0) + 1 })
        }
        const files: string[] = []
        for (const file of part.files ?? []) {
          const path = freePath(paths, `files/${safeName(part.kind)}`, safeName(file.name))
          const added = await archive.add(path, file.mediaType, file.open())
          if (added.sha256 !== file.sha256) throw new Error(`a file of ${part.kind} isn’t what it was`)
          files.push(path)
        }
        const { category, record, portable: provided = [] } = part
        for (const field of Object.keys(record)) if (!kind.columns.includes(field)) kind.columns.push(field)
        kind.count++
        await kind.spool.append(JSON.stringify({ category, record, provided, files, redactions } satisfies Entry))
      }
    }
    const redactions = { entries: (): AsyncIterable<ListedRedaction> => parsed(listed), summary: [...hidden.values()] }
    return { kinds: [...kinds.values()], redactions, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function* parsed(spool: Spool) {
  for await (const line of spool.lines()) yield JSON.parse(line)
}

/** What a module holds about contacts that are one person, each record with the first of them that has it. */
async function* onceEach({ disclose }: PersonalData, held: Held, merged: readonly string[]): AsyncGenerator<Disclosed> {
  const told = new Set<string>()
  for (const contactId of [held.contactId, ...merged]) {
    const own: string[] = []
    const before = (kind: string, once: string) => told.has(digestOf(kind, once))
    for await (const disclosed of disclose({ ...held, contactId, told: before })) {
      const { kind, once } = disclosed
      if (once !== undefined && before(kind, once)) continue
      if (once !== undefined && merged.length > 0) own.push(digestOf(kind, once))
      yield disclosed
    }
    for (const digest of own) told.add(digest)
  }
}

const digestOf = (kind: string, once: string) => createHash('sha256').update(`${kind} ${once}`).digest('base64')

/** What of a record the person gave themself, with what identifies it; undefined if nothing. */
function providedPart(disclosed: Disclosed): Disclosed | undefined {
  const { portable, record } = disclosed
  if (!portable || portable === true) return portable && disclosed
  const fields = Object.entries(record).filter(([name]) => name === 'id' || portable.includes(name))
  return fields.length > 0 ? { ...disclosed, record: Object.fromEntries(fields) } : undefined
}

/** A path that no other file has, whatever case it is written in. */
function freePath(taken: Set<string>, folder: string, name: string): string {
  for (let number = 1; ; number++) {
    const path = number === 1 ? `${folder}/${name}` : `${folder}/${number}/${name}`
    if (taken.has(path.toLowerCase())) continue
    taken.add(path.toLowerCase())
    return path
  }
}

/** How many rows there are about contacts, for the progress. */
export async function countRows(
  tx: Transaction,
  modules: readonly Module[],
  contactIds: readonly string[],
): Promise<number> {
  let total = 0
  for (const { personalData } of modules) {
    if (personalData === 'none') continue
    for (const model of personalData.models) {
      if (model === 'Contact') total += contactIds.length
      else total += await tableOf(tx, model).count({ where: { contactId: { in: contactIds } } })
    }
  }
  return total
}

type Table = { count: (args: { where: { contactId: { in: readonly string[] } } }) => Promise<number> }

// Prisma types no access to a model by a name known only at run time.
function tableOf(tx: Transaction, model: string): Table {
  const delegate: unknown = Reflect.get(tx, model.charAt(0).toLowerCase() + model.slice(1))
  if (!isTable(delegate)) throw new Error(`there is no model ${model}`)
  return delegate
}

const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && 'count' in value

/** Reads in one snapshot, from which nothing can be written. It is held open for as long as that takes. */
export const inSnapshot = <T>(context: WorkContext, read: (tx: Transaction) => Promise<T>): Promise<T> =>
  withOutbox((outbox) =>
    context.database.$transaction(
      async (client) => {
        await client.$executeRaw`SET TRANSACTION READ ONLY`
        return read(new Recorder(context, 'buildAccessPackage').begin(client, outbox()))
      },
      { isolationLevel: 'RepeatableRead', timeout: longest, maxWait: 30_000 },
    ),
  )

const longest = 60 * 60_000

/** What the log tells is long, and less to most readers than what is kept about them. */
const logLast = (modules: readonly Module[]) =>
  modules.toSorted((one, other) => Number(one.name === 'audit') - Number(other.name === 'audit'))
