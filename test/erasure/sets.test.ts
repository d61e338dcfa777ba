import { fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { uuidOf } from '../../src/graphql/ids.ts'
import { performErasure } from '../../src/modules/erasure/perform.ts'
import { requestByRule } from '../../src/modules/erasure/request.ts'
import { eraseNext } from '../../src/modules/erasure/worker.ts'
import { textOfPdf } from '../disclosure/support.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { countsOf, type Office, openErasureOffice } from './office.ts'

// Many contacts, by a filter: in batches, with progress; what was broken off goes on.

let office: Office
let round = 0
let tag = ''

beforeAll(async () => {
  office = await openErasureOffice()
})
beforeEach(() => {
  tag = `round-${++round}`
})
afterAll(() => office.close())

const wish = () => ({ ground: 'NO_LONGER_NEEDED', filter: { tags: { hasAny: [tag] } } })

/** So many contacts with the tag of this test. */
async function crowd(count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      givenName: `Zq ${tag} ${index}`,
      tags: [tag],
      emails: [{ address: `${tag}-${index}@example.org` }],
    }),
  )
  const input = { format: 'JSONL', fileName: 'x.jsonl', source: tag, ground: 'CONTRACT', content: rows.join('\n') }
  await office.ask('mutation ($input: ImportContactsInput!) { importContacts(input: $input) { created } }', { input })
}

const left = () => office.database.contact.count({ where: { tags: { has: tag } } })

test('the contacts of a filter are erased in batches, each with its entry in the ledger, and proven by one certificate', async () => {
  await crowd(501)
  await office.person({ tags: [`not ${tag}`] })
  const preview = await office.preview(wish())
  expect(preview).toMatchObject({ contacts: 501, previewed: 200 })
  const set = await office.requestSet(wish())
  expect(set).toMatchObject({ state: 'APPROVED', isSet: true, contacts: 501, contactsDone: 0 })
  // Whoever comes to fit the filter later is not of the set.
  const later = await office.person({ tags: [tag] })
  await office.act('execute', set.id)
  await office.eraseAll()
  const done = await office.erasure(set.id)
  expect(done).toMatchObject({ state: 'EXECUTED', contacts: 501, contactsDone: 501, contactsHeld: 0 })
  expect(countsOf(done)).toMatchObject({ Contact: [501, 0, 0], ContactPoint: [501, 0, 0], ErasedContact: [0, 0, 501] })
  expect(await left()).toBe(1)
  expect(await office.exists(later.id)).toBe(true)
  const certificate = JSON.parse((await office.download(`${done.certificateUrl}&format=json`)).body.toString())
  expect(certificate.ledger).toHaveLength(2)
  expect(certificate.contactIds).toHaveLength(501)
  expect((await office.erasures({ ground: 'NO_LONGER_NEEDED' })).map(({ id }) => id)).toContain(set.id)
  expect(await office.refusedSet(wish())).toBeUndefined()
  expect(await office.refusedSet({ ...wish(), filter: { tags: { hasAny: ['nobody'] } } })).toMatchObject({
    code: 'INVALID_INPUT',
  })
})

