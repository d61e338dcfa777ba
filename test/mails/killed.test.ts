import { afterAll, beforeAll, expect, test } from 'vitest'
import { databaseEnvironment } from '../support/environment.ts'
import { lethe } from '../support/lethe.ts'
import { type Mailroom, openMailroom } from './support.ts'

let room: Mailroom
beforeAll(async () => {
  room = await openMailroom()
})
afterAll(() => room.close())

/** A server process on the same installation. */
async function start() {
  const run = lethe(['serve'], {
    LETHE_DATA: room.config.data,
    PORT: '0',
    ...databaseEnvironment(room.config.databaseUrl ?? ''),
    LETHE_SMTP_URL: room.server.url,
    LETHE_MAIL_FROM: 'lethe@crm.example',
  })
  await run.says(/Lethe is ready/)
  return run
}

test('a process killed while mails are on the wire: the next one sends those that may still be sent, as the same mails', async () => {
  const [stays, leaves] = [await room.person(), await room.person()]
  let hangs = true
  room.server.judge.mail = () => (hangs ? new Promise(() => undefined) : 'take')
  for (const person of [stays, leaves]) {
    await room.ground(person.id, 'newsletter')
    await room.newsletter(person)
  }
  const killed = await start()
  await room.server.reads(2)
  killed.child.kill('SIGKILL')
  await killed.done
  await room.withdraw(leaves.id, 'newsletter')
  hangs = false
  // As if the leases of the dead had run out.
  await room.database.outgoingMail.updateMany({ data: { dueAt: new Date() } })
  const next = await start()
  const [mail] = await room.server.takesFor(stays.address)
  await expect.poll(() => room.mailsTo(stays.id)).toMatchObject([{ state: 'sent', perhapsTwice: true, message: null }])
  expect(await room.mailsTo(leaves.id)).toMatchObject([{ state: 'cancelled', message: null }])
  const read = room.server.read.map(({ messageId }) => messageId)
  expect(read.filter((id) => id === mail?.messageId)).toHaveLength(2)
  expect(read).toHaveLength(3)
  next.child.kill('SIGTERM')
  expect((await next.done).code).toBe(0)
})
