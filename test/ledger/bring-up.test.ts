import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openKeys } from '../../src/keys/keys.ts'
import { masterKeySource } from '../../src/keys/master-key-source.ts'
import { bringUp } from '../../src/ledger/bring-up.ts'
import { type LedgerEntry, ledgerIn } from '../../src/ledger/ledger.ts'
import { openLedgerFolder } from '../../src/ledger/places/folder.ts'
import { notePosition, positionIn } from '../../src/ledger/position.ts'
import { whileErasing } from '../../src/ledger/turn.ts'
import { type TestContext, testContext } from '../support/context.ts'
import { freshDatabase, freshKeystore, ownerOf, withClient } from '../support/database.ts'
import { masterKey } from '../support/environment.ts'
import { filled, freshFolder, signer } from './support.ts'

const count = 8
let url: string
let keystoreUrl: string
let context: TestContext
let folder: string
let entries: LedgerEntry[]
let replayed: number[]

beforeAll(async () => {
  url = await freshDatabase()
  keystoreUrl = await freshKeystore()
  const opened = testContext(url)
  const masterKeys = masterKeySource({ data: '', masterKey, masterKeyCommand: undefined })
  context = { ...opened, keys: await openKeys({ url: keystoreUrl, masterKeys, log: opened.log }) }
})
afterAll(async () => {
  await context?.keys.close()
  await context?.close()
})
beforeEach(async () => {
  folder = await freshFolder()
  entries = await filled([openLedgerFolder(folder)], count)
  replayed = []
})

/** Does what an entry says: notes it, and that it was done. */
async function replay({ database, keys }: Pick<TestContext, 'database' | 'keys'>, entry: LedgerEntry) {
  replayed.push(entry.sequence)
  await database.$transaction((tx) => notePosition(tx, entry))
  await keys.noteLedger(entry)
}

const start = (options: { folder?: string; replay?: typeof replay } = {}) =>
  bringUp(
    { ...context, ledger: ledgerIn([openLedgerFolder(options.folder ?? folder)], signer) },
    { replay: options.replay ?? replay },
  )

/** As if both were restored from backups of when so many entries were done. */
async function setBack(database: number, keystore: number) {
  const put = (to: string, done: number) =>
    withClient(to, async (client) => {
      await client.query('DELETE FROM erasure_ledger')
      const entry = entries[done - 1]
      if (entry)
        await client.query('INSERT INTO erasure_ledger (installation, sequence, hash) VALUES ($1, $2, $3)', [
          entry.installation,
          done,
          entry.hash,
        ])
    })
  await put(ownerOf(url), database)
  await put(keystoreUrl, keystore)
}

const positions = async () => [
  (await positionIn(context.database))?.sequence,
  (await context.keys.ledgerPosition(entries[0]?.installation ?? ''))?.sequence,
]

describe('a database and a key store', () => {
  it('that know no ledger begin one', async () => {
    await setBack(0, 0)
    const fresh = await freshFolder()
    expect(await start({ folder: fresh })).toMatchObject({
      hasBegun: true,
      replayed: 0,
      head: { sequence: 1, kind: 'begun' },
    })
    expect(await start({ folder: fresh })).toMatchObject({ hasBegun: false, replayed: 0 })
    expect(replayed).toEqual([])
  })

  it('are brought up to it from wherever they are, each by what it lacks, in order', async () => {
    const point = fc.nat(count)
    await fc.assert(
      fc.asyncProperty(point, point, async (database, keystore) => {
        await setBack(database, keystore)
        replayed = []
        await start()
        const from = Math.min(database, keystore)
        const all = Array.from({ length: count - from }, (_, at) => from + at + 1)
        // The first entry is no erasure.
        expect(replayed).toEqual(all.filter((sequence) => sequence > 1))
        expect(await positions()).toEqual([count, count])
      }),
      { numRuns: 12 },
    )
  })

  it('that were stopped in the middle go on there', async () => {
    await setBack(2, 1)
    const failing = async (...given: Parameters<typeof replay>) => {
      if (given[1].sequence === 5) throw new Error('stopped')
      await replay(...given)
    }
    await expect(start({ replay: failing })).rejects.toThrow('stopped')
    expect(await positions()).toEqual([4, 4])
    replayed = []
    await start()
    expect(replayed).toEqual([5, 6, 7, 8])
  })

  it('are not served before both say that they are as far', async () => {
    await setBack(4, 4)
    await expect(start({ replay: async () => undefined })).rejects.toThrow('Entry 5 of the erasure ledger was not done')
    await expect(
      start({ replay: async ({ database }, entry) => database.$transaction((tx) => notePosition(tx, entry)) }),
    ).rejects.toThrow('Entry 5 of the erasure ledger was not done')
  })

  it('never note an entry that does not follow, and take one again that they have', async () => {
    await setBack(4, 4)
    const note = (at: number) => {
      const entry = entries[at - 1]
      if (!entry) throw new Error('no such entry')
      return [
        () => context.database.$transaction((tx) => notePosition(tx, entry)),
        () => context.keys.noteLedger(entry),
      ]
    }
    for (const noting of note(6)) await expect(noting()).rejects.toThrow("can't follow")
    for (const noting of [...note(3), ...note(4)]) await noting()
    expect(await positions()).toEqual([4, 4])
    const others = await filled([openLedgerFolder(await freshFolder())], 5)
    for (const other of others.slice(3)) {
      await expect(context.database.$transaction((tx) => notePosition(tx, other))).rejects.toThrow("can't follow")
      await expect(context.keys.noteLedger(other)).rejects.toThrow("can't follow")
    }
    await setBack(0, 0)
    for (const noting of note(2)) await expect(noting()).rejects.toThrow("can't follow")
  })
})