test('a process that is killed between two batches leaves nothing undone: another one goes on', async () => {
  await crowd(501)
  const set = await office.requestSet({ ...wish(), executeWhenApproved: true })
  const env = {
    ...process.env,
    ...databaseEnvironment(office.config.databaseUrl ?? ''),
    LETHE_DATA: office.config.data,
  }
  const child = fork(new URL('./erasing-process.ts', import.meta.url), {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await once(child, 'message') // It has begun with the second batch.
  child.kill('SIGKILL')
  await once(child, 'exit')
  const between = await left()
  expect(between).toBeGreaterThan(0)
  expect(between).toBeLessThan(501)
  expect((await office.erasure(set.id)).state).toBe('EXECUTING')
  // Its lease has run out.
  await office.database.erasureWork.updateMany({ data: { dueAt: new Date(0) } })
  await office.eraseAll()
  expect(await left()).toBe(0)
  const done = await office.erasure(set.id)
  expect(done).toMatchObject({ state: 'EXECUTED', contacts: 501 })
  const erased = await office.database.erasedContact.findMany({ select: { contactId: true, erasureId: true } })
  expect(new Set(erased.map(({ contactId }) => contactId)).size).toBe(erased.length)
})

test('how far a set is can be heard of until it is executed, by whoever may see it', async () => {
  await crowd(3)
  const set = await office.requestSet({ ...wish(), executeWhenApproved: true })
  const query = 'subscription ($id: ID!) { erasureProgress(id: $id) { id state contacts contactsDone } }'
  const subscribe = (token: string) =>
    office.app.fetch(
      new Request(`${office.url}/graphql`, {
        method: 'POST',
        headers: {
          ...{ accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${token}` },
        },
        body: JSON.stringify({ query, variables: { id: set.id } }),
      }),
    )
  expect(await (await subscribe(await office.clerk(['contacts.*']))).text()).toContain('FORBIDDEN')
  const stream = await subscribe(office.token)
  const [told] = await Promise.all([stream.text(), office.eraseAll()])
  const events = [...told.matchAll(/"erasureProgress":({.*?})/g)].map(([, event]) => JSON.parse(event ?? ''))
  expect(events[0]).toMatchObject({ id: set.id, state: expect.stringMatching(/QUEUED|EXECUTING/), contacts: 3 })
  expect(events.at(-1)).toEqual({ id: set.id, state: 'EXECUTED', contacts: 3, contactsDone: 3 })
  expect(told).toMatch(/event: complete/)
})

test('a set that is called off while it is executed keeps what is left', async () => {
  await crowd(510)
  const set = await office.requestSet({ ...wish(), executeWhenApproved: true })
  let batches = 0
  await performErasure(office.erasing(), uuidOf('Erasure', set.id), async () => {
    if (++batches === 2) await office.act('cancel', set.id)
    return true
  })
  const stopped = await office.erasure(set.id)
  expect(stopped).toMatchObject({
    state: 'CANCELLED',
    contacts: 510,
    contactsDone: 500,
    executedAt: expect.any(String),
  })
  expect(countsOf(stopped)).toMatchObject({ Contact: [500, 0, 0] })
  const certificate = JSON.parse((await office.download(`${stopped.certificateUrl}&format=json`)).body.toString())
  expect(certificate).toMatchObject({ state: 'cancelled', contacts: 500, ledger: [{ hash: stopped.ledgerHash }] })
  const pdf = await textOfPdf((await office.download(`${stopped.certificateUrl}&language=de`)).body)
  expect(pdf).toContain('wurdeabgesagt,alssieschonbegonnenhatte')
  expect(await left()).toBe(10)
  expect(await office.database.erasureWork.count()).toBe(0)
})

test('who asked to be erased is told, though others have them erased with many; who needs a letter is left out', async () => {
  const asking = async (input: object) => {
    const person = await office.person({ tags: [tag], language: 'de', ...input })
    const [{ id: requestId }] = await office.receive(person.id, ['ERASURE'])
    return { ...person, requestId }
  }
  const [told, letter, unknown] = [await asking({}), await asking({ emails: [] }), await asking({})]
  for (const { requestId } of [told, letter]) await office.step('verify', requestId, { method: 'IN_PERSON' })
  await office.person({ tags: [tag] })
  const answered = await office.database.answeredRequest.count()
  const set = await office.requestSet({ ...wish(), executeWhenApproved: true })
  await office.eraseAll()
  expect(await office.erasure(set.id)).toMatchObject({ state: 'EXECUTED', contacts: 3 })
  const mail = (await office.server.takesFor(told.email, 2)).find(({ text }) => text?.includes('letzte Nachricht'))
  expect(mail?.text).toContain('Sie haben verlangt')
  const closed = await office.database.answeredRequest.findMany({ orderBy: { id: 'asc' }, skip: answered })
  expect(closed.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'open'])
  // Nobody knows whether it was they who asked: nobody is told.
  expect(await office.exists(unknown.id)).toBe(false)
  // Their request is still to be answered, and the erasure that does it wants the letter.
  expect(await office.exists(letter.id)).toBe(true)
  const { id: one } = await office.request({ contactId: letter.id, ground: 'NO_LONGER_NEEDED' })
  expect(await office.refusedAct('execute', one)).toMatchObject({ code: 'CONFLICT' })
  await office.act('execute', one, { letterSent: true })
  await office.eraseAll()
  expect(await office.erasure(one)).toMatchObject({
    state: 'EXECUTED',
    toldHow: 'letter',
    requestId: expect.any(String),
  })
})

test('a legal hold keeps a contact of a set, and the set waits for it; lifted, it goes on', async () => {
  await crowd(3)
  const held = await office.database.contact.findFirstOrThrow({ where: { tags: { has: tag } } })
  const contactId = Buffer.from(`Contact:${held.id}`).toString('base64')
  const place = 'mutation ($c: ID!, $r: String!) { placeLegalHold(contact: $c, reason: $r) { id } }'
  const { placeLegalHold: hold } = await office.ask(place, { c: contactId, r: 'Zqlawsuit' })
  const preview = await office.preview({ contactId, ground: 'NO_LONGER_NEEDED' })
  expect(preview.held).toEqual([{ contactId, reason: 'Zqlawsuit' }])
  const set = await office.requestSet({ ...wish(), executeWhenApproved: true })
  const { id: one } = await office.request({ contactId, ground: 'UNLAWFUL', executeWhenApproved: true })
  await office.eraseAll()
  expect(await office.erasure(set.id)).toMatchObject({ state: 'HELD', contactsHeld: 1, contactsDone: 2 })
  expect(await office.erasure(one)).toMatchObject({ state: 'HELD', contactsHeld: 1, contactsDone: 0 })
  expect(await left()).toBe(1)
  // They are looked at again in a while, and not before; or when it is lifted.
  expect(await eraseNext(office.erasing())).toBe(false)
  const lift = 'mutation ($id: ID!, $r: String!) { liftLegalHold(id: $id, reason: $r) { id } }'
  await office.ask(lift, { id: hold.id, r: 'Settled.' })
  await office.eraseAll()
  expect(await left()).toBe(0)
  // Whoever came first erased them; the other one has nothing left to do.
  const states = [(await office.erasure(set.id)).state, (await office.erasure(one)).state]
  expect(states.toSorted()).toEqual(expect.arrayContaining(['EXECUTED']))
  expect(states).not.toContain('HELD')
})

test('what a rule of retention says is approved by it, and nobody is asked for twice', async () => {
  await crowd(2)
  const ids = (await office.database.contact.findMany({ where: { tags: { has: tag } } })).map(({ id }) => id)
  const ask = (contactIds: readonly string[]) =>
    transact(office.erasing(), 'test', (tx) =>
      requestByRule(tx, office.erasing(), {
        ...{ contactIds, ground: 'retention_ended', categories: null, related: {} },
        ...{ origin: 'rule', ruleKey: 'old', automatic: true },
      }),
    )
  const { erasureId: first } = await ask(ids.slice(0, 1))
  expect((await ask(ids.slice(0, 1))).erasureId).toBe(first)
  const { erasureId: rest } = await ask(ids)
  expect(rest).not.toBe(first)
  await office.eraseAll()
  expect(await left()).toBe(0)
  const rows = await office.database.erasure.findMany({ where: { id: { in: [first, rest] } } })
  expect(rows.map(({ state, contacts }) => [state, contacts])).toEqual([
    ['executed', 1],
    ['executed', 1],
  ])
})
