import { randomUUID } from 'node:crypto'
import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileName, filesOf, removeDrafts } from '../../src/backup/names.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'
import { contentsOf, emptyFolder, makePlace, runProcess, structureOf } from './support.ts'

async function placeWithContacts() {
  const place = await makePlace()
  const ids = Array.from({ length: 300 }, () => randomUUID())
  await place.keys.create(ids)
  await withClient(ownerOf(place.url), async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    await client.query(
      `INSERT INTO contact (contact_id, display_name, family_name, source, source_at)
       SELECT id, 'somebody', md5(id::text), 'test', now() FROM unnest($1::uuid[]) AS given (id)`,
      [ids],
    )
  })
  return place
}

/** Steps at which a process is killed: the first and the last, and some between. */
const someOf = (steps: number) => [1, ...[0.3, 0.5, 0.7, 0.9].map((part) => Math.ceil(part * steps)), steps]

test('a backup that is killed, at whatever step, leaves no archive, or a whole one', async () => {
  const place = await placeWithContacts()
  const folder = await emptyFolder()
  const storage = join(folder, 'storage')
  const work = { url: place.url, storage, restoring: false }
  const { steps } = await runProcess(place, { ...work, path: join(folder, fileName('lethe', new Date(0))) })
  const before = await contentsOf(place.url)
  for (const [index, dieAt] of someOf(steps).entries()) {
    const path = join(folder, fileName('lethe', new Date(60_000 * (index + 1))))
    expect(await runProcess(place, { ...work, path, dieAt })).toMatchObject({ signal: 'SIGKILL' })
  }
  const kept = await filesOf(folder, 'lethe')
  expect(kept.length).toBeGreaterThan(0)
  for (const { path } of kept) {
    const { url } = await place.restore(path)
    expect(await contentsOf(url)).toEqual(before)
  }
  // What isn't whole goes after a day.
  const drafts = (await readdir(folder)).filter((name) => /\.age\./.test(name))
  expect(drafts.length).toBeGreaterThan(0)
  for (const name of drafts) await utimes(join(folder, name), new Date(0), new Date(0))
  await removeDrafts(folder, 'lethe')
  expect((await readdir(folder)).filter((name) => /\.age\./.test(name))).toEqual([])
})

test('a restore that is killed, at whatever step, leaves all of it or nothing, and can be begun again', async () => {
  const place = await placeWithContacts()
  const folder = await emptyFolder()
  const storage = join(folder, 'storage')
  const path = join(folder, 'backup.age')
  await place.backUp(path, false)
  const whole = await contentsOf(place.url)
  const url = ownerOf(await freshDatabase())
  const [empty, structure] = [await contentsOf(url), await structureOf(url)]
  const { steps } = await runProcess(place, { path, url: ownerOf(await freshDatabase()), storage, restoring: true })
  let survived = 0
  // The last but one is the commit.
  for (const dieAt of [...someOf(steps).slice(0, -1), steps - 1, steps]) {
    const run = await runProcess(place, { path, url, storage, restoring: true, dieAt })
    expect(run).toMatchObject({ signal: 'SIGKILL' })
    const found = await contentsOf(url)
    expect(await structureOf(url)).toEqual(structure)
    if (found['contact'] === whole['contact']) expect(found).toEqual(whole)
    else expect(found).toEqual(empty)
    if (found['contact'] === whole['contact']) return expect(survived).toBeGreaterThan(1)
    survived++
  }
  expect(await structureOf(url)).toEqual(structure)
  await place.restore(path, { url })
  expect(await contentsOf(url)).toEqual(whole)
  expect(await structureOf(url)).toEqual(structure)
})
