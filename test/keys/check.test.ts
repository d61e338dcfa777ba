import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { installationId } from '../../src/keys/keys.ts'
import { fileSource } from '../../src/keys/master-key-file.ts'
import { freshDatabase, freshKeystore, ownerOf, withClient } from '../support/database.ts'
import { inFolder, lethe } from '../support/lethe.ts'
import { openTestKeys } from './support.ts'

/** An installation with some contacts, and a way to run `lethe` on it. */
const installation = (
  use: (installation: {
    database: string
    keystore: string
    data: string
    run: (...args: string[]) => ReturnType<typeof lethe>['done']
  }) => Promise<void>,
) =>
  inFolder(async (data) => {
    const [database, keystore] = await Promise.all([freshDatabase(), freshKeystore()])
    const environment = { LETHE_DATA: data, DATABASE_URL: database, KEYSTORE_URL: keystore }
    const run = (...args: string[]) => lethe(args, environment).done
    expect(await run('seed', '--contacts', '30')).toMatchObject({ code: 0 })
    await use({ database, keystore, data, run })
  })

const lines = (text: string) => text.split('\n').filter(Boolean).sort()

test('a key store that fits its database is found to', () =>
  installation(async ({ run }) => {
    const { code, stdout, stderr } = await run('keys', 'check')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toContain(
      '30 contacts and 31 keys were compared.\nKey store and database fit together, as far as the newest value of each contact tells',
    )
    expect(stderr).toContain('Whether a restore brought back keys that had been destroyed they do not tell.')
  }))

test('--all opens every sealed value: of contacts and others, not only the newest', () =>
  installation(async ({ database, run }) => {
    const all = await run('keys', 'check', '--all')
    expect([all.code, all.stdout]).toEqual([0, ''])
    const [, opened] = all.stderr.match(/30 contacts and 31 keys were compared, (\d+) values were opened/) ?? []
    const damage = (table: string, order: string) =>
      withClient(ownerOf(database), async (client) => {
        await client.query('SET session_replication_role = replica')
        const { rows } = await client.query<{ id: string }>(
          `UPDATE ${table} SET values = set_byte(values, length(values) - 1, get_byte(values, length(values) - 1) # 1)
           WHERE id = (SELECT id FROM ${table} WHERE values IS NOT NULL ORDER BY ${order} LIMIT 1) RETURNING id`,
        )
        return rows[0]?.id ?? ''
      })
    const sealed = await withClient(ownerOf(database), async (client) => {
      const { rows } = await client.query<{ count: string }>(
        `SELECT (SELECT count(values) FROM audit_entry) + (SELECT count(values) FROM system_audit_entry) AS count`,
      )
      return rows[0]?.count
    })
    expect(opened).toBe(sealed)
    const damaged = [await damage('audit_entry', 'sequence, id'), await damage('system_audit_entry', 'id')]
    expect(await run('keys', 'check')).toMatchObject({ code: 0, stdout: '' })
    const { code, stdout, stderr } = await run('keys', 'check', '--all')
    expect([code, lines(stdout)]).toEqual([
      2,
      damaged.sort().map((id) => expect.stringMatching(`^The entry ${id} doesn't open with the key of`)),
    ])
    expect(stderr).toMatch('What does not fit: 2.')
  }))

test('looks alone: what is missing stays so', () =>
  installation(async ({ keystore, run }) => {
    const rows = () => withClient(keystore, async (client) => (await client.query('TABLE contact_key')).rowCount)
    await withClient(keystore, (client) =>
      client.query('DELETE FROM contact_key WHERE contact_id = $1', [installationId]),
    )
    const { code, stdout } = await run('keys', 'check')
    expect(code).toBe(2)
    expect(stdout).toMatch(/installation.*no key|no key.*installation/i)
    expect(await rows()).toBe(30)
    // Whoever wants to work with them is told, too.
    expect((await run('seed', '--contacts', '31')).stderr).toContain('lacks the keys of this database')
    expect(await rows()).toBe(30)
  }))

