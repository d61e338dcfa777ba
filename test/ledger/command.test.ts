import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises'
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

it('tells where the ledger begins, shows and proves it, starts nothing without it, and makes another one when it is lost', async () => {
  const started = await list()
  expect(started).toMatchObject({ code: 0 })
  expect(started.stderr).toContain(`The erasure ledger begins, in the folder ${join(data, 'ledger')}.`)
  expect(started.stderr).toContain('LETHE_LEDGER')

  const shown = await run(['ledger', 'show'])
  const [, head = ''] = /^Newest entry: (1 [0-9a-f]{64})$/m.exec(shown.stdout) ?? []
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toMatch(/^1 {2}\S+Z {2}begun$/m)
  const proven = await run(['ledger', 'verify', '--against', head])
  expect(proven).toMatchObject({ code: 0, stderr: '' })
  expect(proven.stdout).toContain('The erasure ledger is in order.')

  await truncate(first(), 40)
  const refused = await list()
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toMatch(
    /damaged or tampered with \(.*entry 1\)[\s\S]*lethe ledger verify[\s\S]*lethe ledger rebuild/,
  )
  expect(await run(['ledger', 'verify', '--alone'])).toMatchObject({ code: 2 })

  const rebuilt = await run(['ledger', 'rebuild', '--reason', 'The disk lost a sector'])
  expect(rebuilt).toMatchObject({ code: 0 })
  const [, aside = ''] = /is kept in (\S+)\.$/m.exec(rebuilt.stderr) ?? []
  expect(await readdir(aside)).toEqual(['000000000001.json'])
  const again = await run(['ledger', 'rebuild', '--reason', 'none'])
  expect(again).toMatchObject({ code: 1, stderr: 'The erasure ledger is in order: there is nothing to rebuild.\n' })
  const { stdout } = await run(['ledger', 'show'])
  expect(stdout).toMatch(/^1 {2}\S+Z {2}rebuilt {2}The disk lost a sector$/m)
  const operations = await withClient(ownerOf(url), (client) =>
    client.query<{ operation: string }>("SELECT operation FROM system_audit_entry WHERE entity = 'ErasureLedger'"),
  )
  expect(operations.rows).toEqual([{ operation: 'rebuildLedger' }])
})
