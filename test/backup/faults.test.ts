import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decrypted, encrypted } from '../../src/backup/age.ts'
import { backUpKeys } from '../../src/backup/backup.ts'
import { type ArchiveRecord, createRecorder, type Kind, readRecords } from '../../src/backup/container.ts'
import { signManifest } from '../../src/backup/manifest.ts'
import { checkArchive, restoreBackup } from '../../src/backup/restore.ts'
import { generateSigner, parseSigner } from '../../src/modules/audit/checkpoint/keys.ts'
import { openFolder } from '../../src/storage/folder.ts'
import { checkedKey } from '../../src/storage/storage.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'
import { contentsOf, makePlace, newReader, type Place, untilDone } from './support.ts'
import { fillTable } from './tables.ts'

const sort = 'lethe backup 1'
const until = untilDone()
let place: Place
let folder: string
let path: string
let whole: Buffer
let plain: Buffer
let empty: string

beforeAll(async () => {
  place = await makePlace({}, until)
  folder = await until.folder()
  await place.storage.put('documents/one', pieces(Buffer.from('sealed elsewhere')))
  await withClient(ownerOf(place.url), async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    for (const id of [randomUUID(), randomUUID()]) {
      await place.keys.create([id])
      await fillTable(client, 'contact', id)
    }
  })
  path = join(folder, 'whole.age')
  await place.backUp(path)
  whole = await readFile(path)
  plain = await buffer(decrypted(createReadStream(path), place.reader.opening))
  empty = ownerOf(await freshDatabase())
})
afterAll(until.done)

async function* pieces(content: Uint8Array) {
  yield content
}

/** A file of age as anybody can make it who knows the recipients. */
async function archiveOf(content: Uint8Array): Promise<string> {
  const file = join(folder, `${randomUUID()}.age`)
  await writeFile(file, await buffer(encrypted(pieces(content), place.reader.protection)))
  return file
}

async function fileOf(content: Uint8Array): Promise<string> {
  const file = join(folder, `${randomUUID()}.age`)
  await writeFile(file, content)
  return file
}

const recordsIn = (content: Uint8Array) => Array.fromAsync(readRecords(pieces(content), sort, 'the archive'))

/** The archive with other records, whose manifest is made anew, signed with whatever key. */
function rewritten(
  records: readonly Pick<ArchiveRecord, 'kind' | 'content'>[],
  { signer = place.signer, manifest = {} } = {},
): Buffer {
  const { begin, record, digest } = createRecorder(sort)
  const bytes = [begin()]
  for (const { kind, content } of records) {
    if (kind !== 'M') bytes.push(record(kind, content))
    else {
      const facts = JSON.parse(content.toString().split('\n')[1] ?? '')
      bytes.push(record('M', signManifest(signer, sort, { ...facts, ...manifest, sha256: digest() })))
    }
  }
  return Buffer.concat(bytes)
}

const archive = (file: string) => ({
  path: file,
  opening: place.reader.opening,
  verifiers: [place.signer],
  keys: place.keys,
})

/** What a restore says, and that it changed nothing. */
async function refusalOf(file: string, change: Partial<Parameters<typeof restoreBackup>[0]> = {}): Promise<string> {
  const storage = openFolder(join(folder, 'nothing'))
  const before = await contentsOf(empty)
  const into = { ownerUrl: empty, storage, secrets: place.secrets, leaveOutUnknown: false, anotherSecret: false }
  const refusal = await restoreBackup({ ...archive(file), ...change }, { ...into, onProgress: () => undefined }).then(
    () => 'nothing',
    (error: Error) => error.message,
  )
  expect(await contentsOf(empty)).toEqual(before)
  expect(await Array.fromAsync(storage.list(''))).toEqual([])
  return refusal
}

/** The same, of the first reading alone, before which a restore does nothing. */
const faultOf = (file: string): Promise<string> =>
  checkArchive({ ...archive(file), sort }, () => undefined).then(
    () => 'nothing',
    (error: Error) => error.message,
  )