describe('nothing is done again, and nobody is served, when the ledger', () => {
  const refused = async (at: [database: number, keystore: number], alter: (to: string) => Promise<unknown>) => {
    await setBack(...at)
    const copy = await freshFolder()
    await cp(folder, copy, { recursive: true })
    await alter(copy)
    const error = await start({ folder: copy }).catch((fault: unknown) => fault)
    expect(replayed).toEqual([])
    expect(await positions()).toEqual(at.map((done) => (done === 0 ? undefined : done)))
    return error
  }
  const fileOf = (to: string, sequence: number) => join(to, `${String(sequence).padStart(12, '0')}.json`)
  const cutAfter = (last: number) => async (to: string) => {
    for (let at = last + 1; at <= count; at++) await rm(fileOf(to, at))
  }

  it('is missing', async () => {
    expect(await refused([3, 0], (to) => rm(to, { recursive: true }))).toMatchObject({ kind: 'missing' })
  })

  it('is older than the database, or than the key store alone', async () => {
    expect(await refused([8, 8], cutAfter(7))).toMatchObject({ kind: 'stale' })
    expect(await refused([8, 2], cutAfter(7))).toMatchObject({ kind: 'stale' })
    expect(await refused([2, 8], cutAfter(7))).toMatchObject({ kind: 'stale' })
    expect(await refused([8, 8], cutAfter(1))).toMatchObject({ kind: 'stale' })
  })

  it('went on in another way than the database knows, or the key store', async () => {
    const fork = async (to: string) => {
      await cutAfter(4)(to)
      const parallel = ledgerIn([openLedgerFolder(to)], signer)
      for (let made = 0; made < 5; made++) await parallel.append('erased', { erasureId: `parallel ${made}` })
    }
    expect(await refused([6, 6], fork)).toMatchObject({ kind: 'forked' })
    expect(await refused([6, 4], fork)).toMatchObject({ kind: 'forked' })
    expect(await refused([4, 6], fork)).toMatchObject({ kind: 'forked' })
  })

  it('is of another installation', async () => {
    const another = async (to: string) => {
      await rm(to, { recursive: true })
      await filled([openLedgerFolder(to)], count)
    }
    expect(await refused([3, 3], another)).toMatchObject({ kind: 'foreign' })
  })

  it('lacks an entry that is to be done again', async () => {
    expect(await refused([4, 4], (to) => rm(fileOf(to, 5)))).toMatchObject({ kind: 'tampered' })
  })
})

it('waits for an erasure that somebody is at, and then judges', async () => {
  await setBack(count, count)
  const order: string[] = []
  const erased = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const erasing = whileErasing(context.database, async () => {
    const entry = await ledgerIn([openLedgerFolder(folder)], signer).append('erased', { erasureId: 'under way' })
    entered.resolve()
    await erased.promise
    await replay(context, entry)
    order.push('erased')
  })
  await entered.promise
  const waits = Promise.withResolvers<void>()
  const starting = bringUp(
    { ...context, ledger: ledgerIn([openLedgerFolder(folder)], signer) },
    { replay, onWait: waits.resolve },
  ).then((brought) => {
    order.push('judged')
    return brought
  })
  await waits.promise
  erased.resolve()
  await erasing
  expect((await starting).replayed).toBe(0)
  expect(order).toEqual(['erased', 'judged'])
})
