import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidOf } from '../../src/graphql/ids.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { jsonIn, type Office, openOffice, textOfPdf, unzip } from './support.ts'

const secret = 'the same for all processes of this installation'
const records = 10_000
// Of the process that reads and packs; it begins with about 220, and Node is in no hurry to give memory back.
const mostMegabytes = 520

let office: Office
let contact: string
const running = new Set<ChildProcess>()

beforeAll(async () => {
  office = await openOffice({ config: { secret } })
  contact = await office.contact({ givenName: 'Ida' })
  await withClient(ownerOf(office.config.databaseUrl ?? ''), async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    await client.query(
      `INSERT INTO webhook_attempt (contact_id, id, delivery_id, at, status, duration)
       SELECT $1, md5('id' || n)::uuid, md5('delivery' || n)::uuid, now(), 200, n FROM generate_series(1, $2::int) AS n`,
      [office.uuid(contact), records],
    )
  })
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await office.close()
})

/** A process that makes packages. */
async function start(): Promise<ChildProcess> {
  const child = fork(new URL('./packaging-process.ts', import.meta.url), {
    env: {
      PATH: process.env['PATH'],
      ...databaseEnvironment(office.config.databaseUrl ?? ''),
      LETHE_DATA: office.config.data,
      LETHE_SECRET: secret,
    },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  await once(child, 'message')
  return child
}

test('ten thousand records go in by bounded memory, with progress; who is killed in the middle leaves nothing, and another one does it', async () => {
  const doomed = await start()
  const id = await office.order(contact)
  const where = { id: uuidOf('AccessPackage', id) }
  const workOf = () => office.database.accessPackageWork.findFirst({ where })
  await expect.poll(async () => (await workOf())?.building, { timeout: 60_000 }).toBe(true)
  // It has read everything by then, and writes.
  await expect.poll(async () => (await workOf())?.recordsDone ?? 0, { timeout: 60_000 }).toBeGreaterThan(1000)
  expect((await workOf())?.recordsTotal).toBeGreaterThan(records)
  doomed.kill('SIGKILL')
  await once(doomed, 'exit')

  // As if the lease had run out.
  await office.database.accessPackageWork.updateMany({ where, data: { dueAt: new Date(0) } })
  const steady = await start()
  const stateOf = async () => (await office.database.accessPackage.findFirstOrThrow({ where })).state
  await expect.poll(stateOf, { timeout: 170_000, interval: 250 }).toBe('ready')
  const told = once(steady, 'message')
  steady.send('stop')
  const [{ megabytes }] = await told
  expect(megabytes).toBeLessThan(mostMegabytes)

  const files = await unzip(await office.contentsOf(id))
  expect(jsonIn(files, 'data.json').data.webhookAttempt.length).toBe(records)
  const reports = [...files.keys()].filter((path) => /^report.*pdf$/.test(path))
  expect(reports.length).toBeGreaterThan(1)
  expect(await textOfPdf(files.get(reports.at(-1) ?? '') ?? Buffer.of())).toContain(`${records}`)
  await office.work.storage.sweep(new Date())
  const keys = []
  for await (const { key } of office.work.storage.list('access-packages/')) keys.push(key)
  expect(keys).toEqual([`access-packages/${where.id}-2`])
  expect(await workOf()).toBeNull()
})
