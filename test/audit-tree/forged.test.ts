import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { signerOfEpoch } from '../../src/modules/audit/checkpoint/epochs.ts'
import { freshDatabase, pastTheGuards, withClient } from '../support/database.ts'
import { checkTree } from './check.ts'
import { beginnings, errorsOf, grow } from './epochs-support.ts'
import { connections, machine, writeEntries } from './support.ts'

// What somebody can do who has got hold of the application's own connection, which may add to the tables of the tree.

const nextLeaf = '(SELECT max(leaf_index) + 1 FROM audit_leaf)'
const newTerm = `UPDATE audit_sequencer SET term = term + 1, holder = NULL, lease_until = '-infinity'`

/** A log with a few entries, and no process that runs. */
async function scene() {
  const [one, url] = [await machine(), await freshDatabase()]
  const { size } = await grow(one, url, 5)
  return { one, url, size, sql: (text: string) => withClient(url, (client) => client.query(text)) }
}

/** An entry of which the same transaction says something more. */
const withEntry = (url: string, more: (client: pg.Client, id: string) => Promise<unknown>) =>
  withClient(url, async (client) => {
    await client.query('BEGIN')
    const [id = ''] = await writeEntries(client)
    await more(client, id)
    await client.query('COMMIT')
    return id
  })

describe('PostgreSQL refuses of the application', () => {
  const leaf = (index: string, of: string, hash = "sha256('x')", contact = 'NULL') =>
    `INSERT INTO audit_leaf SELECT ${index}, ${of}, ${contact}, ${hash}`
  const entry =
    '(SELECT e.id FROM system_audit_entry e WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id) LIMIT 1)'

  test.each([
    ['a leaf of no entry', leaf(nextLeaf, 'gen_random_uuid()'), 'is of no entry'],
    ['a leaf of no hash', leaf(nextLeaf, entry, "'\\x00'"), 'has no hash'],
    ['a leaf about another contact', leaf(nextLeaf, entry, undefined, 'gen_random_uuid()'), 'is of no entry'],
    ['a leaf far from others', leaf('1000000000000', entry), 'none before it'],
    ['a leaf below zero', leaf('-1', entry), 'not consecutive'],
    ['a node above no leaves', `INSERT INTO audit_node VALUES (1, 0, sha256('x'))`, 'no leaves under it'],
    ['a node above all', `INSERT INTO audit_node VALUES (40, 9223372036854775807, sha256('x'))`, 'no leaves under it'],
    [
      'a checkpoint of a size that is not',
      `INSERT INTO audit_checkpoint VALUES (1, 1000000, E'x\\n1000000\\nx\\n')`,
      'no such size',
    ],
    [
      'a checkpoint that says another size',
      `INSERT INTO audit_checkpoint VALUES (9, 1, E'x\\n2\\nx\\n')`,
      'no such size',
    ],
  ])('%s', async (_, statement, told) => {
    const { url, one } = await scene()
    await withClient(url, (client) => writeEntries(client))
    await expect(withClient(url, (client) => client.query(statement))).rejects.toThrow(told)
    expect(await grow(one, url, 1)).toMatchObject({ epoch: 1 })
    await checkTree(url, await one.signer())
  })
})

describe('a sequencer', () => {
  test('never signs a leaf that is not of its entry, says which, and goes on when it is gone', async () => {
    const { one, url, size } = await scene()
    const sequencer = await one.start(url)
    await expect.poll(() => sequencer.state().holds, { timeout: 10_000 }).toBe(true)
    const id = await withEntry(url, (client, own) =>
      client.query(`INSERT INTO audit_leaf SELECT ${nextLeaf}, $1, NULL, sha256('made up')`, [own]),
    )
    await withClient(url, (client) => writeEntries(client))
    const index = sequencer.state().size ?? size
    const told = `leaf ${index} isn't that of the entry ${id}`
    await expect.poll(() => sequencer.state().fault ?? '', { timeout: 10_000 }).toContain(told)
    expect(await beginnings(url)).toEqual([])
    // Operators read the log of the server.
    expect(errorsOf(one).map(({ fault }) => fault)).toContainEqual(expect.stringContaining(told))
    await pastTheGuards(url, 'DELETE FROM audit_leaf WHERE leaf_index = $1', [index])
    await expect.poll(() => sequencer.state(), { timeout: 20_000 }).toMatchObject({ fault: undefined, epoch: 1 })
    expect(await sequencer.integration.integrated([id])).toBe(true)
    await checkTree(url, await one.signer())
  })

  test('takes entries that somebody moved the watermark past, and ended its term', async () => {
    const { one, url } = await scene()
    const sequencer = await one.start(url)
    await expect.poll(() => sequencer.state().holds, { timeout: 10_000 }).toBe(true)
    const id = await withEntry(url, (client) =>
      client.query(`${newTerm}, watermark = pg_current_xact_id()::text::bigint + 1`),
    )
    expect(await sequencer.integration.integrated([id])).toBe(true)
    await checkTree(url, await one.signer())
  })

  test('takes no notice of a checkpoint that nobody signed, or of an epoch that none did', async () => {
    const { one, url, sql } = await scene()
    const { name, id } = signerOfEpoch(await one.signer(), 7)
    const forged = Buffer.concat([id, Buffer.alloc(64)]).toString('base64')
    await sql(
      `INSERT INTO audit_checkpoint SELECT 7, tree_size, concat_ws(E'\\n', '${name}', tree_size, '${Buffer.alloc(32).toString('base64')}', '', '— ${name} ${forged}', '')
       FROM audit_checkpoint ORDER BY tree_size DESC LIMIT 1`,
    )
    await sql(`${newTerm}, epoch = 9`)
    expect(await grow(one, url, 2)).toMatchObject({ epoch: 1 })
    expect(await beginnings(url)).toEqual([])
  })

  test('says that somebody holds a lock', { timeout: 60_000 }, async () => {
    const { one, url } = await scene()
    const sequencer = await one.start(url)
    await expect.poll(() => sequencer.state().holds, { timeout: 10_000 }).toBe(true)
    const pool = connections(url)
    await withClient(url, async (client) => {
      await client.query('BEGIN')
      await client.query('LOCK TABLE audit_sequencer IN EXCLUSIVE MODE')
      await writeEntries(pool)
      await expect.poll(() => sequencer.state().fault ?? '', { timeout: 20_000 }).toContain('holds a lock')
      await client.query('COMMIT')
    })
    expect(await sequencer.integration.integrated(await writeEntries(pool))).toBe(true)
    expect(sequencer.state().fault).toBeUndefined()
  })
})
