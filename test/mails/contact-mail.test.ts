import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claimMail } from '../../src/mail/queue.ts'
import { createLink, use, voidLinks } from '../../src/modules/mails/links.ts'
import { mailData } from '../../src/modules/mails/personal-data.ts'
import { queueContactMail } from '../../src/modules/mails/queue.ts'
import { wholeContact } from '../support/erasure.ts'
import { globalId, type Mailroom, openMailroom } from './support.ts'

// One room for all: each test has contacts of its own, and ends with nothing in the queue.
let room: Mailroom
beforeAll(async () => {
  room = await openMailroom()
})
afterAll(() => room.close())

const states = async (contactId: string) =>
  (await room.mailsTo(contactId))
    .filter(({ kind }) => kind !== 'withdrawn')
    .map(({ state, message, fault }) => ({ state, fault, forgotten: message === null }))

/** Sends everything that is due, and says to whom, but for what confirms a withdrawal. */
async function sendAll(): Promise<string[]> {
  const before = room.server.recipients.length
  const sender = room.start()
  await expect
    .poll(() => room.database.outgoingMail.count({ where: { state: { in: ['queued', 'sending'] } } }), {
      timeout: 10_000,
    })
    .toBe(0)
  await sender.close()
  return room.server.recipients.flatMap((to, index) =>
    index >= before && !/withdrawal|Widerruf/.test(room.server.read[index]?.subject ?? '') ? to : [],
  )
}

