import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCertificate } from '../../src/http/certificate.ts'
import { ledgerIn } from '../../src/ledger/ledger.ts'
import { openLedgerBucket } from '../../src/ledger/places/bucket.ts'
import { openLedgerFolder } from '../../src/ledger/places/folder.ts'
import type { Place } from '../../src/ledger/places/place.ts'
import { openLedgerTable } from '../../src/ledger/places/table.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'
import { startS3 } from '../support/s3.ts'
import { filled, freshFolder, signer } from './support.ts'

let data: string
let s3: Awaited<ReturnType<typeof startS3>>
const opened: Place[] = []
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lethe-ledger-'))
  s3 = await startS3(await loadCertificate({ data, host: 'localhost', tls: undefined }))
})
afterAll(async () => {
  await Promise.all(opened.map((place) => place.close()))
  await s3?.close()
  await rm(data, { recursive: true, force: true })
})

const keep = (place: Place) => {
  opened.push(place)
  return place
}
let buckets = 0
/** Makes a place, and opens it as any number of processes would. */
const kinds: Record<string, () => Promise<() => Place>> = {
  'a folder': async () => {
    const folder = await freshFolder()
    return () => openLedgerFolder(folder)
  },
  'a bucket': async () => {
    const prefix = `ledger-${++buckets}/`
    return () => keep(openLedgerBucket({ ...s3.settings, prefix }))
  },
  'a PostgreSQL elsewhere': async () => {
    const url = ownerOf(await freshDatabase())
    return () => keep(openLedgerTable(url))
  },
}

describe.each(Object.entries(kinds))('%s', (_name, make) => {
  it('keeps a ledger, of which nothing is ever written over', async () => {
    const open = await make()
    expect(await open().last()).toBeUndefined()
    expect(await open().read(1)).toBeUndefined()
    const entries = await filled([open()], 7)
    const again = ledgerIn([open()], signer)
    expect(await Array.fromAsync(again.after(undefined))).toEqual(entries)
    expect(await Array.fromAsync(again.after(entries[4]))).toEqual(entries.slice(5))
    expect(await open().create(7, 'another one')).toBe(false)
    expect(await again.check()).toBe(7)
  })

  it('gives each of several writers at once a number of its own', async () => {
    const open = await make()
    const begun = await Promise.all(Array.from({ length: 3 }, () => ledgerIn([open()], signer).append('begun', {})))
    expect(new Set(begun.map(({ hash }) => hash)).size).toBe(1)
    const writers = Array.from({ length: 3 }, () => ledgerIn([open()], signer))
    const written = await Promise.all(
      writers.flatMap((writer, at) => [1, 2, 3].map((n) => writer.append('erased', { by: `${at}/${n}` }))),
    )
    const all = await Array.fromAsync(ledgerIn([open()], signer).after(begun[0]))
    expect(all).toEqual(written.toSorted((one, other) => one.sequence - other.sequence))
    expect(all).toHaveLength(9)
  })

  it('puts a ledger aside without losing it, and takes another one', async () => {
    const open = await make()
    await filled([open()], 3)
    expect(await open().putAside()).toMatch(/ledger/)
    expect(await open().last()).toBeUndefined()
    expect(await open().putAside()).toBeUndefined()
    expect(await filled([open()], 2)).toHaveLength(2)
  })
})

it('in a table needs no more than to read and to add, where somebody else owns it', async () => {
  const url = await freshDatabase()
  await withClient(ownerOf(url), (client) =>
    client.query(`CREATE TABLE lethe_ledger (sequence bigint PRIMARY KEY, entry text NOT NULL);
      REVOKE ALL ON lethe_ledger FROM lethe_app; GRANT SELECT, INSERT ON lethe_ledger TO lethe_app`),
  )
  expect(await filled([keep(openLedgerTable(url))], 3)).toHaveLength(3)
})

