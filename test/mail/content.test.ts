import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { from, type Outbox, openOutbox } from './outbox-support.ts'
import { verifyDkim } from './signed.ts'

const pair = (modulusLength: number) =>
  generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
const { publicKey, privateKey: key } = pair(2048)
const bounces = { address: 'bounces@crm.example', token: 'x'.repeat(32) }

let box: Outbox
let written: (subject: string) => Promise<{ obstacle: string } | undefined>
beforeAll(async () => {
  box = await openOutbox()
  box.start({
    dkim: { domain: 'crm.example', selector: 'lethe', key },
    bounces,
    writers: {
      late: async (_mail, queued) => (await written(queued.subject)) ?? { ...queued, text: 'as it is now' },
    },
  })
})
afterAll(() => box.close())

/** The mail with this subject, as it came. */
async function sent(subject: string) {
  const index = () => box.server.read.findIndex((mail) => mail.subject === subject)
  await expect.poll(index).toBeGreaterThanOrEqual(0)
  const at = index()
  return { mail: box.server.read[at], raw: box.server.raw[at] ?? Buffer.of(), sender: box.server.senders[at] }
}

describe('a signed mail (DKIM)', () => {
  test('verifies, and the signature covers what unsubscribes', async () => {
    await box.queue({
      subject: 'Zqsigned',
      unsubscribeUrl: 'https://crm.example/unsubscribe?t=zq',
      text: 'Ü  ö \n\n\n',
    })
    const { raw } = await sent('Zqsigned')
    const covered = verifyDkim(raw, publicKey)
    expect(covered).toMatchObject({ domain: 'crm.example', selector: 'lethe' })
    expect(covered?.headers).toEqual(
      expect.arrayContaining(['from', 'to', 'subject', 'date', 'message-id', 'content-type', 'auto-submitted']),
    )
    expect(covered?.headers).toEqual(expect.arrayContaining(['list-unsubscribe', 'list-unsubscribe-post']))
    expect(verifyDkim(raw, pair(2048).publicKey)).toBeUndefined()
    expect(
      verifyDkim(Buffer.from(raw.toString('latin1').replace('Zqsigned', 'Zqforged'), 'latin1'), publicKey),
    ).toBeUndefined()
  })

  const settings = { LETHE_SMTP_URL: 'smtp://mail.example', LETHE_MAIL_FROM: from }
  test.each([
    ['no key', { LETHE_DKIM_KEY: 'nonsense' }, 'must be a private key as PEM'],
    ['a short key', { LETHE_DKIM_KEY: pair(1024).privateKey }, 'at least 2048 bits'],
    ['a domain that is not the sender’s', { LETHE_DKIM_KEY: key, LETHE_DKIM_DOMAIN: 'm.example' }, 'or one above it'],
    ['bounces without a token', { LETHE_BOUNCE_ADDRESS: 'bounces@crm.example' }, 'Set both'],
  ])('is not promised with %s', (_name, given, message) => {
    expect(() => readConfig({ ...settings, ...given })).toThrow(message)
  })

  test('may be of the domain above, with the key on one line', () => {
    const oneLine = key.replaceAll('\n', '\\n')
    const from = { LETHE_MAIL_FROM: 'lethe@mail.crm.example' }
    const { mail } = readConfig({ ...settings, ...from, LETHE_DKIM_KEY: oneLine, LETHE_DKIM_DOMAIN: 'crm.example' })
    expect(mail?.dkim).toEqual({ domain: 'crm.example', selector: 'lethe', key: key.trim() })
  })
})

