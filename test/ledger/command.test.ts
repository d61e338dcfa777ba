import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { lethe } from '../support/lethe.ts'

let data: string
let url: string
let environment: Record<string, string>
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lethe-ledger-'))
  url = await freshDatabase()
  environment = { ...databaseEnvironment(url), LETHE_DATA: data, LETHE_LEDGER: join(data, 'ledger') }
})
afterAll(() => rm(data, { recursive: true, force: true }))

const run = (args: string[], more: Record<string, string> = {}) => lethe(args, { ...environment, ...more }).done
const list = (more?: Record<string, string>) => run(['user', 'list'], more)
const first = () => join(data, 'ledger', '000000000001.json')

it('tells where the ledger begins, once, and what a copy of the data folder means for it', async () => {
  const started = await list()
  expect(started).toMatchObject({ code: 0 })
  expect(started.stderr).toContain(`The erasure ledger begins, in the folder ${join(data, 'ledger')}.`)
  expect(started.stderr).toContain('LETHE_LEDGER')
  expect(await list()).toMatchObject({ code: 0, stderr: '' })
})

it('shows the ledger, and proves it, also by what was printed earlier', async () => {
  const shown = await run(['ledger', 'show'])
  const [, head = ''] = /^Newest entry: (1 [0-9a-f]{64})$/m.exec(shown.stdout) ?? []
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toMatch(/^1 {2}\S+Z {2}begun$/m)
  const json = await run(['ledger', 'show', '--json'])
  expect(json.stdout).toBe(`${await readFile(first(), 'utf8')}\n`)
  const proven = await run(['ledger', 'verify', '--against', head])
  expect(proven).toMatchObject({ code: 0, stderr: '' })
  expect(proven.stdout).toContain('The erasure ledger is in order.')
  const certificate = join(data, 'certificate.json')
  const payload = Buffer.from(JSON.stringify({ ledger: { sequence: 3, hash: 'a'.repeat(64) } })).toString('base64url')
  await writeFile(certificate, JSON.stringify({ payload, signatures: [] }))
  const behind = await run(['ledger', 'verify', '--alone', '--against', certificate, `1 ${'b'.repeat(64)}`])
  expect(behind.code).toBe(2)
  expect(behind.stdout).toContain(`it lacks entry 3, which ${certificate} knows`)
  expect(behind.stdout).toContain('entry 1): it is not the one that')
  expect(await run(['ledger', 'verify', '--against', join(data, 'nothing')])).toMatchObject({ code: 1 })
})

it('starts nothing when the ledger is gone, another one, or damaged, and says what to do', async () => {
  const refused = async (expected: RegExp, more?: Record<string, string>) => {
    const { code, stderr, stdout } = await list(more)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(expected)
    expect(stderr).toContain('lethe ledger rebuild')
  }
  await refused(/is missing.*entry 1, which the database knows[\s\S]*check LETHE_LEDGER/, {
    LETHE_LEDGER: join(data, 'elsewhere'),
  })
  expect(await readdir(data)).not.toContain('elsewhere')
  const { LETHE_LEDGER: _, ...another } = databaseEnvironment(await freshDatabase())
  await run(['user', 'list'], { ...another, LETHE_LEDGER: join(data, 'another') })
  await refused(/not the one of this installation[\s\S]*LETHE_AUDIT_KEY/, { LETHE_LEDGER: join(data, 'another') })
  const kept = await readFile(first())
  await truncate(first(), 40)
  await refused(/damaged or tampered with \(.*entry 1\)[\s\S]*lethe ledger verify/)
  expect(await run(['ledger', 'verify'])).toMatchObject({ code: 2 })
  await writeFile(first(), kept)
  expect(await list()).toMatchObject({ code: 0 })
})

it('keeps no ledger in the database that it watches over', async () => {
  const { code, stderr } = await list({ LETHE_LEDGER: ownerOf(url) })
  expect(code).toBe(1)
  expect(stderr).toContain('LETHE_LEDGER and DATABASE_URL lead to the same database')
})

it('has another ledger made when it is lost, which puts nothing away for good', async () => {
  expect(await run(['ledger', 'rebuild', '--reason', 'none'])).toMatchObject({ code: 1 })
  await cp(join(data, 'ledger'), join(data, 'copy'), { recursive: true })
  await truncate(first(), 40)
  const rebuilt = await run(['ledger', 'rebuild', '--reason', 'The disk lost a sector'])
  expect(rebuilt).toMatchObject({ code: 0 })
  const [, aside = ''] = /is kept in (\S+)\.$/m.exec(rebuilt.stderr) ?? []
  expect(await readdir(aside)).toEqual(['000000000001.json'])
  expect(await list()).toMatchObject({ code: 0 })
  const { stdout } = await run(['ledger', 'show'])
  expect(stdout).toMatch(/^1 {2}\S+Z {2}rebuilt {2}The disk lost a sector$/m)
  expect(await run(['ledger', 'verify'])).toMatchObject({ code: 0 })
  const operations = await withClient(ownerOf(url), (client) =>
    client.query<{ operation: string }>("SELECT operation FROM system_audit_entry WHERE entity = 'ErasureLedger'"),
  )
  expect(operations.rows).toEqual([{ operation: 'rebuildLedger' }])
  // The former one doesn't count any more.
  expect(await list({ LETHE_LEDGER: join(data, 'copy') })).toMatchObject({ code: 1 })
})
