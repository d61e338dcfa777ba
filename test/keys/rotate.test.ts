import { randomUUID } from 'node:crypto'
import { chown, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Keys } from '../../src/keys/keys.ts'
import { masterKey, parseMasterKeys } from '../../src/keys/master-key.ts'
import { fileSource } from '../../src/keys/master-key-file.ts'
import { rotateMasterKey } from '../../src/keys/rotate.ts'
import { wrap } from '../../src/keys/wrap.ts'
import { freshDatabase, freshKeystore, withClient } from '../support/database.ts'
import { inFolder, lethe } from '../support/lethe.ts'
import { keyOf, masterKeyText, openTestKeys, openText, sealText, sourceOf } from './support.ts'

const idOf = (text: string) => parseMasterKeys(text, 'the test')[0].id
const quietly = { keep: false, onProgress: () => undefined }

/** How many keys each master key wraps. */
const wrappedBy = (url: string) =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ id: string; count: number }>(
      `SELECT m.id, count(k)::int FROM master_key m LEFT JOIN contact_key k ON k.master_key = m.id GROUP BY m.id`,
    )
    return Object.fromEntries(rows.map(({ id, count }) => [id, count]))
  })

/** How many statements wait for a lock. */
const waitingFor = (url: string) =>
  withClient(url, async (client) => {
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    return rowCount
  })

/** Makes keys, and a sealed value for each. */
async function sealSome(keys: Keys, count: number) {
  const ids = Array.from({ length: count }, () => randomUUID())
  await keys.create(ids)
  const found = await keys.find(ids)
  return ids.map((id) => {
    const key = found.get(id)
    if (!key || key === 'destroyed') throw new Error('there is no key')
    return { id, sealed: sealText(key, id) }
  })
}

async function expectOpen(keys: Keys, values: readonly { id: string; sealed: Uint8Array }[]) {
  const found = await keys.find(values.map(({ id }) => id))
  for (const { id, sealed } of values) {
    const key = found.get(id)
    expect(key && key !== 'destroyed' && openText(key, sealed)).toBe(id)
  }
}

test('a rotation that is killed again and again comes to its end, while keys are made, used and destroyed', () =>
  inFolder(async (data) => {
    const [database, url] = await Promise.all([freshDatabase(), freshKeystore()])
    const file = join(data, 'master.key')
    const keys = await openTestKeys(url, fileSource({ data }))
    const original = await readFile(file, 'utf8')
    const values = await sealSome(keys, 6000)
    const rotate = () => lethe(['keys', 'rotate'], { LETHE_DATA: data, DATABASE_URL: database, KEYSTORE_URL: url })

    // Meanwhile somebody works: each contact gets a key, a value, and is read from another process; some are erased.
    let working = true
    const erased: string[] = []
    const other = await openTestKeys(url, fileSource({ data }))
    const work = (async () => {
      while (working) {
        const [kept, gone] = await sealSome(keys, 2)
        if (!kept || !gone) throw new Error('nothing was made')
        await expectOpen(other, [kept])
        await other.destroy([gone.id])
        values.push(kept)
        erased.push(gone.id)
      }
    })()

    const lines = async () => (await readFile(file, 'utf8')).trim().split('\n')
    const progress = async () => {
      const [next = ''] = await lines()
      return (await wrappedBy(url))[idOf(next)] ?? 0
    }
    const moments: (() => Promise<boolean>)[] = [
      async () => (await lines()).length === 2,
      async () => Object.keys(await wrappedBy(url)).length === 2,
      async () => (await progress()) > 500,
      async () => (await progress()) > 3000,
    ]
    for (const moment of moments) {
      const run = rotate()
      while (run.child.exitCode === null && !(await moment())) await new Promise(setImmediate)
      run.child.kill('SIGKILL')
      expect(await run.done).toMatchObject({ signal: 'SIGKILL' })
      await expectOpen(keys, values.slice(-50))
    }
    const before = await lines()
    expect(before).toHaveLength(2)
    const { code, stderr } = await rotate().done
    working = false
    await work
    await other.close()

    const [current = '', ...more] = await lines()
    expect(more).toEqual([])
    expect(current).toBe(before[0])
    expect(original).not.toMatch(current)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(code).toBe(0)
    expect(stderr).toMatch(
      `The rotation that had been begun is done: all keys are wrapped by the master key ${idOf(current)}`,
    )
    expect(stderr).toMatch(`The earlier one, ${idOf(original)}, was taken out`)
    expect(await wrappedBy(url)).toEqual({ [idOf(current)]: values.length + 1 })

    const later = await openTestKeys(url, fileSource({ data }))
    for (const process of [keys, later]) {
      await expectOpen(process, values)
      const found = await process.find(erased)
      expect(erased.map((id) => found.get(id))).toEqual(erased.map(() => 'destroyed'))
    }
    await Promise.all([keys.close(), later.close()])
    await expect(openTestKeys(url, sourceOf(original))).rejects.toThrow(`wrapped by the master key ${idOf(current)}`)
  }))

