import { randomBytes, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decrypted } from '../../src/backup/age.ts'
import { contentOf } from '../../src/backup/archive-file.ts'
import { backUp } from '../../src/backup/backup.ts'
import { readConfig } from '../../src/config.ts'
import { needsScrub, scrubStore, scrubTargets } from '../../src/database/scrubbing.ts'
import { transact } from '../../src/database/transact.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { type Installation, openInstallation, workIn } from '../../src/installation.ts'
import { createContact } from '../../src/modules/contacts/create.ts'
import { executeErasure } from '../../src/modules/erasure/engine/execute.ts'
import { beginningOf } from '../../src/modules/hooks.ts'
import { modules } from '../../src/modules/index.ts'
import { newReader } from '../backup/support.ts'
import { createFiller, dropChecks, type Mark, type Told } from '../disclosure/filler.ts'
import { declaredColumns } from '../support/columns.ts'
import { facts, wholeContact } from '../support/erasure.ts'
import { searchBytes } from './search.ts'

// An installation with a PostgreSQL of its own, whose every byte is looked at. One contact has something unique in every classified
// column of every module, and is erased; another one stays.

const unique = () => `zq${randomBytes(8).toString('hex')}x`
const [gone, stays] = [unique(), unique()]

let data: string
let installation: Installation
let owner: pg.Client
/** What was put into which column. */
const marks: Mark[] = []
const keys = new Map<string, Buffer>()

const work = (): WorkContext => {
  const { store, config } = { store: installation.store, config: readConfig(environment()) }
  const log = pino({ level: 'silent' })
  return {
    ...workIn({ ...installation, store }, config, { actor: { kind: 'system', id: null }, log }),
    requestId: randomUUID(),
  }
}
const environment = () => ({ LETHE_DATA: data, PORT: '0' })

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lethe-canary-'))
  installation = await openInstallation(readConfig(environment()), {
    log: pino({ level: 'silent' }),
    say: () => undefined,
  })
  owner = new pg.Client({ connectionString: installation.store.ownerUrl })
  await owner.connect()
  await transact(work(), 'begin', beginningOf(modules))
}, 120_000)
afterAll(async () => {
  await owner?.end().catch(() => undefined)
  await installation?.close().catch(() => undefined)
  await rm(data, { recursive: true, force: true })
})

/** A contact with something that begins so; with `words`, in every classified column, and in what was changed before. */
async function personWith(prefix: string, words?: ReadonlyMap<string, string[]>): Promise<string> {
  const context = work()
  const draft = {
    ...{ givenName: `${prefix}given`, familyName: `${prefix}family` },
    emails: [{ address: `${prefix}@example.org` }],
  }
  const contactId = await createContact(context, draft, { source: `${prefix}source` })
  if (!words) return contactId
  const key = (await context.keys.find([contactId])).get(contactId)
  if (!key || key === 'destroyed') throw new Error('there is no key')
  const columns = await declaredColumns('prisma', 'schema')
  const filler = createFiller(owner, context.database, { contactId, key }, { columns, words, prefix })
  for (const { personalData } of modules) {
    if (personalData === 'none') continue
    const told = () =>
      transact(work(), 'disclose', async (tx) => {
        const told: Told = { records: '', files: '' }
        for await (const one of personalData.disclose({ ...context, tx, contactId })) {
          told.records += JSON.stringify(one)
          for (const { open } of one.files ?? []) for await (const part of open()) told.files += Buffer.from(part)
        }
        return told
      })
    for (const model of personalData.models) marks.push(...(await filler.fill(model, told)))
  }
  await withFiles(contactId, filler)
  for (const turn of [1, 2, 3])
    await owner.query('UPDATE contact SET job_title = $2, version = version + 1 WHERE contact_id = $1', [
      contactId,
      `${prefix}job${turn}`,
    ])
  return contactId
}

/** What lies in the storage: of a document, and of an access package; as good as random, as what is sealed is. */
const files = [randomBytes(64), randomBytes(64)] as const

async function withFiles(contactId: string, filler: ReturnType<typeof createFiller>) {
  const [document, accessPackage] = [`documents/${randomUUID()}`, `access-packages/${randomUUID()}`]
  const { rows } = await owner.query('SELECT document_id FROM document_contact WHERE contact_id = $1', [contactId])
  await owner.query(`UPDATE document SET contact_count = 1, personal = 'linked' WHERE id = $1`, [rows[0].document_id])
  await filler.insert('DocumentVersion', { documentId: rows[0].document_id, storageKey: document })
  await owner.query('UPDATE access_package SET storage_key = $2 WHERE contact_id = $1', [contactId, accessPackage])
  for (const [index, key] of [document, accessPackage].entries())
    await work().storage.put(key, Readable.from([files[index]]))
}

/**
 * What can't begin with a word, as PostgreSQL has it in its files: moments, large numbers, and the ids of rows that the log does not name.
 * Where the id of a row is gone, its smaller numbers and dates are, too.
 */
