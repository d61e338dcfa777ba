import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { queueMail } from '../../src/mail/outbox.ts'
import { withClient } from '../support/database.ts'
import { startMailServer } from './mail-server.ts'
import { link, mail, type Outbox, openOutbox } from './outbox-support.ts'

let box: Outbox
beforeEach(async () => {
  box = await openOutbox()
})
afterEach(() => box.close())

describe('a mail', () => {
  test('is sent once it is queued, and forgotten here', async () => {
    box.start()
    await box.queue()
    const [arrived] = await box.server.takes(1)
    expect(arrived?.from?.value).toEqual([{ name: 'Lethe', address: 'lethe@crm.example' }])
    expect([arrived?.to].flat()[0]?.value).toEqual([{ name: '', address: 'zqjo@example.org' }])
    expect([arrived?.subject, arrived?.text?.trim()]).toEqual(['Zqsubject', `Hello\n\n${link}`])
    expect(arrived?.html).toContain(`<a href="${link}">`)
    expect(arrived?.headers.get('auto-submitted')).toBe('auto-generated')
    await box.becomes({ state: 'sent', attempts: 1, message: null, sentAt: expect.any(Date), perhapsTwice: false })
    expect(arrived?.messageId).toBe(`<${(await box.row()).id}@crm.example>`)
  })

  test('is not sent when its transaction is rolled back', async () => {
    box.start()
    const failing = transact(box.context(), 'test', async (tx) => {
      await queueMail(tx, box.context(), mail)
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    await box.queue({ to: 'other@example.org' })
    const arrived = await box.server.takes(1)
    expect(arrived.map(({ to }) => [to].flat()[0]?.text)).toEqual(['other@example.org'])
  })

  test('that waited while nothing was running is sent at the start', async () => {
    await box.queue()
    box.start()
    await box.server.takes(1)
  })

  test('is nowhere in the clear: neither in the database nor in the log', async () => {
    box.server.judge.recipient = () => ({ code: 450, text: 'zqjo@example.org is busy, it said Zqsubject' })
    box.start()
    await box.queue()
    await box.becomes({ state: 'queued', attempts: 1, fault: 'The mail server answered 450 to RCPT TO.' })
    await box.becomes({ message: expect.any(Uint8Array) })
    const stored = await withClient(box.url, (client) => client.query('SELECT m::text FROM outgoing_mail m'))
    const bytes = Buffer.from((await box.row()).message ?? []).toString('latin1')
    for (const text of [JSON.stringify(stored.rows), bytes, box.logged.join()]) {
      expect(text).not.toMatch(/zqjo|Zqsubject|Zqtoken/i)
    }
    expect(box.logged.join()).toContain('450')
  })

  test('to an odd address reaches that one and nobody else', async () => {
    box.start()
    const odd = ['o,p@example.org', '"two"@example.org', 'jörg@example.org', 'a;b@example.org']
    for (const to of odd) await box.queue({ to })
    await expect.poll(async () => (await box.rows()).map(({ state }) => state)).toEqual(odd.map(() => 'sent'))
    const told = box.server.taken.map(({ to }) => [to].flat()[0]?.value.map(({ address = '' }) => address) ?? [])
    for (const recipients of [told, box.server.recipients]) {
      expect(recipients.every((addresses) => addresses.length === 1)).toBe(true)
      const bare = (addresses: string[]) => addresses.map((address) => address.replaceAll('"', '')).sort()
      expect(bare(recipients.flat())).toEqual(bare(odd))
    }
  })
})

describe('a temporary fault', () => {
  test('lets a mail wait for longer each time, until it is taken', async () => {
    box.server.judge.mail = () => ({ code: 451 })
    box.start()
    await box.queue()
    for (const minutes of [1, 2, 4, 8]) {
      await box.becomes({ state: 'queued', fault: 'The mail server answered 451 to DATA.' })
      const { dueAt } = await box.row()
      expect(Math.round((dueAt.getTime() - Date.now()) / 60_000)).toBe(minutes)
      if (minutes === 8) box.server.judge.mail = () => 'take'
      await box.timePasses()
      if (minutes < 8) await box.becomes({ state: 'queued', attempts: Math.log2(minutes) + 2 })
    }
    await box.server.takes(1)
    await box.becomes({ state: 'sent', attempts: 5, fault: '', perhapsTwice: false })
    expect(new Set(box.server.read.map(({ messageId }) => messageId)).size).toBe(1)
  })

  test('such as no mail server at all loses no mail', async () => {
    const { port } = box.server
    await box.server.close()
    box.start()
    await box.queue()
    await box.becomes({ state: 'queued', fault: "The mail server can't be reached (ECONNREFUSED)." })
    box.server = await startMailServer()
    expect(box.server.port).not.toBe(port)
    await Promise.all(box.senders.map((sender) => sender.close()))
    box.start()
    await box.timePasses()
    await box.server.takes(1)
    await box.becomes({ state: 'sent', attempts: 2, perhapsTwice: false })
    expect(box.server.read).toHaveLength(1)
  })

  test('ends after three days, or when nobody wants the mail any more', async () => {
    box.server.judge.recipient = () => ({ code: 450 })
    box.start()
    await box.queue()
    await box.becomes({ state: 'queued' })
    await box.timePasses('71 hours 59 minutes 50 seconds')
    await box.becomes({ state: 'failed', message: null, fault: 'The mail server answered 450 to RCPT TO.' })
    await box.database.outgoingMail.deleteMany()
    await box.queue({ expiresAt: new Date(Date.now() + 3_600_000) })
    await box.becomes({ state: 'queued', attempts: 1 })
    await box.timePasses('40 minutes')
    await box.becomes({ state: 'queued', attempts: 2 })
    await box.timePasses('20 minutes')
    await box.becomes({ state: 'failed', message: null, fault: 'It expired before it could be sent.' })
  })
})

describe('a refusal', () => {
  test.each([
    ['recipient', 'RCPT TO'],
    ['mail', 'DATA'],
  ] as const)('of the %s for good is final', async (what, command) => {
    box.server.judge[what] = () => ({ code: 550, text: '5.1.1 no zqjo here' })
    box.start()
    await box.queue()
    await box.becomes({ state: 'failed', message: null, fault: `The mail server answered 550 5.1.1 to ${command}.` })
    expect(box.logged.some((line) => line.includes('mail given up') && line.includes('"level":40'))).toBe(true)
  })

  test('to let us in is somebody else’s to mend: the mail waits', async () => {
    box.start({ smtpUrl: `smtp://lethe:wrong@127.0.0.1:${box.server.port}`, ca: box.server.ca })
    await box.queue()
    await box.becomes({ state: 'queued', fault: 'The mail server answered 535 to AUTH PLAIN.' })
  })
})