test('each rotation makes a new key; --keep leaves the earlier ones in the file', () =>
  inFolder(async (data) => {
    const url = await freshKeystore()
    const keys = await openTestKeys(url, fileSource({ data }))
    const values = await sealSome(keys, 5)
    const source = fileSource({ data })
    const first = (await source.read())?.[0].id
    const second = await rotateMasterKey({ ...quietly, url, source, keep: true })
    const third = await rotateMasterKey({ ...quietly, url, source, keep: true })
    expect((await source.read())?.map(({ id }) => id)).toEqual([third.current, second.current, first])
    expect([second, third].map(({ prepared }) => prepared)).toEqual([false, false])
    const fourth = await rotateMasterKey({ ...quietly, url, source })
    expect((await source.read())?.map(({ id }) => id)).toEqual([fourth.current])
    expect(fourth).toMatchObject({
      rewrapped: 6,
      retired: { ids: [third.current, second.current, first], removed: true },
    })
    await expectOpen(keys, values)
    await keys.close()
  }))

test('master keys that are not ours to write: the operator gives a new one to every process, then it becomes the current one', async () => {
  const url = await freshKeystore()
  const [old, fresh] = [masterKeyText(), masterKeyText()]
  const [mine, theirs] = [sourceOf(old), sourceOf(old)]
  const keys = await openTestKeys(url, theirs)
  const values = await sealSome(keys, 5)
  await expect(rotateMasterKey({ ...quietly, url, source: mine })).rejects.toThrow('put a new one in front of it')

  mine.texts.unshift(fresh)
  await expect(rotateMasterKey({ ...quietly, url, source: mine, patience: 200 })).rejects.toThrow(
    `1 running process does not have the new master key ${idOf(fresh)}`,
  )
  values.push(...(await sealSome(keys, 5)))
  expect(await wrappedBy(url)).toEqual({ [idOf(old)]: 11 })

  // A process that was restarted has both, in whichever order, and wraps by the one that is current.
  const restarted = await openTestKeys(url, sourceOf(fresh, old))
  values.push(...(await sealSome(restarted, 5)))
  await restarted.close()
  expect(await wrappedBy(url)).toEqual({ [idOf(old)]: 16 })

  theirs.texts.push(fresh)
  const rotation = await rotateMasterKey({ ...quietly, url, source: mine })
  expect(rotation).toMatchObject({ current: idOf(fresh), rewrapped: 16, retired: { ids: [idOf(old)], removed: false } })
  values.push(...(await sealSome(keys, 5)))
  expect(await wrappedBy(url)).toEqual({ [idOf(fresh)]: 21 })
  await expectOpen(keys, values)
  await keys.close()
})