test('attachments arrive as they were, under their names', async () => {
  const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 256))
  const attachments = [
    { name: 'Übersicht "1".pdf', mediaType: 'application/pdf', content: bytes.toString('base64') },
    { name: 'rows.csv', mediaType: 'text/csv; charset=utf-8', content: Buffer.from('a\r\nä\n').toString('base64') },
  ]
  await box.queue({ subject: 'Zqfiles', attachments })
  const { mail, raw } = await sent('Zqfiles')
  expect(mail?.attachments.map(({ filename, contentType }) => [filename, contentType])).toEqual([
    ['Übersicht "1".pdf', 'application/pdf'],
    ['rows.csv', 'text/csv'],
  ])
  expect(mail?.attachments[0]?.content.equals(bytes)).toBe(true)
  expect(mail?.attachments[1]?.content.toString()).toBe('a\r\nä\n')
  expect(mail?.text).toContain('Hello')
  expect(verifyDkim(raw, publicKey)).toBeDefined()
  expect(
    (await box.rows()).every(({ message }) => message === null || !Buffer.from(message).includes('Übersicht')),
  ).toBe(true)
})

test('an encrypted mail has nothing in the clear but its headers', async () => {
  const content = Buffer.from('Zqcipher').toString('base64')
  await box.queue({ subject: 'Zqsmime', encrypted: { as: 'smime', content } })
  await box.queue({ subject: 'Zqpgp', encrypted: { as: 'openpgp', content: '-----BEGIN PGP MESSAGE-----\nZq\n' } })
  const smime = await sent('Zqsmime')
  expect(smime.mail?.headers.get('content-type')).toMatchObject({
    value: 'application/pkcs7-mime',
    params: { 'smime-type': 'enveloped-data', name: 'smime.p7m' },
  })
  const pgp = await sent('Zqpgp')
  expect(pgp.mail?.headers.get('content-type')).toMatchObject({
    value: 'multipart/encrypted',
    params: { protocol: 'application/pgp-encrypted' },
  })
  expect(pgp.mail?.attachments.map(({ contentType }) => contentType)).toEqual([
    'application/pgp-encrypted',
    'application/octet-stream',
  ])
  for (const { raw } of [smime, pgp]) {
    expect(raw.toString()).not.toContain('Hello')
    expect(verifyDkim(raw, publicKey)).toBeDefined()
  }
})

describe('a mail that is written when it is sent', () => {
  test('says how it is then, and comes back to an address of its own', async () => {
    written = async () => undefined
    const id = await box.queue({ kind: 'late', subject: 'Zqlate' })
    const { mail, sender } = await sent('Zqlate')
    expect(mail?.text).toContain('as it is now')
    expect(sender).toMatch(new RegExp(`^bounces\\+${id.replaceAll('-', '')}[0-9a-f]{20}@crm\\.example$`))
  })

  test('is not sent when there is no reason any more', async () => {
    written = async () => ({ obstacle: 'nothing_to_say' })
    const id = await box.queue({ kind: 'late', subject: 'Zqnothing' })
    const row = () => box.database.outgoingMail.findUnique({ where: { id } })
    await expect.poll(row).toMatchObject({ state: 'cancelled', fault: 'nothing_to_say', message: null })
  })

  test('is sent later when it can not be written now', async () => {
    written = async (subject) => {
      if (subject === 'Zqbroken') throw new Error('no')
      return undefined
    }
    const id = await box.queue({ kind: 'late', subject: 'Zqbroken' })
    const row = () => box.database.outgoingMail.findUnique({ where: { id } })
    await expect.poll(row).toMatchObject({ state: 'queued', attempts: 1, fault: expect.stringContaining('written') })
  })

  test('that took so long to write that another process took it over is that process’s to send', async () => {
    let go = () => {}
    const waits = new Promise<void>((done) => {
      go = done
    })
    let turns = 0
    written = async () => {
      if (++turns === 1) await waits
      return undefined
    }
    const id = await box.queue({ kind: 'late', subject: 'Zqslow' })
    const row = () => box.database.outgoingMail.findUnique({ where: { id } })
    await expect.poll(row).toMatchObject({ state: 'sending', attempts: 1 })
    await box.database.outgoingMail.update({ where: { id }, data: { dueAt: new Date(0) } })
    await box.timePasses()
    await expect.poll(row).toMatchObject({ state: 'sent', attempts: 2 })
    go()
    await box.queue({ subject: 'Zqafter' })
    await sent('Zqafter')
    expect(box.server.read.filter(({ subject }) => subject === 'Zqslow')).toHaveLength(1)
  })
})
