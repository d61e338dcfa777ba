import { chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createLog } from '../../src/log.ts'
import { openOutside } from '../../src/modules/audit/checkpoint/outside.ts'
import { freshDatabase, withClient } from '../support/database.ts'
import { copyOf, errorsOf, grow, latestOf } from './epochs-support.ts'
import { machine, writeEntries } from './support.ts'

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

  test.runIf(process.getuid?.() === 0)(
    'that root writes beside another user belong to that one, as does the key',
    async () => {
      const [one, url] = [await machine(), await freshDatabase()]
      await chown(one.data, 1234, 2345)
      await grow(one, url, 1)
      const [day = ''] = await readdir(join(one.folder, 'history'))
      const written = ['../audit.key', '.', 'verifier', 'latest', 'history', `history/${day}`]
      for (const name of written) {
        const { uid, gid } = await stat(join(one.folder, name))
        expect([name, uid, gid]).toEqual([name, 1234, 2345])
      }
      await chown(join(one.folder, 'latest'), 3456, 4567)
      await grow(one, url, 1)
      expect(await stat(join(one.folder, 'latest'))).toMatchObject({ uid: 3456, gid: 4567 })
    },
  )

  test('keep the last checkpoint of every run, and of an epoch that is over', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    const lost: string[] = []
    await grow(one, url, 5)
    const backup = await copyOf(url)
    for (const count of [3, 1]) {
      await grow(one, url, count)
      lost.push(await latestOf(one))
    }
    // The last one of those, as if the process had been killed before it could note it.
    const [day = ''] = await readdir(join(one.folder, 'history'))
    const path = join(one.folder, 'history', day)
    await writeFile(path, (await readFile(path, 'utf8')).replace(lost[1] ?? '', ''))
    expect(await grow(one, backup, 1)).toMatchObject({ epoch: 2 })
    const history = await readFile(path, 'utf8')
    for (const note of lost) expect(history).toContain(note)
  })

  test('are in the history at the end, also when the latest was written before', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    const sequencer = await one.start(url)
    for (let round = 0; round < 2; round++) {
      const ids = await withClient(url, (client) => writeEntries(client))
      expect(await sequencer.integration.integrated(ids)).toBe(true)
      await expect
        .poll(async () => (await latestOf(one).catch(() => '')).split('\n')[1])
        .toBe(String(sequencer.state().size))
    }
    await sequencer.close()
    const [day = ''] = await readdir(join(one.folder, 'history'))
    expect(await readFile(join(one.folder, 'history', day), 'utf8')).toContain(await latestOf(one))
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
    const write = () => withClient(url, (client) => writeEntries(client))
    for (const round of [1, 2]) {
      await rm(one.folder, { recursive: true })
      await writeFile(one.folder, 'in the way')
      expect(await sequencer.integration.integrated(await write())).toBe(true)
      await expect.poll(() => sequencer.state().outsideFault, { timeout: 10_000 }).toBeTruthy()
      expect(errorsOf(one).filter(({ msg }) => String(msg).startsWith('no copy'))).toHaveLength(round)
      await rm(one.folder)
      await mkdir(one.folder)
      await expect.poll(() => sequencer.state().outsideFault, { timeout: 10_000 }).toBeUndefined()
      expect((await latestOf(one)).split('\n')[1]).toBe(String(sequencer.state().size))
    }
  })
})