describe('a mail for a purpose', () => {
  test('arrives, says how to end it for programs too, and is then forgotten here', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    const url = await room.newsletter(ida)
    const [queued] = await room.mailsTo(ida.id)
    expect(Buffer.from(queued?.message ?? []).includes('Zqtext')).toBe(false)
    expect(() =>
      room.work().secrets.open(`outgoing_mail.message ${queued?.id}`, queued?.message ?? new Uint8Array()),
    ).toThrow()
    const read = room.server.read.length
    expect(await sendAll()).toEqual([ida.address])
    const mail = room.server.read[read]
    const raw = (name: string) => mail?.headerLines.find(({ key }) => key === name)?.line
    expect(raw('list-unsubscribe')).toBe(`List-Unsubscribe: <${url}>`)
    expect(raw('list-unsubscribe-post')).toBe('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
    expect(mail?.html).not.toMatch(/src=|url\(|@import/)
    expect(await states(ida.id)).toEqual([{ state: 'sent', fault: '', forgotten: true }])
    expect(await room.logged(ida.id)).toMatchObject([
      { action: 'UPDATED', operation: 'sendMail', changes: [{ field: 'state', old: 'queued', new: 'sent' }] },
      { action: 'CREATED', operation: 'queueMail' },
    ])
  })

  test('is cancelled in the very unit of work that withdraws its purpose, or one that this is part of', async () => {
    const ida = await room.person()
    for (const purpose of ['events', 'surveys']) {
      await room.ground(ida.id, purpose)
      await room.newsletter(ida, purpose)
    }
    await room.withdraw(ida.id, 'newsletter')
    expect(await states(ida.id)).toEqual([
      { state: 'cancelled', fault: 'not_allowed', forgotten: true },
      { state: 'queued', fault: '', forgotten: false },
    ])
    expect(await sendAll()).toEqual([ida.address])
    const sent = room.server.read.filter(({ subject }) => subject === 'News')
    expect(sent.at(-1)?.headerLines.find(({ key }) => key === 'list-unsubscribe')).toBeDefined()
    expect((await room.logged(ida.id)).filter(({ operation }) => operation === 'cancelMail')).toMatchObject([
      { changes: [{ field: 'state', old: 'queued', new: 'cancelled' }] },
    ])
    // To say no ends what was given, and what waits for it.
    await room.newsletter(ida, 'surveys')
    const refuse = 'mutation ($input: RefuseConsentInput!) { refuseConsent(input: $input) { outcomes { state } } }'
    const person = { contactId: globalId(ida.id) }
    await room.ask(refuse, { input: { idempotencyKey: randomUUID(), person, purposes: [{ purpose: 'surveys' }] } })
    const refused = (await room.mailsTo(ida.id)).filter(({ kind }) => kind === 'newsletter').at(-1)
    expect(refused).toMatchObject({ state: 'cancelled', fault: 'not_allowed' })
  })

  test('is cancelled by an objection against what it rests on, and not by one against another ground', async () => {
    const [ida, jo] = [await room.person(), await room.person()]
    await room.ground(ida.id, 'surveys', 'LEGITIMATE_INTERESTS')
    await room.ground(jo.id, 'surveys', 'CONTRACT')
    const object = (contactId: string) =>
      room.ask('mutation ($input: RestrictProcessingInput!) { objectToProcessing(input: $input) { id } }', {
        input: { contactId: globalId(contactId), purpose: 'surveys' },
      })
    for (const person of [ida, jo]) {
      await room.newsletter(person, 'surveys')
      await object(person.id)
    }
    expect(await sendAll()).toEqual([jo.address])
    expect(await states(ida.id)).toMatchObject([{ state: 'cancelled', forgotten: true }])
  })

  test('is not sent once its ground has gone in a way that nobody is told of', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'orders', 'CONSENT')
    await room.newsletter(ida, 'orders')
    await room.ask('mutation { retirePurpose(key: "orders") { key } }')
    expect(await sendAll()).toEqual([])
    expect(await states(ida.id)).toEqual([{ state: 'cancelled', fault: 'not_allowed', forgotten: true }])
    expect(await room.logged(ida.id)).toMatchObject([
      { operation: 'cancelMail', changes: [{ old: 'queued', new: 'cancelled' }] },
      {},
    ])
  })

  test('is not sent to an address that the contact has not any more', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    await room.newsletter({ ...ida, address: 'former@example.org' })
    expect(await sendAll()).toEqual([])
    expect(await states(ida.id)).toMatchObject([{ state: 'cancelled', fault: 'address_gone' }])
  })

  test('whose sender died is not sent again after a withdrawal', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    await room.newsletter(ida)
    expect(await claimMail(room.database)).toMatchObject({ contactId: ida.id })
    await room.withdraw(ida.id, 'newsletter')
    await room.database.outgoingMail.updateMany({ where: { contactId: ida.id }, data: { dueAt: new Date() } })
    expect(await sendAll()).toEqual([])
    expect(await states(ida.id)).toMatchObject([{ state: 'cancelled', forgotten: true }])
  })
})

