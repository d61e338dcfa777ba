import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshDatabase, withClient } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { inFolder, lethe } from '../support/lethe.ts'

const books = join(import.meta.dirname, '..', 'fixtures', 'address-books')
const statement = ['--source', 'Trade fair 2026', '--ground', 'consent', '--ground-note', 'Signed card']

/** Imports a file into a database and tells what came of it. */
async function importFile(url: string, folder: string, file: string, ...flags: string[]) {
  const environment = { ...databaseEnvironment(url), LETHE_DATA: folder }
  return lethe(['import', file, ...statement, ...flags], environment).done
}

const names = (url: string) =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ display_name: string }>(
      'SELECT display_name FROM contact ORDER BY contact_id',
    )
    return rows.map((row) => row.display_name)
  })

const count = (url: string, sql: string) =>
  withClient(url, async (client) =>
    Number((await client.query<{ count: string }>(`SELECT count(*) FROM ${sql}`)).rows[0]?.count),
  )

describe('lethe import', () => {
  it.each([
    // Of each format one: how the others are read, in which encoding, is shown without a process for each (contacts/import-formats).
    ['outlook-en.csv', 'Zoë', 'zoe.oneill@cafe.example'],
    ['contacts-v4.vcf', 'Siân Ffôn', 'sian@home.example'],
    ['contacts.jsonl', 'Håkon Ås', 'hakon@aas.example'],
  ])('brings the good rows of %s in, with source and ground, and the others into a file', async (book, name, email) => {
    await inFolder(async (folder) => {
      const url = await freshDatabase()
      const rejected = join(folder, 'rejected')
      const { code, stdout, stderr } = await importFile(url, folder, join(books, book), '--rejected', rejected)
      expect(stderr).toContain('Rows with faults are in')
      expect(code).toBe(2) // each of these books has rows with faults
      expect(stdout).toMatch(/^[1-9]\d* created, 0 completed, 0 known already, [1-9]\d* rejected\.\n$/)
      expect((await names(url)).some((found) => found.includes(name))).toBe(true)
      expect(await count(url, `contact_point WHERE kind = 'email' AND value LIKE '%${email}%'`)).toBeGreaterThan(0)
      expect(
        await count(url, `contact WHERE source <> 'Trade fair 2026' OR source_at IS NULL OR import_id IS NULL`),
      ).toBe(0)
      expect(
        await count(url, `import WHERE ground = 'consent' AND ground_note = 'Signed card' AND finished_at IS NOT NULL`),
      ).toBe(1)
      expect(await readFile(rejected, 'utf8')).not.toBe('')
    })
  })

  it('changes nothing when it is repeated', async () => {
    await inFolder(async (folder) => {
      const url = await freshDatabase()
      const book = join(books, 'google-old.csv')
      const first = await importFile(url, folder, book, '--rejected', join(folder, 'first'))
      const entries = await count(url, 'audit_entry')
      const again = await importFile(url, folder, book, '--rejected', join(folder, 'second'))
      const created = first.stdout.match(/^(\d+) created/)?.[1]
      expect(again.stdout).toMatch(new RegExp(`^0 created, 0 completed, ${created} known already`))
      expect(await count(url, 'audit_entry')).toBe(entries)
    })
  })

  it('takes rejected rows back once they are mended', async () => {
    await inFolder(async (folder) => {
      const url = await freshDatabase()
      const file = join(folder, 'book.csv')
      await writeFile(
        file,
        'First Name,Last Name,Birthday,E-mail 1 - Value\nAda,Alt,1999-02-31,ada@example.org\nBo,Neu,,bo@example.org\n',
      )
      const first = await importFile(url, folder, file)
      expect(first.stdout).toContain('1 created, 0 completed, 0 known already, 1 rejected.')
      const rejected = join(folder, 'book.rejected.csv')
      const text = await readFile(rejected, 'utf8')
      expect(text).toContain('birthDate')
      await writeFile(rejected, text.replace('1999-02-31', '1999-02-28'))
      const second = await importFile(url, folder, rejected)
      expect(second).toMatchObject({ code: 0, stdout: '1 created, 0 completed, 0 known already, 0 rejected.\n' })
      expect(await names(url)).toEqual(['Bo Neu', 'Ada Alt'])
    })
  })

  it('writes nothing in a dry run, and counts what it would do', async () => {
    await inFolder(async (folder) => {
      const url = await freshDatabase()
      const file = join(folder, 'book.jsonl')
      await writeFile(file, '{"givenName":"Ada"}\n{"givenName":"Ada"}\n{"givenName":"Bo"}\n{"nonsense":1}\n')
      const { stdout } = await importFile(url, folder, file, '--dry-run')
      expect(stdout).toBe('Would be 2 created, 0 completed, 1 known already, 1 rejected.\n')
      expect(await count(url, 'contact')).toBe(0)
      expect(await count(url, 'import')).toBe(0)
      await expect(readFile(join(folder, 'book.rejected.jsonl'))).rejects.toThrow('ENOENT')
    })
  })

  it('completes known contacts without overwriting anything', async () => {
    await inFolder(async (folder) => {
      const url = await freshDatabase()
      const [one, two] = [join(folder, 'one.jsonl'), join(folder, 'two.jsonl')]
      const person = { givenName: 'Ada', familyName: 'Alt', emails: [{ address: 'ada@example.org' }] }
      await writeFile(one, JSON.stringify({ ...person, jobTitle: 'Cook' }))
      await writeFile(
        two,
        JSON.stringify({ ...person, jobTitle: 'Baker', organisation: 'Oven Ltd', phones: [{ number: '+4930123456' }] }),
      )
      await importFile(url, folder, one)
      const { stdout } = await importFile(url, folder, two)
      expect(stdout).toBe('0 created, 1 completed, 0 known already, 0 rejected.\n')
      expect(await count(url, `contact WHERE job_title = 'Cook' AND organisation = 'Oven Ltd'`)).toBe(1)
      expect(await count(url, `contact_point`)).toBe(2)
    })
  })

  it('keeps two records apart that another system keeps apart', async () => {
    await inFolder(async (folder) => {
      const url = await freshDatabase()
      const file = join(folder, 'book.jsonl')
      const person = { givenName: 'Ada', familyName: 'Alt', emails: [{ address: 'ada@example.org' }] }
      await writeFile(file, [1, 2].map((id) => JSON.stringify({ externalId: String(id), ...person })).join('\n'))
      const first = await importFile(url, folder, file)
      expect(first.stdout).toContain('2 created')
      const again = await importFile(url, folder, file)
      expect(again.stdout).toContain('0 created, 0 completed, 2 known already')
    })
  })

  it('makes each person once when two imports of a file run at the same time', async () => {
    await inFolder(async (folder) => {
      const url = await freshDatabase()
      const file = join(folder, 'book.jsonl')
      await writeFile(file, people(1200))
      const results = await Promise.all([importFile(url, folder, file), importFile(url, folder, file)])
      // One of them makes the ledger; on a busy machine they tell how far they are.
      const besides = /^(The erasure ledger begins, in the folder .*|\d+ contacts)\n/gm
      expect(results.map(({ code, stderr }) => [code, stderr.replaceAll(besides, '')])).toEqual([
        [0, ''],
        [0, ''],
      ])
      expect(await count(url, 'contact')).toBe(1200)
    })
  })

  it('leaves nothing half done when it is killed, and goes on when it is repeated', async () => {
    await inFolder(async (folder) => {
      const url = await freshDatabase()
      const file = join(folder, 'book.jsonl')
      await writeFile(file, people(4_000))
      const run = lethe(['import', file, ...statement], { ...databaseEnvironment(url), LETHE_DATA: folder })
      await untilSome(url)
      run.child.kill('SIGKILL')
      expect((await run.done).signal).toBe('SIGKILL')
      const kept = await count(url, 'contact')
      expect(kept).toBeGreaterThan(0)
      expect(kept).toBeLessThan(4_000)
      expect(kept % 1000).toBe(0)
      // Every contact is whole: with its e-mail address, its claim and its entries in the log.
      expect(await count(url, 'contact_point')).toBe(kept)
      expect(await count(url, 'import_key')).toBe(kept)
      expect(await count(url, 'audit_entry')).toBe(2 * kept)
      const again = await importFile(url, folder, file)
      expect(again.stdout).toBe(`${4_000 - kept} created, 0 completed, ${kept} known already, 0 rejected.\n`)
    })
  })

  it('reads a file much larger than its memory', async () => {
    await inFolder(async (folder) => {
      const url = await freshDatabase()
      const file = join(folder, 'book.jsonl')
      // Kept, they would take more than all the memory that there is: as much again as the product itself.
      const text = 'x'.repeat(200)
      const addresses = ['home', 'work', 'other'].map((label) => ({
        label,
        street: text.repeat(2),
        city: text,
        region: text,
      }))
      await writeFile(file, people(15_000, { addresses }))
      const flags = ['import', file, ...statement, '--dry-run']
      const { code, stdout } = await lethe(flags, { ...databaseEnvironment(url), LETHE_DATA: folder }, [
        '--max-old-space-size=100',
      ]).done
      expect([code, stdout]).toEqual([0, 'Would be 15000 created, 0 completed, 0 known already, 0 rejected.\n'])
    })
  })

  it.each([
    ['a file that is not there', 'no.csv', undefined, 'There is no file'],
    // What else files are refused for is shown without a process (contacts/import-formats).
    ['a table whose columns nobody knows', 'odd.csv', 'a,b\n1,2\n', 'column'],
  ])('says what is wrong with %s, and changes nothing', async (_what, name, content, message) => {
    await inFolder(async (folder) => {
      const url = await freshDatabase()
      const file = join(folder, name)
      if (content !== undefined) await writeFile(file, content)
      const { code, stderr } = await importFile(url, folder, file)
      expect(code).toBe(1)
      expect(stderr).toContain(message)
      expect(stderr).not.toMatch(/\n {4}at /)
      expect(await count(url, 'contact')).toBe(0)
    })
  })

  it('maps columns by hand, and tells which ones it leaves out', async () => {
    await inFolder(async (folder) => {
      const url = await freshDatabase()
      const file = join(folder, 'crm.csv')
      await writeFile(file, 'Kundenname;Handy privat;Farbe\nAda Alt;+491715550100;blau\n')
      const flags = ['--map', 'Kundenname=displayName', '--map', 'Handy privat=phone:home']
      const { code, stderr } = await importFile(url, folder, file, ...flags)
      expect([code, stderr]).toEqual([0, expect.stringContaining('Farbe')])
      expect(
        await count(url, `contact_point WHERE kind = 'phone' AND label = 'home' AND value = '+491715550100'`),
      ).toBe(1)
    })
  })

  it('never writes rejected rows over a file that is there', async () => {
    await inFolder(async (folder) => {
      const url = await freshDatabase()
      const file = join(folder, 'book.csv')
      const content = 'First Name,Birthday\nAda,1999-02-31\n'
      await writeFile(file, content)
      const { code, stderr } = await importFile(url, folder, file, '--rejected', file)
      expect([code, stderr]).toEqual([1, expect.stringContaining('it is there already')])
      expect(await readFile(file, 'utf8')).toBe(content)
      const full = await importFile(url, folder, file, '--rejected', join(folder, 'no', 'such', 'folder.csv'))
      expect([full.code, full.stderr]).toEqual([1, expect.stringContaining('ENOENT')])
    })
  })

  it('demands source and ground', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'book.csv')
      await copyFile(join(books, 'google-new.csv'), file)
      const bare = await lethe(['import', file], { LETHE_DATA: folder }).done
      expect([bare.code, bare.stderr]).toEqual([1, expect.stringContaining('--source')])
      const groundless = await lethe(['import', file, '--source', 'x', '--ground', 'because'], { LETHE_DATA: folder })
        .done
      expect([groundless.code, groundless.stderr]).toEqual([1, expect.stringContaining('legitimate_interests')])
    })
  })
})

const people = (number: number, more: object = {}) =>
  Array.from({ length: number }, (_, index) =>
    JSON.stringify({
      givenName: 'Ada',
      familyName: `Alt ${index}`,
      emails: [{ address: `ada${index}@example.org` }],
      ...more,
    }),
  ).join('\n')

/** Until the first batch is in. */
async function untilSome(url: string) {
  await withClient(url, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ some: boolean }>('SELECT EXISTS (SELECT FROM contact) AS some')
      if (rows[0]?.some) return
    }
  })
}
