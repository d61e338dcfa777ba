import { fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { remind, tellOverdue, watchRequests } from '../../src/modules/requests/watch.ts'
import { officer } from '../selfservice/support.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { day, type Office, openOffice } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office?.close())

const ago = (days: number) => new Date(Date.now() - days * day).toISOString()

/** The mails that are queued or were sent to whoever answers, of which the database forgets what they say. */
const alerts = () => office.database.outgoingMail.count({ where: { kind: 'subject-request' } })

const logged = async (operation: string) =>
  (await office.database.auditEntry.findMany({ where: { operation }, select: { entityId: true, contactId: true } }))
    .length

describe('whoever has to answer', () => {
  it('is told once what is due soon and once what is overdue, however many look', async () => {
    const people = await Promise.all([office.person(), office.person(), office.person()])
    for (const { id } of people) await office.receive(id, ['ACCESS'], { receivedAt: ago(60) })
    const soon = await Promise.all(people.map(({ id }) => office.receive(id, ['ERASURE'], { receivedAt: ago(27) })))
    const before = await alerts()
    const looks = await Promise.all([1, 2, 3, 4].flatMap(() => [remind(office.system()), tellOverdue(office.system())]))
    expect(looks.reduce((sum, count) => sum + count, 0)).toBe(6)
    await watchRequests(office.system())
    expect((await alerts()) - before).toBe(6)
    expect(await logged('remindOfRequests')).toBe(3)
    expect(await logged('noteOverdueRequests')).toBe(3)
    // What is extended is due anew, and told of anew.
    const [first] = soon.flat()
    await office.step('extend', first.id, { reason: 'Much.' })
    expect(await office.requests({ contact: people[0]?.id })).toMatchObject([
      { overdueAt: expect.any(String) },
      { remindedAt: null },
    ])
  })

  it('is the user whose task it is, in their language, or else the officer; nobody’s name stands there', async () => {
    const { id } = await office.person({ familyName: 'Zqfamily' })
    const [{ id: request }] = await office.receive(id, ['ACCESS'], { receivedAt: ago(26), statement: 'Zqwords' })
    const { users } = await office.ask('{ users(first: 1) { edges { node { id email } } } }')
    await office.step('assign', request, { user: users.edges[0].node.id })
    await watchRequests(office.system())
    const [mail] = await office.server.takesFor(users.edges[0].node.email)
    expect(mail?.subject).toBe('Due soon: request of a data subject')
    expect(mail?.text).toMatch(/access \(Art. 15 GDPR\)\s+To be answered by \d/)
    const [first] = await office.server.takesFor(officer)
    expect(first?.text).toContain('DSGVO')
    for (const { text = '', subject = '' } of office.server.taken.filter(({ to }) =>
      JSON.stringify(to).includes(officer),
    ))
      expect(`${subject} ${text}`).not.toMatch(/Zq|Ida/)
  })

  it('has the newest checkpoint of the log in the officer’s mails, and in nobody else’s', async () => {
    await expect.poll(async () => (await office.ask('{ auditCheckpoint { size } }')).auditCheckpoint).toBeTruthy()
    const { id, email } = await office.person()
    const before = office.server.taken.length
    await office.receive(id, ['ACCESS'])
    await expect.poll(() => office.server.taken.length).toBe(before + 2)
    const [officers, others] = [true, false].map((own) =>
      office.server.taken.slice(before).find(({ to }) => JSON.stringify(to).includes(own ? officer : email)),
    )
    expect(officers?.attachments.map(({ filename }) => filename)).toEqual(['checkpoint.txt'])
    expect(officers?.text).toContain('checkpoint.txt')
    const known = await office.database.auditCheckpoint.findMany({ select: { note: true } })
    expect(known.map(({ note }) => note)).toContain(officers?.attachments[0]?.content.toString())
    expect(others?.attachments).toEqual([])
  })
})

it('a request whose person did not say who they are is closed, and they are told', async () => {
  const { id, email } = await office.person({ language: 'en' })
  const [{ id: request }] = await office.receive(id, ['ACCESS'])
  await office.step('ask', request)
  await watchRequests(office.system())
  expect(await office.requests({ contact: id })).toMatchObject([{ status: 'NEEDS_VERIFICATION' }])
  await office.alter(request, { verificationDueAt: new Date(Date.now() - 1000) })
  await Promise.all([watchRequests(office.system()), watchRequests(office.system())])
  expect(await office.requests({ contact: id })).toMatchObject([{ status: 'EXPIRED', decider: null }])
  const mails = await office.server.takesFor(email, 3)
  expect(mails.filter(({ text }) => text?.includes('did not hear from you'))).toHaveLength(1)
  expect((await office.messages(request)).map(({ kind }) => kind)).toEqual(['RECEIPT', 'VERIFICATION', 'DECISION'])
})

it('what is due is told once, though of two processes that are at it one is killed', async () => {
  await watchRequests(office.system())
  const all = ['ACCESS', 'RECTIFICATION', 'ERASURE', 'RESTRICTION', 'PORTABILITY', 'OBJECTION', 'AUTOMATED_DECISION']
  const people = await Promise.all(Array.from({ length: 16 }, () => office.person()))
  for (const { id } of people) await office.receive(id, all, { receivedAt: ago(60), statement: 'So.' })
  const untold = () =>
    office.database.subjectRequest.count({ where: { overdueAt: null, status: 'open', dueAt: { lt: new Date() } } })
  const [before, open] = [await alerts(), await untold()]
  expect(open).toBe(112)
  const start = () =>
    fork(new URL('./watch-process.ts', import.meta.url), {
      env: {
        ...{ PATH: process.env['PATH'], LETHE_DATA: office.config.data, LETHE_DPO: officer },
        ...databaseEnvironment(office.config.databaseUrl ?? ''),
        ...{ LETHE_SMTP_URL: office.server.url, LETHE_MAIL_FROM: 'lethe@crm.example' },
      },
    })
  const [killed, other] = [start(), start()]
  const ended = [once(killed, 'exit'), once(other, 'exit')]
  await Promise.all([once(killed, 'message'), once(other, 'message')])
  // Each takes some at a time: when the first of them are told, both are in the middle of it.
  await expect.poll(untold, { interval: 5, timeout: 30_000 }).toBeLessThan(open)
  killed.kill('SIGKILL')
  expect(await Promise.all(ended)).toEqual([
    [null, 'SIGKILL'],
    [0, null],
  ])
  await watchRequests(office.system())
  expect(await untold()).toBe(0)
  expect((await alerts()) - before).toBe(open)
}, 90_000)