test('a master key that was announced, and wraps nothing, is missed by nobody', async () => {
  const url = await freshKeystore()
  const [old, lost] = [masterKeyText(), masterKeyText()]
  const announce = () => withClient(url, (client) => client.query('INSERT INTO master_key VALUES ($1)', [idOf(lost)]))
  const values = await (async () => {
    const keys = await openTestKeys(url, sourceOf(old))
    const made = await sealSome(keys, 2)
    await keys.close()
    return made
  })()
  await announce() // A rotation was killed, and its new key is gone.
  const keys = await openTestKeys(url, sourceOf(old))
  await expectOpen(keys, values)
  await keys.close()
  await expect(rotateMasterKey({ ...quietly, url, source: sourceOf(old) })).rejects.toThrow('put a new one in front')
  expect(await wrappedBy(url)).toEqual({ [idOf(old)]: 3 })
  // With another new one, it is rotated as if nothing had been.
  await announce()
  const fresh = masterKeyText()
  expect(await rotateMasterKey({ ...quietly, url, source: sourceOf(fresh, old) })).toMatchObject({ rewrapped: 3 })
  expect(await wrappedBy(url)).toEqual({ [idOf(fresh)]: 3 })
  // One that wraps anything is missed.
  await announce()
  await withClient(url, (client) =>
    client.query('UPDATE contact_key SET master_key = $1 WHERE contact_id = $2', [idOf(lost), values[0]?.id]),
  )
  await expect(openTestKeys(url, sourceOf(fresh))).rejects.toThrow(`wrapped by the master key ${idOf(lost)}, but`)
})

test('a rotation that waits says for what; interrupted, it leaves all as it was', () =>
  inFolder(async (data) => {
    const [database, url] = await Promise.all([freshDatabase(), freshKeystore()])
    const [old, fresh] = [masterKeyText(), masterKeyText()]
    const keys = await openTestKeys(url, sourceOf(old))
    const values = await sealSome(keys, 2)
    const settings = { LETHE_DATA: data, DATABASE_URL: database, KEYSTORE_URL: url }
    const run = lethe(['keys', 'rotate'], { ...settings, LETHE_MASTER_KEY: `${fresh} ${old}` })
    await run.says(/Waiting until every running process has the new master key .*; so far 1 without it/)
    expect(await wrappedBy(url)).toEqual({ [idOf(old)]: 3, [idOf(fresh)]: 0 })
    run.child.kill('SIGINT')
    const { code, stderr } = await run.done
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('Interrupted, and nothing was rotated: 1 running process'),
    ])
    expect(await wrappedBy(url)).toEqual({ [idOf(old)]: 3 })
    const later = await openTestKeys(url, sourceOf(old))
    await expectOpen(later, values)
    await Promise.all([keys.close(), later.close()])
  }))

test('a rotation that is interrupted while it wraps stops there, and goes on when it is called again', async () => {
  const url = await freshKeystore()
  const [old, fresh] = [masterKeyText(), masterKeyText()]
  const keys = await openTestKeys(url, sourceOf(old, fresh))
  const values = await sealSome(keys, 1500)
  const interruption = new AbortController()
  const source = sourceOf(fresh, old)
  const onProgress = () => interruption.abort()
  await expect(rotateMasterKey({ url, source, keep: false, onProgress, signal: interruption.signal })).rejects.toThrow(
    'Interrupted. Run this again',
  )
  expect(await wrappedBy(url)).toEqual({ [idOf(old)]: 501, [idOf(fresh)]: 1000 })
  expect(await rotateMasterKey({ ...quietly, url, source })).toMatchObject({ rewrapped: 501, prepared: true })
  await expectOpen(keys, values.slice(0, 100))
  await keys.close()
})

test.runIf(process.getuid?.() === 0)('a rotation by root leaves the file to whom it belongs', () =>
  inFolder(async (data) => {
    const url = await freshKeystore()
    const [source, file] = [fileSource({ data }), join(data, 'master.key')]
    await chown(data, 1234, 2345)
    await (await openTestKeys(url, source)).close()
    const ownerOf = async () => {
      const { uid, gid, mode } = await stat(file)
      return [uid, gid, mode & 0o777]
    }
    // Made by root in another's folder, it is theirs: root would keep them from starting.
    expect(await ownerOf()).toEqual([1234, 2345, 0o600])
    await chown(file, 3456, 4567)
    await rotateMasterKey({ ...quietly, url, source })
    expect(await ownerOf()).toEqual([3456, 4567, 0o600])
  }),
)

