import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { createContact } from '../../src/modules/contacts/create.ts'
import { erase, within } from './history.ts'

const run = promisify(execFile)

// The embedded server, key store, files, keys and secrets: all that somebody copies who copies the data folder.

it('a copy of the data folder, put back, brings nobody back, as long as the ledger is elsewhere', async () => {
  const place = await mkdtemp(join(tmpdir(), 'lethe-folder-'))
  const [data, copy] = [join(place, 'data'), join(place, 'copy')]
  const settings = { LETHE_DATA: data, LETHE_LEDGER: join(place, 'ledger'), PORT: '0' }
  const config = readConfig(settings)
  try {
    const [erased, kept] = await within(config, async (context) => [
      await createContact(context, { givenName: 'Ida' }, {}),
      await createContact(context, { givenName: 'Eva' }, {}),
    ])
    await run('cp', ['-a', data, copy])
    await within(config, (context) => erase(context, erased ?? ''))
    await rm(data, { recursive: true })
    await run('cp', ['-a', copy, data])
    await within(config, async ({ database, keys }) => {
      expect(await database.contact.findMany({ select: { id: true } })).toEqual([{ id: kept }])
      expect((await keys.find([erased ?? ''])).get(erased ?? '')).toBe('destroyed')
    })
    // The newest entry is known by now, so the ledger of then is refused, wherever it comes from.
    await rm(join(place, 'ledger', '000000000002.json'))
    await expect(within(config, async () => undefined)).rejects.toThrow('older than what it watches over')
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}, 120_000)
