import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openCopy } from '../../src/backup/master-key.ts'
import { fileName, filesOf } from '../../src/backup/names.ts'
import { restoreKeys } from '../../src/backup/restore.ts'
import type { BackupSettings, KeyBackupSettings } from '../../src/backup/settings.ts'
import { startBackups } from '../../src/backup/worker.ts'
import { openKeys } from '../../src/keys/keys.ts'
import { parseMasterKeys } from '../../src/keys/master-key.ts'
import { fileSource } from '../../src/keys/master-key-file.ts'
import { createLog } from '../../src/log.ts'
import { freshKeystore, pastTheGuards, withClient } from '../support/database.ts'
import { contentsOf, emptyFolder, makePlace, newReader } from './support.ts'

const day = 86_400_000
const idOf = (text: string) => parseMasterKeys(text, 'the test')[0].id

/** An installation whose master key lies in a file, and what its server is told about backups. */
async function office() {
  const folder = await emptyFolder()
  const keystoreUrl = await freshKeystore()
  const masterKeys = fileSource({ data: folder })
  const keys = await openKeys({ url: keystoreUrl, masterKeys, log: createLog('silent', false) })
  onTestFinished(keys.close)
  const place = await makePlace({ keystoreUrl: await freshKeystore() })
  const keyReader = await newReader()
  const backups: BackupSettings = {
    ...{ protection: place.reader.protection, folder: join(folder, 'backups'), every: day, files: true },
    keep: { daily: 2 },
  }
  const keyBackups: KeyBackupSettings = {
    ...{ protection: keyReader.protection, folder: join(folder, 'key-backups'), every: day, keptFor: 7 * day },
    ...{ masterKeyFor: 0, masterKeyCopy: undefined },
  }
  const logged: Record<string, unknown>[] = []
  const log = pino({ base: null }, { write: (line: string) => logged.push(JSON.parse(line)) })
  const work = { ...place, keys, keystoreUrl, masterKeys, backups, keyBackups, log }
  /** A server's worker, until it has said this so many times. */
  const round = async (change: Partial<typeof work>, until: string, times = 1) => {
    const before = logged.length
    const worker = startBackups({ ...work, ...change })
    const heard = () => logged.slice(before).filter(({ msg }) => String(msg).includes(until)).length
    await vi.waitFor(() => expect(heard()).toBe(times), { timeout: 120_000, interval: 20 })
    await worker.close()
  }
  return { ...work, folder, keyReader, logged, round }
}

const said = 'a backup was made'

test('the server makes a backup when none is young enough, opens it, and removes what need not be kept', async () => {
  const { backups, keyBackups, logged, round, restore, url } = await office()
  const old = ['2026-01-01T02:00:00Z', '2026-01-02T02:00:00Z', '2026-01-03T02:00:00Z'].map((text) => new Date(text))
  await round({}, said, 2)
  expect((await filesOf(backups.folder, 'lethe')).length).toBe(1)
  expect((await filesOf(keyBackups.folder, 'lethe-keys')).length).toBe(1)
  const [made] = await filesOf(backups.folder, 'lethe')
  const { url: copy } = await restore(made?.path ?? '')
  expect(await contentsOf(copy)).toEqual(await contentsOf(url))

  // Another server, a moment later, sees that it is made already, and what is old.
  for (const at of old) await writeFile(join(backups.folder, fileName('lethe', at)), '')
  for (const at of old) await writeFile(join(keyBackups.folder, fileName('lethe-keys', at)), '')
  await writeFile(join(backups.folder, 'somebody’s own.age'), '')
  const count = logged.length
  await round({}, 'was removed', 5)
  expect((await filesOf(keyBackups.folder, 'lethe-keys')).length).toBe(1)
  expect(logged.slice(count).filter(({ msg }) => String(msg).includes(said))).toEqual([])
  expect((await filesOf(backups.folder, 'lethe')).map(({ path }) => path)).toEqual([
    made?.path,
    join(backups.folder, 'lethe-20260103T020000Z.age'),
  ])
  expect(await readdir(backups.folder)).toContain('somebody’s own.age')
})

