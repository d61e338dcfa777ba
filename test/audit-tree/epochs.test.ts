import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createLog } from '../../src/log.ts'
import { generateSigner } from '../../src/modules/audit/checkpoint/keys.ts'
import { openOutside } from '../../src/modules/audit/checkpoint/outside.ts'
import { freshDatabase, ownerOf, pastTheGuards, withClient } from '../support/database.ts'
import { sharedKeys } from '../support/keys.ts'
import { openEntry } from '../support/log.ts'
import { checkTree } from './check.ts'
import { type Machine, machine, writeEntries } from './support.ts'

const copyOf = (url: string) => freshDatabase(new URL(url).pathname.slice(1))

/** Writes entries with a sequencer at work, which ends afterwards; says in which epoch they came and how many leaves there are. */
async function grow(one: Machine, url: string, count: number) {
  const sequencer = await one.start(url)
  try {
    const ids = await withClient(url, (client) => writeEntries(client, count))
    expect(await sequencer.integration.integrated(ids)).toBe(true)
    const { epoch, size } = sequencer.state()
    return { epoch, size: size ?? 0 }
  } finally {
    await sequencer.close()
  }
}

/** What the entries that begin epochs say, the oldest first. */
async function beginnings(url: string) {
  const { rows } = await withClient(ownerOf(url), (client) =>
    client.query<{ id: string; values: Buffer; index: number }>(
      `SELECT e.id, e.values, l.leaf_index::int AS index FROM system_audit_entry e JOIN audit_leaf l ON l.entry_id = e.id
       WHERE e.operation = 'beginEpoch' AND e.entity = 'AuditEpoch' ORDER BY e.id`,
    ),
  )
  return Promise.all(
    rows.map(async ({ index, ...entry }) => {
      const changes = await openEntry(sharedKeys, entry)
      return { index, ...Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, value.new])) }
    }),
  )
}

const errorsOf = ({ logged }: Machine) => logged.filter(({ level }) => Number(level) >= 50)
const latestOf = ({ folder }: Machine) => readFile(join(folder, 'latest'), 'utf8')

/** A log of ten entries, a copy of it, and ten more entries after that. */
async function restorable() {
  const [one, url] = [await machine(), await freshDatabase()]
  const early = await grow(one, url, 10)
  const backup = await copyOf(url)
  const late = await grow(one, url, 10)
  return { one, url, backup, early, late, signer: await one.signer() }
}

