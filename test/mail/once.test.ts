import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/client.ts'
import { transact } from '../../src/database/transact.ts'
import { queueMail } from '../../src/mail/outbox.ts'
import { forgetOldMails } from '../../src/mail/queue.ts'
import { mail, type Outbox, openOutbox } from './outbox-support.ts'

let box: Outbox
beforeEach(async () => {
  box = await openOutbox()
})
afterEach(() => box.close())

describe('never lost, never twice', () => {
  test('two senders at once send 200 mails once each', async () => {
    const other = openDatabase(box.url, { connections: 8, statementTimeout: 30_000 })
    await transact(box.context(), 'test', async (tx) => {
      for (let index = 0; index < 200; index++) await queueMail(tx, box.context(), mail)
    })
    box.start()
    box.start({ database: other })
    await box.server.takes(200)
    await expect.poll(() => box.database.outgoingMail.count({ where: { state: 'sent', attempts: 1 } })).toBe(200)
    expect(box.server.read).toHaveLength(200)
    expect(new Set(box.server.read.map(({ messageId }) => messageId)).size).toBe(200)
    await Promise.all(box.senders.splice(0).map((sender) => sender.close()))
    await other.$disconnect()
  })

  test('a mail server that dies before it confirms may get it twice, as the same mail', async () => {
    box.server.judge.mail = () => 'die'
    box.start()
    await box.queue()
    await box.becomes({ state: 'queued', fault: expect.stringContaining('perhaps it took it'), perhapsTwice: true })
    box.server.judge.mail = () => 'take'
    await box.timePasses()
    await box.becomes({ state: 'sent', attempts: 2, perhapsTwice: true })
    const ids = box.server.read.map(({ messageId }) => messageId)
    expect(ids).toEqual([ids[0], ids[0]])
    expect(box.logged.some((line) => line.includes('perhaps it is sent twice'))).toBe(true)
  })

  test('a mail server that dies before it has the whole mail does not', async () => {
    box.server.judge.recipient = () => 'die'
    box.start()
    await box.queue()
    await box.becomes({ state: 'queued', perhapsTwice: false })
  })

  test('a mail whose sender stood still is taken over, and the late one changes nothing', async () => {
    const confirmations: (() => void)[] = []
    box.server.judge.mail = () => new Promise((done) => confirmations.push(() => done('take')))
    box.start()
    await box.queue()
    await box.server.reads(1)
    await box.timePasses()
    await box.server.reads(2)
    await box.becomes({ state: 'sending', attempts: 2, perhapsTwice: true })
    confirmations[0]?.()
    await box.server.takes(1)
    await expect.poll(() => box.logged.filter((line) => line.includes('mail sent')).length).toBe(1)
    await box.becomes({ state: 'sending', attempts: 2 })
    confirmations[1]?.()
    await box.becomes({ state: 'sent', attempts: 2, perhapsTwice: true })
  })

  test('stopping lets the mail on the wire arrive, and begins no other', async () => {
    let confirm = () => {}
    box.server.judge.mail = () =>
      new Promise((done) => {
        confirm = () => done('take')
      })
    const sender = box.start()
    await box.queue()
    await box.server.reads(1)
    const closed = sender.close()
    await box.queue()
    confirm()
    await closed
    expect((await box.rows()).map(({ state }) => state)).toEqual(['sent', 'queued'])
  })

  test('stopping gives up a mail server that hangs, and says what it doesn’t know', async () => {
    box.server.judge.mail = () => new Promise(() => undefined)
    const sender = box.start({ grace: 50 })
    await box.queue()
    await box.server.reads(1)
    await sender.close()
    expect(await box.row()).toMatchObject({ state: 'queued', perhapsTwice: true })
  })

  test('a mail that is not readable here waits, for whoever can read it', async () => {
    await box.queue()
    await box.database.outgoingMail.updateMany({ data: { message: new Uint8Array(40) } })
    box.start()
    await box.becomes({ state: 'queued', fault: 'It is not readable here: has LETHE_SECRET changed?' })
  })

  test('mails of long ago are forgotten', async () => {
    await box.queue()
    await box.database.outgoingMail.updateMany({
      data: { state: 'sent', dueAt: new Date(Date.now() - 31 * 86_400_000) },
    })
    await forgetOldMails(box.database)
    expect(await box.rows()).toEqual([])
  })
})