describe('in several places', () => {
  const three = async () => Promise.all(Object.values(kinds).map(async (make) => make()))

  it('is the same in each of them', async () => {
    const places = await three()
    const entries = await filled(
      places.map((open) => open()),
      4,
    )
    for (const open of places) {
      expect(await Array.fromAsync(ledgerIn([open()], signer).after(undefined))).toEqual(entries)
    }
  })

  it('goes on when one of them is gone or behind, which gets what it lacks', async () => {
    const places = await three()
    const [folder, bucket, table] = places
    if (!folder || !bucket || !table) throw new Error('there are three')
    const entries = await filled(
      places.map((open) => open()),
      3,
    )
    const further = await Promise.all([folder()].map((place) => ledgerIn([place], signer).append('erased', { n: 4 })))
    await bucket().putAside()
    const together = ledgerIn(
      places.map((open) => open()),
      signer,
    )
    expect(await together.head()).toEqual(further[0])
    for (const open of places) {
      expect(await Array.fromAsync(ledgerIn([open()], signer).after(undefined))).toEqual([...entries, ...further])
    }
  })

  it('is refused when two of them went on by themselves', async () => {
    const places = (await three()).slice(0, 2)
    await filled(
      places.map((open) => open()),
      2,
    )
    for (const [at, open] of places.entries()) await ledgerIn([open()], signer).append('erased', { at })
    await expect(
      ledgerIn(
        places.map((open) => open()),
        signer,
      ).head(),
    ).rejects.toMatchObject({ kind: 'forked' })
    // The same, where one has gone on further.
    const [first] = places
    if (first) await ledgerIn([first()], signer).append('erased', {})
    await expect(
      ledgerIn(
        places.map((open) => open()),
        signer,
      ).head(),
    ).rejects.toMatchObject({ kind: 'forked' })
  })

  it('takes nothing new while one of them does not answer, and nothing is lost when one fails in the middle', async () => {
    const [folder, other] = [await freshFolder(), await freshFolder()]
    const down: Place = {
      ...openLedgerFolder(other),
      name: 'the place that is down',
      read: () => Promise.reject(new Error('down')),
      last: () => Promise.reject(new Error('down')),
    }
    await filled([openLedgerFolder(folder), openLedgerFolder(other)], 2)
    const halved = ledgerIn([openLedgerFolder(folder), down], signer)
    await expect(halved.append('erased', {})).rejects.toMatchObject({
      kind: 'unreachable',
      place: 'the place that is down',
    })
    expect(await readdir(folder)).toHaveLength(2)
    const failing: Place = { ...openLedgerFolder(other), create: () => Promise.reject(new Error('disk full')) }
    const entry = await ledgerIn([openLedgerFolder(folder), failing], signer).append('erased', { erasureId: 'counts' })
    expect(await readdir(other)).toHaveLength(2)
    expect(await ledgerIn([openLedgerFolder(folder), openLedgerFolder(other)], signer).head()).toEqual(entry)
    expect(await readdir(other)).toHaveLength(3)
  })

  it('counts what was written though no answer came', async () => {
    const folder = await freshFolder()
    await filled([openLedgerFolder(folder)], 1)
    const place = openLedgerFolder(folder)
    const mute: Place = {
      ...place,
      create: (...given) => place.create(...given).then(() => Promise.reject(new Error('no answer'))),
    }
    const entry = await ledgerIn([mute], signer).append('erased', {})
    expect(await ledgerIn([place], signer).head()).toEqual(entry)
  })
})

it('notices while it is open that the ledger was taken away, or set back', async () => {
  const folder = await freshFolder()
  await filled([openLedgerFolder(folder)], 3)
  const ledger = ledgerIn([openLedgerFolder(folder)], signer)
  await ledger.head()
  await rm(join(folder, '000000000003.json'))
  await expect(ledger.append('erased', {})).rejects.toMatchObject({ kind: 'stale' })
  await rm(folder, { recursive: true })
  await expect(ledger.append('erased', {})).rejects.toMatchObject({ kind: 'missing' })
})