describe('any mail to a contact', () => {
  test('is not sent to who was erased, by the book or by the destruction of their key alone', async () => {
    const [byBook, byKey] = [await room.person(), await room.person()]
    for (const person of [byBook, byKey]) {
      await room.ground(person.id, 'newsletter')
      await room.newsletter(person)
    }
    const [mail] = await room.mailsTo(byBook.id)
    const outcome = await room.inTurn((tx) => mailData.erase(tx, [byBook.id], wholeContact(), room.work()))
    expect(outcome).toMatchObject({ erased: { ContactLink: 1 }, anonymised: { OutgoingMail: 1 } })
    await room.work().keys.destroy([byKey.id])
    expect(await sendAll()).toEqual([])
    const left = await room.database.outgoingMail.findUniqueOrThrow({ where: { id: mail?.id ?? '' } })
    expect(left).toMatchObject({ state: 'cancelled', message: null, contactId: null, purposes: [] })
    expect(await states(byKey.id)).toEqual([{ state: 'cancelled', fault: 'erased', forgotten: true }])
  })

  test('is not sent to an address that is theirs no longer, but for the question whether it is', async () => {
    const ida = await room.person()
    const queue = (kind: string, to: string) =>
      room.inTurn((tx, context) => {
        const content = { subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' }
        return queueContactMail(tx, context, { ...content, kind, to, contactId: ida.id })
      })
    await queue('self-service-link', 'former@example.org')
    await queue('self-service-address', 'asked@example.org')
    await queue('self-service-link', ida.address.toUpperCase())
    const sent = (await sendAll()).map((to) => to.toLowerCase())
    expect(sent.toSorted()).toEqual(['asked@example.org', ida.address].toSorted())
    expect((await states(ida.id)).map(({ state, fault }) => `${state} ${fault}`)).toEqual([
      'cancelled address_gone',
      'sent ',
      'sent ',
    ])
  })

  test('is not sent to who was merged into another', async () => {
    const [ida, other] = [await room.person(), await room.person()]
    await room.ground(ida.id, 'newsletter')
    await room.newsletter(ida)
    const input = { targetId: globalId(other.id), version: 1, sourceIds: [globalId(ida.id)] }
    await room.ask('mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { id } }', { input })
    expect(await sendAll()).toEqual([])
    expect(await states(ida.id)).toMatchObject([{ state: 'cancelled', fault: 'merged' }])
  })

  test('is sent once each by two senders', async () => {
    const people = []
    for (let count = 0; count < 4; count++) people.push(await room.person())
    for (const { id } of people) await room.ground(id, 'newsletter')
    for (const person of people) for (let count = 0; count < 5; count++) await room.newsletter(person)
    const before = room.server.recipients.length
    const senders = [room.start(), room.start()]
    await room.server.takes(room.server.taken.length + 20 - (room.server.recipients.length - before))
    await expect
      .poll(() => room.database.outgoingMail.count({ where: { state: { in: ['queued', 'sending'] } } }))
      .toBe(0)
    await Promise.all(senders.map((sender) => sender.close()))
    const sent = room.server.recipients.slice(before).flat()
    expect(sent.toSorted()).toEqual(people.flatMap(({ address }) => Array(5).fill(address)).toSorted())
  })

  test('is listed to those who may know of it, without what it says', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    await room.newsletter(ida)
    const query = 'query ($id: ID!) { contact(id: $id) { mails { kind purposes state sentAt } } }'
    const expected = { kind: 'newsletter', purposes: ['newsletter'] }
    expect((await room.ask(query, { id: globalId(ida.id) })).contact.mails).toMatchObject([
      { ...expected, state: 'QUEUED' },
    ])
    await sendAll()
    expect((await room.ask(query, { id: globalId(ida.id) })).contact.mails).toMatchObject([
      { ...expected, state: 'SENT' },
    ])
  })
})

describe('a mail about a request', () => {
  const queue = (requestId: string) =>
    room.inTurn((tx, context) => {
      const content = { kind: 'test', to: 'who@example.org', subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' }
      return queueContactMail(tx, context, { ...content, requestId })
    })
  const open = (requestId: string) =>
    room.inTurn((tx) =>
      createLink(tx, {
        kind: 'confirm',
        requestId,
        purposes: ['newsletter'],
        expiresAt: new Date(Date.now() + 60_000),
      }),
    )

  test('is sent while a link of it is open, and not once that is used, void or gone', async () => {
    const [fresh, used, closed, never] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
    await open(fresh)
    const token = await open(used)
    await open(closed)
    for (const id of [fresh, used, closed, never]) await queue(id)
    await room.inTurn((tx) => use(tx, token, 'confirm'))
    await room.inTurn((tx) => voidLinks(tx, { requestId: closed }))
    expect(await sendAll()).toEqual(['who@example.org'])
    const rows = await room.database.outgoingMail.findMany({
      where: { requestId: { in: [fresh, used, closed, never] } },
    })
    const byRequest = new Map(rows.map(({ requestId, state, fault }) => [requestId, `${state} ${fault}`.trim()]))
    expect([fresh, used, closed, never].map((id) => byRequest.get(id))).toEqual([
      'sent',
      ...Array(3).fill('cancelled request_closed'),
    ])
  })
})