describe('a log restored from a backup', () => {
  test('goes on as a new epoch, whose first entry names the last known checkpoint and the gap', async () => {
    const { one, backup, early, late, signer } = await restorable()
    const last = await latestOf(one)
    expect(await grow(one, backup, 3)).toEqual({ epoch: 2, size: early.size + 1 + 3 })
    expect(await beginnings(backup)).toEqual([
      {
        index: early.size,
        epoch: 2,
        origin: `${signer.name}/epoch-2`,
        reason: 'rolledBack',
        treeSize: early.size,
        missing: late.size - early.size,
        lastCheckpoint: last,
      },
    ])
    const { checkpoints } = await checkTree(backup, signer)
    expect(checkpoints.find(({ epoch }) => epoch === 2)).toEqual({
      epoch: 2,
      size: early.size + 1,
      origin: `${signer.name}/epoch-2`,
    })
    expect(errorsOf(one)).toMatchObject([{ reason: 'rolledBack', epoch: 2, known: { size: late.size } }])
    expect(await latestOf(one)).toMatch(`${signer.name}/epoch-2\n${early.size + 4}\n`)
  })

  test('begins no further epoch at the next start', async () => {
    const { one, backup } = await restorable()
    await grow(one, backup, 1)
    expect(await grow(one, backup, 1)).toMatchObject({ epoch: 2 })
    expect(await beginnings(backup)).toHaveLength(1)
  })

  test('takes an epoch that was never used before, also when the second was lost', async () => {
    const { one, backup } = await restorable()
    const again = await copyOf(backup)
    expect(await grow(one, backup, 1)).toMatchObject({ epoch: 2 })
    expect(await grow(one, again, 1)).toMatchObject({ epoch: 3 })
    await checkTree(again, await one.signer())
  })

  test('is noticed though somebody put an earlier checkpoint in the place of the latest', async () => {
    const one = await machine()
    const url = await freshDatabase()
    await grow(one, url, 5)
    const earlier = await latestOf(one)
    const backup = await copyOf(url)
    await grow(one, url, 5)
    await writeFile(join(one.folder, 'latest'), earlier)
    expect(await grow(one, backup, 1)).toMatchObject({ epoch: 2 })
  })

  test('is noticed by a machine that only went along with the one that sequenced', async () => {
    const settings = { LETHE_AUDIT_KEY: generateSigner('crm.example/audit') }
    const [holder, follower, newcomer] = [await machine(settings), await machine(settings), await machine(settings)]
    const url = await freshDatabase()
    await grow(holder, url, 5)
    const backup = await copyOf(url)
    const sequencer = await holder.start(url)
    await expect.poll(() => sequencer.state().holds).toBe(true)
    const other = await follower.start(url)
    await withClient(url, (client) => writeEntries(client, 5))
    await expect.poll(() => latestOf(holder)).toMatch('crm.example/audit\n10\n')
    await expect.poll(() => latestOf(follower).catch(() => ''), { timeout: 10_000 }).toMatch('crm.example/audit\n10\n')
    await Promise.all([other.close(), sequencer.close()])

    // On the restored database, one is at work already that knows of nothing.
    const unaware = await newcomer.start(backup)
    await expect.poll(() => unaware.state()).toMatchObject({ holds: true, epoch: 1 })
    const aware = await follower.start(backup)
    await expect.poll(() => aware.state(), { timeout: 10_000 }).toMatchObject({ holds: true, epoch: 2 })
    await expect.poll(() => unaware.state().holds, { timeout: 10_000 }).toBe(false)
    expect(await beginnings(backup)).toMatchObject([{ reason: 'rolledBack', missing: 5, treeSize: 5 }])
    await Promise.all([aware.close(), unaware.close()])
    await checkTree(backup, await follower.signer())
    // Who comes with a checkpoint of the lost part later knows that it is lost.
    expect(await grow(holder, backup, 1)).toMatchObject({ epoch: 2 })
  })
})

describe('a log that contradicts a checkpoint', () => {
  test('goes on as a new epoch', async () => {
    const settings = { LETHE_AUDIT_KEY: generateSigner('crm.example/audit') }
    const one = await machine(settings)
    const url = await freshDatabase()
    const early = await grow(one, url, 5)
    const fork = await copyOf(url)
    const known = await grow(one, url, 5)
    // Somewhere else, without our copies, it went on otherwise.
    const forked = await grow(await machine(settings), fork, 20)
    expect(forked.size).toBe(early.size + 20)
    expect(await grow(one, fork, 1)).toEqual({ epoch: 2, size: forked.size + 2 })
    expect(await beginnings(fork)).toMatchObject([
      { index: forked.size, reason: 'contradicted', missing: 0, treeSize: forked.size },
    ])
    expect(errorsOf(one)).toMatchObject([{ reason: 'contradicted', size: forked.size, known: { size: known.size } }])
    await checkTree(fork, await one.signer())
  })

  test('is noticed without copies outside, by the checkpoint in the database', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    const { size } = await grow(one, url, 5)
    await rm(one.folder, { recursive: true })
    await pastTheGuards(url, `UPDATE audit_leaf SET hash = sha256('other') WHERE leaf_index = 3`)
    expect(await grow(one, url, 1)).toEqual({ epoch: 2, size: size + 2 })
    expect(await beginnings(url)).toMatchObject([{ reason: 'contradicted' }])
  })

  test('whose last leaves were removed makes new ones of their entries', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    const { size } = await grow(one, url, 5)
    await pastTheGuards(url, `DELETE FROM audit_leaf WHERE leaf_index >= ${size - 2}`)
    await pastTheGuards(url, `DELETE FROM audit_checkpoint WHERE tree_size > ${size - 2}`)
    expect(await grow(one, url, 1)).toMatchObject({ epoch: 2 })
    expect(await beginnings(url)).toMatchObject([{ index: size - 2, reason: 'rolledBack', missing: 2 }])
    const { ids } = await withClient(ownerOf(url), async (client) => {
      const { rows } = await client.query<{ id: string }>(
        'SELECT id FROM system_audit_entry e WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)',
      )
      return { ids: rows }
    })
    expect(ids).toEqual([])
  })

  test('with holes at its end does not grow, and says so', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    const { size } = await grow(one, url, 5)
    await pastTheGuards(url, `DELETE FROM audit_leaf WHERE leaf_index = ${size - 2}`)
    const sequencer = await one.start(url)
    await expect.poll(() => sequencer.state().fault).toBe(`the tree lacks the leaf ${size - 2}`)
    expect(errorsOf(one).length).toBeGreaterThan(0)
  })
})

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