describe('a restore refuses, says where the fault is, and changes nothing', () => {
  test('where a byte is another one, wherever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        const damaged = Buffer.from(whole)
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
        const file = await fileOf(damaged)
        expect(await faultOf(file)).toMatch(
          new RegExp(`^${file}.*: .*(damaged|cut off|no file of age|encrypted to others)`),
        )
        await rm(file)
      }),
      { numRuns: 60 },
    )
  })

  test('where it is cut off, wherever that is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        const file = await fileOf(whole.subarray(0, length))
        expect(await faultOf(file)).toMatch(new RegExp(`^${file}.*: .*(damaged|cut off|no file of age)`))
        await rm(file)
      }),
      { numRuns: 40 },
    )
  })

  test('where somebody altered what is in it and encrypted it anew', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(plain.length - 1), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        const damaged = Buffer.from(plain)
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
        const file = await archiveOf(damaged)
        expect(await faultOf(file)).toMatch(new RegExp(`^${file}.*: `))
        await rm(file)
      }),
      { numRuns: 60 },
    )
  })

  test('where records were left out, moved, doubled or added', async () => {
    const records = await recordsIn(plain)
    const [first, second] = records.filter(({ kind }) => kind === 'C')
    if (!first || !second) throw new Error('there are no contacts')
    const others = records.filter((record) => record !== first)
    const file: Kind[] = ['F', 'D', 'E']
    const wrong = {
      'one contact less': others,
      'one contact twice': [...records.slice(0, -1), first, ...records.slice(-1)],
      'a part under another’s name': records.map((record) =>
        record === second
          ? { ...record, content: Buffer.concat([first.content.subarray(0, 20), second.content.subarray(20)]) }
          : record,
      ),
      'no file': records.filter(({ kind }) => !file.includes(kind)),
      'a file without its end': records.filter(({ kind }) => kind !== 'E'),
      'a file without its beginning': records.filter(({ kind }) => kind !== 'F'),
      'no rows of everybody': records.filter(({ kind }) => kind !== 'T'),
      'two headers': [...records.slice(0, 1), ...records],
      'a strange table': records.map((record) =>
        record.kind === 'T' ? { ...record, content: Buffer.from('ffff', 'hex') } : record,
      ),
    }
    for (const [what, altered] of Object.entries(wrong)) {
      // Even the holder of the key didn't sign this by mistake: the counts tell.
      expect(await faultOf(await archiveOf(rewritten(altered))), what).toMatch(/damaged|match the manifest|record \d+/)
    }
    expect(await faultOf(await archiveOf(Buffer.concat([plain, Buffer.from('more')])))).toMatch(
      /something follows the manifest/,
    )
    expect(await faultOf(await archiveOf(rewritten(records)))).toBe('nothing')
  })

  test('where it is of another installation', async () => {
    const another = parseSigner(generateSigner('lethe.test/audit'))
    expect(await refusalOf(await archiveOf(rewritten(await recordsIn(plain), { signer: another })))).toMatch(
      /record \d+ at byte \d+: the archive is of another installation, or was altered/,
    )
    expect(await refusalOf(path, { verifiers: [another] })).toMatch(/--signed-by/)
    expect(await refusalOf(path, { opening: (await newReader()).opening })).toMatch(/it was encrypted to others/)
    expect(await refusalOf(path, { opening: { passphrase: 'a passphrase for all of it' } })).toMatch(
      /encrypted to others/,
    )
  })

  test('where it is of another version, or was made with another secret', async () => {
    const [first, ...rest] = await recordsIn(plain)
    const header = JSON.parse(first?.content.toString() ?? '')
    const withHeader = (change: object) =>
      archiveOf(rewritten([{ kind: 'H', content: Buffer.from(JSON.stringify({ ...header, ...change })) }, ...rest]))
    expect(await refusalOf(await withHeader({ migrations: header.migrations.slice(0, -1) }))).toMatch(
      /record 1 at byte 15: the archive was made by Lethe .* earlier than this one/,
    )
    expect(await refusalOf(await withHeader({ migrations: [...header.migrations, '20990101_later'] }))).toMatch(
      /later than this one \(20990101_later\)/,
    )
    expect(await refusalOf(await withHeader({ secret: 'another' }))).toMatch(/another secret/)
    expect(await refusalOf(await withHeader({ tables: 'none' }))).toMatch(/the header is damaged/)
    const next = Buffer.from(plain)
    next.write('2', sort.length - 1)
    expect(await refusalOf(await archiveOf(next))).toMatch(/its format \(2\) is that of another version of Lethe/)
  })

  test('where it is something else', async () => {
    expect(await refusalOf(await fileOf(Buffer.from('PGDMP…')))).toMatch(/this is no file of age/)
    expect(await refusalOf(await fileOf(Buffer.alloc(0)))).toMatch(/no file of age|cut off/)
    expect(await refusalOf(await archiveOf(Buffer.from('some text that is long enough')))).toMatch(
      /this is no archive of Lethe/,
    )
    const keys = join(folder, 'keys.age')
    await backUpKeys(place, { path: keys, protection: place.reader.protection })
    expect(await refusalOf(keys)).toMatch(/this is a backup of the key store/)
  })

  test('where the database is in use, or has something in it', async () => {
    const used = ownerOf(place.url)
    const before = await contentsOf(used)
    await expect(place.restore(path, { url: used })).rejects.toThrow(/not empty: there are rows in contact/)
    expect(await contentsOf(used)).toEqual(before)
  })
})

