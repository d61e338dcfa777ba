import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { generateSigner } from '../../src/modules/audit/checkpoint/keys.ts'
import { freshDatabase, ownerOf, pastTheGuards, withClient } from '../support/database.ts'
import { checkTree } from './check.ts'
import { beginnings, copyOf, errorsOf, grow, latestOf } from './epochs-support.ts'
import { machine, writeEntries } from './support.ts'

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

  test('is looked through until all entries have leaves, though it be interrupted', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    const { size } = await grow(one, url, 5)
    await pastTheGuards(url, `DELETE FROM audit_leaf WHERE leaf_index >= ${size - 2}`)
    await pastTheGuards(url, `DELETE FROM audit_checkpoint WHERE tree_size > ${size - 2}`)
    // The entry that begins the epoch gets in, and no other.
    await withClient(ownerOf(url), (client) =>
      client.query(`
        CREATE FUNCTION in_the_way() RETURNS trigger LANGUAGE plpgsql AS
          $$BEGIN IF NEW.leaf_index > ${size - 2} THEN RAISE 'in the way'; END IF; RETURN NEW; END$$;
        CREATE TRIGGER in_the_way BEFORE INSERT ON audit_leaf FOR EACH ROW EXECUTE FUNCTION in_the_way()`),
    )
    const sequencer = await one.start(url)
    await expect.poll(() => sequencer.state().fault).toBeTruthy()
    await withClient(ownerOf(url), (client) => client.query('DROP TRIGGER in_the_way ON audit_leaf'))
    await expect.poll(() => sequencer.state(), { timeout: 10_000 }).toMatchObject({ epoch: 2, size: size + 1 })
    expect(await beginnings(url)).toHaveLength(1)
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