describe('another key or name', () => {
  test('is refused on a log that has one', async () => {
    const [one, other, url] = [await machine(), await machine(), await freshDatabase()]
    await grow(one, url, 1)
    await expect(other.start(url)).rejects.toThrow(/signed as "lethe-[0-9a-f]{8}\/audit" with another key/)
    const named = await machine({ LETHE_AUDIT_ORIGIN: (await one.signer()).name })
    await expect(named.start(url)).rejects.toThrow('need the same key')
  })

  test('begins a new epoch when its name was chosen and is new; the former one is refused from then on', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    const { size } = await grow(one, url, 3)
    const renamed = await machine({ LETHE_AUDIT_ORIGIN: 'crm.example/audit' })
    expect(await grow(renamed, url, 1)).toMatchObject({ epoch: 2 })
    expect(await beginnings(url)).toMatchObject([
      { index: size, reason: 'renamed', origin: 'crm.example/audit/epoch-2', missing: 0 },
    ])
    expect(await grow(renamed, url, 1)).toMatchObject({ epoch: 2 })
    await expect(one.start(url)).rejects.toThrow('signed as "crm.example/audit" with another key')
  })

  test('of the same key begins a new epoch too', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    await grow(one, url, 3)
    const renamed = await machine({ LETHE_AUDIT_ORIGIN: 'crm.example/audit' }, one.data)
    expect(await grow(renamed, url, 1)).toMatchObject({ epoch: 2 })
    await checkTree(url, await renamed.signer())
  })
})

describe('copies outside of the database', () => {
  test('are the latest checkpoint, and a history by days', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    const { size } = await grow(one, url, 5)
    const latest = await latestOf(one)
    expect(latest.split('\n')[1]).toBe(String(size))
    const days = await readdir(join(one.folder, 'history'))
    expect(days).toHaveLength(1)
    expect(days[0]).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect(await readFile(join(one.folder, 'history', days[0] ?? ''), 'utf8')).toMatch(latest)
  })

  test('are not replaced by earlier ones, by a process that slept', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    await grow(one, url, 5)
    const earlier = await latestOf(one)
    await grow(one, url, 5)
    const newer = await latestOf(one)
    const slow = openOutside({ folder: one.folder, signer: await one.signer(), log: createLog('silent', false) })
    slow.keep(earlier)
    await slow.flush()
    expect(await latestOf(one)).toBe(newer)
    expect(await slow.newest()).toMatchObject({ note: newer })
  })

  test('that can not be written are no reason to stop, but told loudly, until they can', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    const sequencer = await one.start(url)
    await rm(one.folder, { recursive: true })
    await writeFile(one.folder, 'in the way')
    const write = () => withClient(url, (client) => writeEntries(client))
    expect(await sequencer.integration.integrated(await write())).toBe(true)
    await expect.poll(() => sequencer.state().outsideFault).toBeTruthy()
    expect(await sequencer.integration.integrated(await write())).toBe(true)
    expect(errorsOf(one).map(({ msg }) => String(msg))).toContainEqual(expect.stringContaining('no copy'))
    await rm(one.folder)
    await mkdir(one.folder)
    await expect.poll(() => sequencer.state().outsideFault, { timeout: 10_000 }).toBeUndefined()
    expect((await latestOf(one)).split('\n')[1]).toBe(String(sequencer.state().size))
  })
})