test('a rotated master key has its copy before it is used, and the backups of the key store from before are gone', async () => {
  const { folder, keyBackups, keyReader, keystoreUrl, masterKeys, round, signer } = await office()
  await round({}, said)
  const [before] = await filesOf(keyBackups.folder, 'lethe-keys')
  const earlier = await readFile(join(folder, 'master.key'), 'utf8')
  const saved = join(folder, 'saved.age')
  await writeFile(saved, await readFile(before?.path ?? ''))
  await withClient(keystoreUrl, (client) => client.query("UPDATE master_key SET added_at = now() - interval '30 days'"))
  const masterKeyCopy = join(folder, 'elsewhere', 'master-key.age')
  const rotating = { ...keyBackups, masterKeyFor: 7 * day, masterKeyCopy }
  await rm(before?.path ?? '')
  await writeFile(join(keyBackups.folder, fileName('lethe-keys', new Date(Date.now() - day))), '')
  await round({ keyBackups: rotating }, 'was removed')

  const now = await readFile(join(folder, 'master.key'), 'utf8')
  expect(idOf(now)).not.toBe(idOf(earlier))
  expect(await openCopy(masterKeyCopy, keyReader.opening)).toEqual(parseMasterKeys(now, 'the test'))
  const [newest, ...others] = await filesOf(keyBackups.folder, 'lethe-keys')
  expect(others).toEqual([])

  // One from before opens nothing with the master key of today; the new one does.
  for (const [path, opens] of [
    [saved, false],
    [newest?.path ?? '', true],
  ] as const) {
    const url = await freshKeystore()
    const restored = await restoreKeys(
      { path, opening: keyReader.opening, verifiers: [signer] },
      { keystoreUrl: url, onProgress: () => undefined },
    )
    expect(restored.masterKeys).toEqual([idOf(opens ? now : earlier)])
    const opening = openKeys({ url, masterKeys, log: createLog('silent', false) })
    if (opens) await (await opening).close()
    else await expect(opening).rejects.toThrow(/are wrapped by the master key/)
  }
})

test('a backup that fails is told of, keeps no other from being made, nor what is over from being removed', async () => {
  const { backups, keyBackups, folder, logged, round } = await office()
  const over = ['2026-01-01T02:00:00Z', '2026-01-02T02:00:00Z'].map((text) => new Date(text))
  await mkdir(backups.folder)
  for (const at of over) await writeFile(join(backups.folder, fileName('lethe', at)), '')
  const nowhere = join(folder, 'master.key', 'in-a-file')
  await round(
    { keyBackups: { ...keyBackups, folder: nowhere }, backups: { ...backups, keep: { daily: 1 } } },
    'removed',
    2,
  )
  const failures = logged.filter(({ msg }) => String(msg).includes('tried again in an hour')).map(({ what }) => what)
  expect(failures).toEqual(['backup of the key store', 'removal of backups of the key store'])
  expect((await filesOf(backups.folder, 'lethe')).length).toBe(1)

  await round({ backups: { ...backups, protection: undefined } }, 'no backups are made')
})

test('one that can not be opened again gets no name, and is told of', async () => {
  const { backups, keys, keystoreUrl, logged, round, url } = await office()
  const id = randomUUID()
  await keys.create([id])
  await pastTheGuards(
    url,
    `INSERT INTO contact (contact_id, display_name, family_name, source, source_at) VALUES ($1, 'a', 'a', 'test', now())`,
    [id],
  )
  // As if the disk gave back something else than what was written.
  const open = () => {
    throw new Error('the value was altered')
  }
  const find: typeof keys.find = async (ids) => {
    const found = new Map(await keys.find(ids))
    for (const [contactId, key] of found) if (key !== 'destroyed') found.set(contactId, { ...key, open })
    return found
  }
  await round({ keystoreUrl, keys: { ...keys, find } }, 'the backup failed')
  expect(logged.filter(({ what }) => what === 'backup of the database').length).toBe(1)
  expect(await readdir(backups.folder)).toEqual([])
})

test('a clock that was wrong once keeps no backup from being made, and none of keys', async () => {
  const { backups, keyBackups, round } = await office()
  const toCome = new Date(Date.now() + 3650 * day)
  for (const { folder } of [backups, keyBackups]) await mkdir(folder)
  await writeFile(join(backups.folder, fileName('lethe', toCome)), '')
  await writeFile(join(keyBackups.folder, fileName('lethe-keys', toCome)), '')
  await round({}, said, 2)
  expect((await filesOf(backups.folder, 'lethe')).length).toBe(2)
  await expect.poll(() => filesOf(keyBackups.folder, 'lethe-keys')).toHaveLength(1)
  expect((await filesOf(keyBackups.folder, 'lethe-keys'))[0]?.at.getTime()).toBeLessThan(toCome.getTime())
})

test('of two servers on one database, one makes what is due', async () => {
  const { backups, keyBackups, logged, round, ...work } = await office()
  const other = startBackups({ ...work, backups, keyBackups })
  await round({}, said, 2)
  await other.close()
  expect((await filesOf(backups.folder, 'lethe')).length).toBe(1)
  expect((await filesOf(keyBackups.folder, 'lethe-keys')).length).toBe(1)
})