test('a key store of nobody is no key store for a database with sealed values', () =>
  installation(async ({ database, run }) => {
    await inFolder(async (data) => {
      const empty = { LETHE_DATA: data, DATABASE_URL: database, KEYSTORE_URL: await freshKeystore() }
      for (const args of [
        ['keys', 'check'],
        ['seed', '--contacts', '31'],
      ]) {
        const { code, stderr } = await lethe(args, empty).done
        expect([code, stderr]).toEqual([1, expect.stringMatching(/The key store (is empty|lacks the keys)/)])
      }
      expect(await readdir(data)).not.toContain('master.key')
    })
    expect(await run('keys', 'check')).toMatchObject({ code: 0 })
  }))

test('each thing that does not fit is named, and nothing else', () =>
  installation(async ({ database, keystore, data, run }) => {
    const keys = await openTestKeys(keystore, fileSource({ data }))
    const contacts = await withClient(ownerOf(database), async (client) => {
      const { rows } = await client.query<{ id: string }>('SELECT contact_id AS id FROM contact ORDER BY contact_id')
      return rows.map(({ id }) => id)
    })
    const [missing = '', erased = '', broken = '', moved = '', wrong = '', logged = '', forgotten = '', ...sound] =
      contacts
    const [unused, young] = [randomUUID(), randomUUID()]
    await keys.create([unused, young])
    await keys.destroy([erased, forgotten])
    await withClient(keystore, async (client) => {
      const erase = 'DELETE FROM contact_key WHERE contact_id = ANY ($1)'
      await client.query(erase, [[missing, wrong, logged, installationId]])
      const flip = 'set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)'
      await client.query(`UPDATE contact_key SET wrapped = ${flip} WHERE contact_id = $1`, [broken])
      const others = '(SELECT wrapped FROM contact_key WHERE contact_id = $2)'
      await client.query(`UPDATE contact_key SET wrapped = ${others} WHERE contact_id = $1`, [moved, sound[0]])
      await client.query(`UPDATE contact_key SET created_at = now() - interval '61 minutes' WHERE contact_id <> $1`, [
        young,
      ])
    })
    await keys.close()
    const fresh = await openTestKeys(keystore, fileSource({ data }))
    await fresh.create([wrong])
    await fresh.close()
    const [entry, systemEntry] = await withClient(ownerOf(database), async (client) => {
      await client.query('SET session_replication_role = replica')
      for (const table of ['contact_point', 'contact']) {
        await client.query(`DELETE FROM ${table} WHERE contact_id = ANY ($1)`, [[logged, forgotten]])
      }
      const newest = await client.query('SELECT id FROM audit_entry WHERE contact_id = $1 ORDER BY id DESC LIMIT 1', [
        wrong,
      ])
      const system = await client.query(
        'SELECT id FROM system_audit_entry WHERE values IS NOT NULL ORDER BY id DESC LIMIT 1',
      )
      return [newest.rows[0].id, system.rows[0].id]
    })

    const { code, stdout, stderr } = await run('keys', 'check')
    const another = 'The value was sealed with another key, or altered.'
    const altered = 'The wrapped key was altered, or belongs to another contact.'
    expect(lines(stdout)).toEqual(
      [
        `The contact ${missing} has no key.`,
        `The contact ${logged}, of whom there is only the log, has no key.`,
        `The contact ${erased} is stored, but its key was destroyed.`,
        `The key of ${broken} can't be unwrapped: ${altered}`,
        `The key of ${moved} can't be unwrapped: ${altered}`,
        `The entry ${entry} doesn't open with the key of ${wrong}: ${another}`,
        `The entry ${systemEntry} doesn't open with the key of the installation: ${another}`,
        `The key of ${unused} belongs to nobody.`,
      ].sort(),
    )
    expect(code).toBe(2)
    expect(stderr).toMatch('What does not fit: 7.')
    expect(stderr).toMatch('Keys that belong to nobody: 1.')
  }))
