import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownerOf } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { type Desk, openDesk, tagged } from './files-support.ts'

const secret = 'the same for all processes of this installation'
// More for measuring: LETHE_TEST_ROWS=1000000
const contacts = Number(process.env['LETHE_TEST_ROWS'] ?? 20_000)
// Of the process that makes the file; it begins with about 200, and Node is in no hurry to give memory back.
const mostMegabytes = 420

const halfwayLock = 4711

let desk: Desk
const running = new Set<ChildProcess>()

beforeAll(async () => {
  desk = await openDesk({ config: { secret } })
  await desk.write(
    `INSERT INTO contact (contact_id, given_name, family_name, display_name, organisation, job_title, title, language, time_zone, tags, source, created_at, updated_at)
     SELECT gen_random_uuid(), 'Ida', 'N' || n, 'Ida N' || n, 'Beispiel GmbH', '', '', 'de', '', '{many}', '', now(), now() FROM generate_series(1, $1::int) n`,
    [contacts],
  )
  await desk.write('ANALYZE contact', [])
}, 600_000)
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await desk.close()
})

/** A process that makes files. */
async function start(): Promise<ChildProcess> {
  const child = fork(new URL('./making-process.ts', import.meta.url), {
    env: {
      PATH: process.env['PATH'],
      ...databaseEnvironment(desk.config.databaseUrl ?? ''),
      LETHE_DATA: desk.config.data,
      LETHE_SECRET: secret,
    },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  await once(child, 'message')
  return child
}

/** Keeps whoever makes a file waiting once some thousand contacts of it are noted, however quick they are. */
async function stopHalfway() {
  await desk.write(
    `CREATE FUNCTION wait_halfway() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF EXISTS (SELECT FROM report_file_contact OFFSET 5000) THEN PERFORM pg_advisory_xact_lock_shared(${halfwayLock}); END IF;
       RETURN NULL;
     END $$`,
    [],
  )
  await desk.write(
    'CREATE TRIGGER wait_halfway AFTER INSERT ON report_file_contact FOR EACH STATEMENT EXECUTE FUNCTION wait_halfway()',
    [],
  )
  const holder = new pg.Client({ connectionString: ownerOf(desk.config.databaseUrl ?? '') })
  await holder.connect()
  await holder.query(`SELECT pg_advisory_lock(${halfwayLock})`)
  return { goOn: () => holder.end() }
}

test('who is killed in the middle leaves nothing that anybody gets, and another one makes the file, in bounded memory', async () => {
  const halfway = await stopHalfway()
  const doomed = await start()
  const report = tagged('many', ['displayName', 'organisation', 'language', 'createdAt', 'contact'])
  const id = await desk.order({ report, format: 'CSV' })
  const where = { id: desk.uuidOfFile(id) }
  const work = () => desk.database.reportFileWork.findFirst({ where })
  await expect.poll(async () => (await work())?.rowsDone ?? 0, { timeout: 60_000, interval: 50 }).toBeGreaterThan(1000)
  expect((await desk.fileOf(id)).state).toBe('BUILDING')
  doomed.kill('SIGKILL')
  await once(doomed, 'exit')
  await halfway.goOn()
  expect((await desk.fetched(id)).status).toBe(409)

  // As if the lease had run out.
  await desk.database.reportFileWork.updateMany({ where, data: { dueAt: new Date(0) } })
  const steady = await start()
  const began = performance.now()
  // Past the API, as sessions don't last as long as a million rows may take.
  const stateOf = async () => (await desk.database.reportFile.findUniqueOrThrow({ where })).state
  await expect.poll(stateOf, { timeout: 900_000, interval: 100 }).toBe('ready')
  const seconds = Math.round(performance.now() - began) / 1000
  const told = once(steady, 'message')
  steady.send('stop')
  const [{ megabytes, before }] = await told
  if (process.env['LETHE_TEST_ROWS']) console.log({ contacts, seconds, megabytes, before })
  expect(megabytes).toBeLessThan(mostMegabytes)

  const lines = (await (await desk.fetched(id)).text()).split('\r\n')
  expect(lines).toHaveLength(contacts + 2)
  expect(new Set(lines).size).toBe(contacts + 2)
  expect(await desk.database.reportFileContact.count({ where: { fileId: where.id } })).toBe(contacts)
  // What the one that was killed had begun is swept away as drafts are.
  await desk.work.storage.sweep(new Date())
  const keys = (await Array.fromAsync(desk.work.storage.list('report-files/'))).map(({ key }) => key)
  expect(keys).toEqual([`report-files/${where.id}-2`])
}, 1_200_000)
