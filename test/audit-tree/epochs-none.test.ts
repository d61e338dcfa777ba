import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshDatabase, pastTheGuards, withClient } from '../support/database.ts'
import { checkTree } from './check.ts'
import { copyOf, errorsOf, grow, latestOf } from './epochs-support.ts'
import { machine, writeEntries } from './support.ts'

describe('no new epoch begins', () => {
  test('when the process died before it wrote the copies of its last checkpoints', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    await grow(one, url, 5)
    const earlier = await latestOf(one)
    await grow(one, url, 5)
    await rm(join(one.folder, 'history'), { recursive: true })
    await writeFile(join(one.folder, 'latest'), earlier)
    expect(await grow(one, url, 1)).toMatchObject({ epoch: 1 })
    expect(errorsOf(one)).toEqual([])
  })

  test('when the copies are missing: a warning', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    await grow(one, url, 5)
    await rm(one.folder, { recursive: true })
    expect(await grow(one, url, 1)).toMatchObject({ epoch: 1 })
    expect(one.logged.filter(({ level }) => level === 40)).toMatchObject([{ msg: expect.stringContaining('no copy') }])
    expect(errorsOf(one)).toEqual([])
  })

  test('when a copy is not ours: an error in the log', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    await grow(one, url, 5)
    await rm(join(one.folder, 'history'), { recursive: true })
    await writeFile(join(one.folder, 'latest'), (await latestOf(one)).replace('\n5\n', '\n50\n'))
    expect(await grow(one, url, 1)).toMatchObject({ epoch: 1 })
    expect(errorsOf(one)[0]).toMatchObject({ msg: expect.stringContaining('not signed with its key') })
  })

  test('when the database was moved to where transactions count anew, and nothing is lost', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    await grow(one, url, 5)
    await withClient(url, (client) => writeEntries(client, 3))
    const moved = await copyOf(url)
    // As in a new cluster: the log's transactions seem to be yet to come.
    await pastTheGuards(moved, `UPDATE audit_sequencer SET watermark = 900000000000, database = 'elsewhere/1'`)
    await pastTheGuards(moved, 'UPDATE system_audit_entry SET transaction_id = 900000000000 + transaction_id')
    await pastTheGuards(moved, 'DELETE FROM audit_leaf') // Of which the hashes were of other transactions.
    await pastTheGuards(moved, 'DELETE FROM audit_checkpoint')
    await rm(one.folder, { recursive: true })
    expect(await grow(one, moved, 7)).toMatchObject({ epoch: 1 })
    const { ids } = await checkTree(moved, await one.signer())
    expect(ids.size).toBeGreaterThanOrEqual(15)
  })

  test('when it was copied as it is, and what had no leaf yet gets one', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    const { size } = await grow(one, url, 5)
    await withClient(url, (client) => writeEntries(client, 3))
    const copy = await copyOf(url)
    expect(await grow(one, copy, 2)).toMatchObject({ epoch: 1 })
    expect((await checkTree(copy, await one.signer())).ids.size).toBe(size + 5)
  })
})
