import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { withOwnCopy } from '../../src/ledger/own-copy.ts'
import { createContact } from '../../src/modules/contacts/create.ts'
import { lethe } from '../support/lethe.ts'
import { erase, within } from './history.ts'
import { signer } from './support.ts'

const run = promisify(execFile)

// The embedded server, key store, files, keys and secrets: all that somebody copies who copies the data folder.

it.each([
  ['as long as the ledger is elsewhere', 'ledger'],
  ['nor where nobody said where the ledger is to be: there is another one outside', undefined],
])(
  'a copy of the data folder, put back, brings nobody back, %s',
  async (_, elsewhere) => {
    const place = await mkdtemp(join(tmpdir(), 'lethe-folder-'))
    const [data, copy] = [join(place, 'data'), join(place, 'copy')]
    const settings = { LETHE_DATA: data, ...(elsewhere && { LETHE_LEDGER: join(place, elsewhere) }), PORT: '0' }
    const config = readConfig(settings)
    try {
      const [erased, kept] = await within(config, async (context) => [
        await createContact(context, { givenName: 'Ida' }, {}),
        await createContact(context, { givenName: 'Eva' }, {}),
      ])
      await run('cp', ['-a', data, copy])
      const another = join(place, 'state of somebody else')
      if (!elsewhere) await run('cp', ['-a', process.env['XDG_STATE_HOME'] ?? '', another])
      await within(config, (context) => erase(context, erased ?? ''))
      // Whose second place is only behind is told of no fault.
      const asked = { ...settings, XDG_STATE_HOME: another }
      expect(await lethe(['ledger', 'verify', '--alone'], asked).done).toMatchObject({ code: 0 })
      await rm(data, { recursive: true })
      await run('cp', ['-a', copy, data])
      await within(config, async ({ database, keys }) => {
        expect(await database.contact.findMany({ select: { id: true } })).toEqual([{ id: kept }])
        expect((await keys.find([erased ?? ''])).get(erased ?? '')).toBe('destroyed')
      })
      // The newest entry is known by now, so the ledger of then is refused, wherever it comes from.
      for (const folder of elsewhere ? [join(place, elsewhere)] : [join(data, 'ledger'), await ownCopyOf(data)])
        await rm(join(folder, '000000000002.json'))
      await expect(within(config, async () => undefined)).rejects.toThrow('older than what it watches over')
    } finally {
      await rm(place, { recursive: true, force: true })
    }
  },
  120_000,
)

/** Where it is kept besides, of this data folder. */
async function ownCopyOf(data: string): Promise<string> {
  const ledgers = join(process.env['XDG_STATE_HOME'] ?? '', 'lethe', 'ledgers')
  const name = data
    .split(/[^A-Za-z0-9]+/)
    .slice(-2)
    .join('-')
    .toLowerCase()
  const [own, ...others] = (await readdir(ledgers)).filter((folder) => folder.includes(name))
  if (!own || others.length > 0) throw new Error(`there is not one for ${name}`)
  return join(ledgers, own)
}

it('a copy of the data folder that is run elsewhere has a ledger of its own, and where none can be made it goes without', async () => {
  const data = await mkdtemp(join(tmpdir(), 'lethe-own-'))
  const ledger = [{ kind: 'folder', path: join(data, 'ledger') }] as const
  const own = await withOwnCopy({ ledger, data, copiesLedger: true }, signer)
  const another = await mkdtemp(join(tmpdir(), 'lethe-own-'))
  const elsewhere = await withOwnCopy(
    { ledger: [{ kind: 'folder', path: join(another, 'l') }], data: another, copiesLedger: true },
    signer,
  )
  expect(own).toMatchObject([...ledger, { kind: 'folder' }])
  expect(elsewhere).toHaveLength(2)
  expect(elsewhere[1]).not.toEqual(own[1])
  // Its user has a home where nothing can be made.
  const state = process.env['XDG_STATE_HOME']
  process.env['XDG_STATE_HOME'] = '/dev/null/nowhere'
  try {
    const lines: string[] = []
    const log = pino({}, { write: (line: string) => lines.push(line) })
    expect(await withOwnCopy({ ledger, data, copiesLedger: true }, signer, log)).toEqual(ledger)
    expect(lines.join()).toContain('the erasure ledger has no copy outside of the data folder')
  } finally {
    process.env['XDG_STATE_HOME'] = state
  }
})