test('a key that a process wraps by the earlier master key at the last moment is not lost', async () => {
  const url = await freshKeystore()
  const [old, fresh] = [masterKeyText(), masterKeyText()]
  const keys = await openTestKeys(url, sourceOf(old, fresh))
  const [value] = await sealSome(keys, 1)
  const late = randomUUID()
  await withClient(url, async (client) => {
    // In a transaction that began before the rotation and outlives it nearly.
    await client.query('BEGIN')
    await client.query('INSERT INTO contact_key (contact_id, wrapped, master_key) VALUES ($1, $2, $3)', [
      late,
      wrap(masterKey(Buffer.from(old, 'base64')), late, Buffer.alloc(32, 1)),
      idOf(old),
    ])
    const rotation = rotateMasterKey({ ...quietly, url, source: sourceOf(fresh, old) })
    await expect.poll(() => waitingFor(url)).toBe(1)
    await client.query('COMMIT')
    expect(await rotation).toMatchObject({ rewrapped: 3 })
  })
  expect(await wrappedBy(url)).toEqual({ [idOf(fresh)]: 3 })
  await keys.close()
  const later = await openTestKeys(url, sourceOf(fresh))
  expect(sealText(await keyOf(later, late), 'hello')).toBeDefined()
  if (value) await expectOpen(later, [value])
  await later.close()
})

test('a key that is destroyed while it would be wrapped anew stays destroyed', async () => {
  const url = await freshKeystore()
  const [old, fresh] = [masterKeyText(), masterKeyText()]
  const keys = await openTestKeys(url, sourceOf(old, fresh))
  const [gone, kept] = await sealSome(keys, 2)
  await withClient(url, async (client) => {
    // A rotation was interrupted when its key had become the current one …
    await client.query('INSERT INTO master_key VALUES ($1)', [idOf(fresh)])
    await client.query('UPDATE keystore_state SET current_master_key = $1', [idOf(fresh)])
    // … and goes on while a destruction has not committed yet.
    await client.query('BEGIN; UPDATE keystore_state SET destructions = destructions + 1')
    await client.query(
      `UPDATE contact_key SET wrapped = NULL, master_key = NULL, destruction = 1, destroyed_at = now() WHERE contact_id = $1`,
      [gone?.id],
    )
    const rotation = rotateMasterKey({ ...quietly, url, source: sourceOf(fresh, old) })
    await expect.poll(() => waitingFor(url)).toBe(1)
    await client.query('COMMIT; NOTIFY lethe_keys')
    expect(await rotation).toMatchObject({ rewrapped: 2 })
  })
  await expect.poll(async () => (await keys.find([gone?.id ?? ''])).get(gone?.id ?? '')).toBe('destroyed')
  if (kept) await expectOpen(keys, [kept])
  await keys.close()
})

test('of two rotations at once, one is refused', async () => {
  const url = await freshKeystore()
  const [old, fresh] = [masterKeyText(), masterKeyText()]
  await (await openTestKeys(url, sourceOf(old))).close()
  const second = Promise.withResolvers<unknown>()
  const source = sourceOf(fresh, old)
  const first = rotateMasterKey({
    ...quietly,
    url,
    source: {
      ...source,
      read: async () => {
        rotateMasterKey({ ...quietly, url, source }).then(second.resolve, second.resolve)
        expect(String(await second.promise)).toMatch('being rotated by another process')
        return source.read()
      },
    },
  })
  expect(await first).toMatchObject({ current: idOf(fresh) })
})

test('a rotation stops at a key that can not be unwrapped, and loses nothing', async () => {
  const url = await freshKeystore()
  const [old, fresh] = [masterKeyText(), masterKeyText()]
  const keys = await openTestKeys(url, sourceOf(old, fresh))
  const values = await sealSome(keys, 3)
  const [damaged, ...sound] = values
  await withClient(url, (client) =>
    client.query(
      `UPDATE contact_key SET wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1) WHERE contact_id = $1`,
      [damaged?.id],
    ),
  )
  await expect(rotateMasterKey({ ...quietly, url, source: sourceOf(fresh, old) })).rejects.toThrow(
    `The key of ${damaged?.id} can't be unwrapped`,
  )
  await keys.close()
  const later = await openTestKeys(url, sourceOf(old, fresh))
  await expectOpen(later, sound)
  await later.close()
})