test('one that can not be written says where and why, and nothing is left of it', async () => {
  await expect(place.backUp(join(path, 'backup.age'))).rejects.toThrow(/backup\.age can't be written: (ENOTDIR|EEXIST)/)
  expect((await readdir(folder)).filter((name) => name.startsWith('backup'))).toEqual([])
})

test('files of reports, and what somebody else keeps in the same bucket, are left out, and keep none from being made', async () => {
  const { storage } = place
  const others = [
    'erasures/entries/000000000001.json',
    'ledger/entries/000000000001.json',
    'Letters/Ida.PDF',
    'report-files/of-many',
  ]
  const bucket: typeof storage = {
    ...storage,
    open: (key) => storage.open(checkedKey(key)),
    list: async function* (prefix) {
      for (const key of others) yield { key, size: 1, modifiedAt: new Date() }
      yield* storage.list(prefix)
    },
  }
  const beside = { ...(await makePlace({ ...place, storage: bucket })), reader: place.reader }
  const file = join(folder, 'beside.age')
  expect((await beside.backUp(file)).counts.files).toBe(1)
})

test('one that fails at its very end leaves nothing behind, in the database or among the files', async () => {
  // The same contact twice: what no reading can notice that counts only, and PostgreSQL does.
  const records = await recordsIn(plain)
  const contact = records.find(({ kind }) => kind === 'C')
  if (!contact) throw new Error('there is no contact')
  const facts = JSON.parse(records.at(-1)?.content.toString().split('\n')[1] ?? '')
  const rows = { ...facts.rows, contact: facts.rows.contact + 1 }
  const twice = [...records.slice(0, -1), contact, ...records.slice(-1)]
  const file = await archiveOf(rewritten(twice, { manifest: { rows, contacts: facts.contacts + 1 } }))
  expect(await faultOf(file)).toBe('nothing')
  expect(await refusalOf(file)).toMatch(/duplicate key/)

  // A storage that outlived its database, such as a bucket.
  const storage = openFolder(join(folder, 'outlived'))
  await storage.put('documents/one', pieces(Buffer.from('sealed elsewhere')))
  await expect(place.restore(file, { url: empty, storage })).rejects.toThrow(/duplicate key/)
  expect((await buffer(storage.open('documents/one'))).toString()).toBe('sealed elsewhere')
})