async function binaries(contactId: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>()
  for (const { model, field, type, text = '' } of marks) {
    if (type === 'DateTime' && text.includes('T')) {
      const microseconds = BigInt(Date.parse(text) - Date.UTC(2000)) * 1000n
      found.set(`${model}.${field}`, eightBytes(microseconds))
    } else if (type === 'BigInt') found.set(`${model}.${field}`, eightBytes(BigInt(text)))
  }
  const { rows: tables } = await owner.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name IN ('contact_id', 'id')
       AND table_name <> ALL($1) AND table_name NOT LIKE 'audit_entry%' GROUP BY 1 HAVING count(*) = 2 ORDER BY 1`,
    // The log and its keys stay by design, and of mails an empty row; a presence goes by the id of its schedule.
    [['audit_leaf', 'audit_key', 'outgoing_mail', 'report_presence']],
  )
  for (const { name } of tables) {
    const { rows } = await owner.query<{ id: string }>(
      `SELECT id FROM "${name}" t WHERE contact_id = $1 AND NOT EXISTS (SELECT FROM audit_entry e WHERE e.entity_id = t.id)`,
      [contactId],
    )
    for (const { id } of rows) found.set(`${name} ${id}`, Buffer.from(id.replaceAll('-', ''), 'hex'))
  }
  return found
}

function eightBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}

/** All that an archive shows to whoever has every key that there still is. */
async function shownBy(path: string, identities: string[]): Promise<Buffer> {
  const { keys, signer } = installation
  const shown = [await buffer(decrypted(createReadStream(path), { identities }))]
  const archive = { sort: 'lethe backup 1' as const, path, opening: { identities }, verifiers: [signer], keys }
  for await (const one of contentOf(archive, () => undefined)) {
    if (one.kind === 'rows') shown.push(...one.rows.map(({ rows }) => Buffer.from(rows)))
    if (one.kind === 'file') shown.push(await buffer(one.content))
  }
  return Buffer.concat(shown)
}

describe('whatever was kept of somebody who was erased', () => {
  test('is in no byte of the data folder any more, and nowhere in an archive that was made before', async () => {
    await owner.query("SET session_replication_role = 'replica'")
    const words = await dropChecks(owner)
    const [erased, other] = [await personWith(gone, words), await personWith(stays)]
    expect(marks.length).toBeGreaterThan(100)
    await owner.query('ANALYZE')
    await owner.query('CHECKPOINT')
    const keystore = new pg.Client({ connectionString: installation.store.keystoreUrl })
    await keystore.connect()
    const wrapped = await keystore.query('SELECT contact_id, wrapped FROM contact_key WHERE contact_id = ANY($1)', [
      [erased, other],
    ])
    for (const row of wrapped.rows) keys.set(row.contact_id, row.wrapped)
    await keystore.end()
    const needles = new Map([
      ['who is erased', Buffer.from(gone)],
      ['the key of who is erased', keys.get(erased) ?? Buffer.alloc(0)],
    ])
    const inFiles = new Map(files.map((content, index) => [`the file ${index}`, content.subarray(8, 40)]))
    const all = new Map([...needles, ...inFiles, ...(await binaries(erased))])
    expect(all.size).toBeGreaterThan(60)
    const before = await searchBytes(data, all)
    // What is not found now would not be found later.
    expect([...all.keys()].filter((name) => !before.some((place) => place.startsWith(`${name} in `)))).toEqual([])
    const {
      protection,
      opening: { identities },
    } = await newReader()
    const archive = join(await mkdtemp(join(tmpdir(), 'lethe-canary-archive-')), 'before.age')
    const source = {
      ...installation,
      url: installation.store.ownerUrl ?? '',
      keystoreUrl: installation.store.keystoreUrl,
    }
    await backUp(source, { path: archive, protection }, work().storage)
    const archived = await shownBy(archive, identities)
    expect([gone, stays].map((text) => archived.includes(text))).toEqual([true, true])
    const places = (found: string[], part: string) => found.filter((one) => one.includes(part)).length
    expect([places(before, '/base/') > 20, places(before, '/pg_wal/') > 0, places(before, 'the key') > 0]).toEqual([
      true,
      true,
      true,
    ])

    const decision = wholeContact()
    await executeErasure(work(), { erasureId: decision.erasureId, contactIds: [erased], decision, facts: facts() })
    const shown = await shownBy(archive, identities)
    // Files are in it as they were sealed: their keys are in rows that don't open any more.
    expect([gone, stays].map((text) => shown.includes(text))).toEqual([false, true])
    const targets = scrubTargets(installation.store) ?? []
    expect(await needsScrub(installation.store)).toBe(true)
    const scrubbed = await scrubStore(installation.store, targets, { patience: 10_000 })
    expect(scrubbed).toMatchObject({ faults: [], tables: expect.any(Number) })
    expect(await needsScrub(installation.store)).toBe(false)
    const { rows } = await owner.query<{ path: string; name: string }>(
      `SELECT pg_relation_filepath(oid) AS path, oid::regclass::text AS name FROM pg_class WHERE relfilenode <> 0`,
    )
    const names = new Map(rows.map(({ path, name }) => [path, name]))
    await owner.end()
    await installation.close()

    const after = await searchBytes(data, all)
    expect(after.map((one) => `${one}: ${names.get(one.replace(/^.*\/(?=base\/)/, '')) ?? ''}`)).toEqual([])
    // Whoever stays is there, where this search would have found the other one.
    const others = new Map([
      ['who stays', Buffer.from(stays)],
      ['the key of who stays', keys.get(other) ?? Buffer.alloc(0)],
    ])
    expect(places(await searchBytes(data, others), '/base/')).toBeGreaterThan(3)
  }, 600_000)
})
