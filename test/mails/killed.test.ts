import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { databaseEnvironment } from '../support/environment.ts'
import { globalId, type Mailroom, openMailroom } from './support.ts'

let room: Mailroom
const running = new Set<ChildProcess>()
beforeAll(async () => {
  room = await openMailroom()
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await room.close()
})

/** A process that sends mails, on the same installation. */
async function start(): Promise<ChildProcess> {
  const child = fork(new URL('./sender-process.ts', import.meta.url), {
    env: {
      PATH: process.env['PATH'],
      LETHE_DATA: room.config.data,
      ...databaseEnvironment(room.config.databaseUrl ?? ''),
      LETHE_SMTP_URL: room.server.url,
      LETHE_MAIL_FROM: 'lethe@crm.example',
    },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  await once(child, 'message')
  return child
}

type Person = { id: string; address: string }

/** What ends between queueing and sending, and by what. */
const endings: Record<string, (person: Person) => Promise<unknown>> = {
  withdrawn: ({ id }) => room.withdraw(id, 'surveys'),
  erased: ({ id }) => room.erase(id),
  objected: ({ id }) =>
    room.ask('mutation ($input: RestrictProcessingInput!) { objectToProcessing(input: $input) { id } }', {
      input: { contactId: globalId(id), purpose: 'surveys' },
    }),
  // By itself, in a moment.
  lapsed: ({ id }) => expect.poll(() => room.mayProcess(id, 'surveys'), { timeout: 10_000 }).toBe(false),
}

async function addressed(why: string): Promise<Person> {
  const person = await room.person()
  if (why !== 'lapsed') await room.ground(person.id, 'surveys', why === 'objected' ? 'LEGITIMATE_INTERESTS' : 'CONSENT')
  else {
    const soon = new Date(Date.now() + 2000).toISOString()
    await room.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
      input: { contactId: globalId(person.id), purpose: 'surveys', ground: 'CONSENT', validUntil: soon },
    })
  }
  await room.newsletter(person, 'surveys')
  return person
}

test('of a process that is killed, two others send what may still be sent, as the same mails, and nothing else', async () => {
  let hangs = true
  room.server.judge.mail = () => (hangs ? new Promise(() => undefined) : 'take')
  // A process sends four at a time: these are on the wire when it dies, and all others wait.
  const onWire = new Map<string, Person>()
  for (const why of ['one', 'two', 'withdrawn', 'erased']) onWire.set(why, await addressed(why))
  const killed = await start()
  await room.server.reads(4)

  const waiting = new Map<string, Person>()
  for (const why of ['three', 'four', ...Object.keys(endings)]) waiting.set(why, await addressed(why))
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  for (const people of [onWire, waiting]) for (const [why, person] of people) await endings[why]?.(person)
  hangs = false
  // As if the leases of the dead had run out.
  await room.database.outgoingMail.updateMany({
    where: { state: { in: ['queued', 'sending'] } },
    data: { dueAt: new Date() },
  })
  const senders = await Promise.all([start(), start()])
  const open = () => room.database.outgoingMail.count({ where: { state: { in: ['queued', 'sending'] } } })

  await expect.poll(open, { timeout: 20_000 }).toBe(0)

  const kept = [...onWire, ...waiting].filter(([why]) => !(why in endings))
  // That a withdrawal is recorded is told as well.
  const sent = room.server.read.flatMap(({ subject, messageId }, index) =>
    index >= 4 && subject === 'News' ? { messageId, to: room.server.recipients[index]?.join() } : [],
  )
  expect(sent.map(({ to }) => to).toSorted()).toEqual(kept.map(([, { address }]) => address).toSorted())
  const first = new Set(room.server.read.slice(0, 4).map(({ messageId }) => messageId))
  expect(sent.filter(({ messageId }) => first.has(messageId))).toHaveLength(2)
  for (const [why, { id }] of kept) {
    const [mail] = await room.mailsTo(id)
    expect([why, mail]).toMatchObject([why, { state: 'sent', message: null, perhapsTwice: onWire.has(why) }])
  }
  for (const [why, { id }] of [...onWire, ...waiting].filter(([why]) => why in endings && why !== 'erased')) {
    const [mail] = await room.mailsTo(id)
    expect([why, mail]).toMatchObject([why, { kind: 'newsletter', state: 'cancelled', message: null }])
    const logged = (await room.logged(id)).filter(({ operation }) => operation === 'cancelMail')
    expect([why, logged]).toMatchObject([why, [{ changes: [{ new: 'cancelled' }] }]])
  }
  const erased = await room.database.outgoingMail.findMany({ where: { fault: 'erased' } })
  expect(erased).toMatchObject(Array(2).fill({ state: 'cancelled', message: null, contactId: null, purposes: [] }))

  for (const child of senders) child.disconnect()
  await Promise.all(senders.map((child) => once(child, 'exit')))
})
