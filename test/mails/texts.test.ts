import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forgetExpiredLinks } from '../../src/modules/mails/housekeeping.ts'
import { createLink, lookAt, use } from '../../src/modules/mails/links.ts'
import { mailConfirmed, mailWithdrawalLink, mailWithdrawn } from '../../src/modules/mails/mails.ts'
import { mailData } from '../../src/modules/mails/personal-data.ts'
import { mailCode, mailLink } from '../../src/modules/selfservice/mails.ts'
import { disclosedBy } from '../support/disclosed.ts'
import { ask, site } from './asking.ts'
import { type Mailroom, openMailroom } from './support.ts'

let room: Mailroom
beforeAll(async () => {
  room = await openMailroom()
})
afterAll(() => room.close())

const soon = () => new Date(Date.now() + 3_600_000)

test('what is held of mails is disclosed: what still waits with what it says, and links without their tokens', async () => {
  const ida = await room.person()
  await room.ground(ida.id, 'newsletter')
  const url = await room.newsletter(ida, 'newsletter', { text: 'Zqdisclosed' })
  const [mail] = await room.mailsTo(ida.id)
  const held = await room.inTurn((tx, work) => disclosedBy(mailData, { ...work, tx, contactId: ida.id }))
  expect(held).toMatchObject({
    mail: [
      {
        ...{ kind: 'newsletter', purposes: ['newsletter'], queuedAt: mail?.createdAt.toISOString(), state: 'queued' },
        ...{ to: ida.address, subject: 'News', text: 'Zqdisclosed' },
      },
    ],
    mailLink: [{ kind: 'unsubscribe', purposes: ['newsletter'] }],
  })
  expect(JSON.stringify(held)).not.toContain(new URL(url).searchParams.get('t') ?? 'none')
})

describe('every mail to a contact', () => {
  beforeAll(() => void room.start())

  test.each(['de', 'en'] as const)('says everything as text and as HTML that loads nothing (%s)', async (language) => {
    const to = `reader-${language}@example.org`
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    const reader = { to: ida.address, language }
    const link = { url: `${room.url}/somewhere?t=token`, expiresAt: soon() }
    const names = [language === 'de' ? 'Rundbrief' : 'Newsletter']
    await ask(room, ['newsletter', 'surveys'], { to, language })
    const [confirmation] = await room.server.takesFor(to)
    await room.inTurn(async (tx, context) => {
      const contactId = ida.id
      const asked = { site, purposes: names }
      await mailConfirmed(tx, context, reader, { contactId, asked, purposes: ['newsletter'] })
      await mailWithdrawalLink(tx, context, reader, { contactId, purposes: names, link })
      await mailWithdrawn(tx, context, reader, { contactId, purposes: names, at: new Date() })
      const contact = { ...(await tx.contact.findUniqueOrThrow({ where: { id: contactId } })), language }
      await mailLink(tx, context, contact, ida.address, link)
      const whom = { contactId, address: ida.address, language }
      await mailCode(tx, context, whom, { code: '12345678', expiresAt: soon() })
    })
    const others = await room.server.takesFor(ida.address, 5)
    for (const mail of [confirmation, ...others]) {
      const { text = '', html, subject = '' } = mail ?? {}
      expect(`${html}`).not.toMatch(/<(img|link|script|iframe)|src=|url\(|@import/i)
      expect(`${html}`).toContain(`<html lang="${language}">`)
      expect(text).toContain(`${language === 'de' ? 'Verantwortlich für' : 'Responsible for'} `)
      expect(text).toContain('Musterfirma GmbH\nHauptstraße 1')
      for (const url of text.match(/https:\S+/g) ?? []) expect(`${html}`).toContain(url.replaceAll('&', '&amp;'))
      expect(subject).not.toMatch(/1234|Ida/)
    }
    expect(confirmation?.text).toMatch(
      language === 'de'
        ? /„Beispielladen“ \(shop\.example\).*• Rundbrief\n• Umfragen.*\/consent\?t=[\w-]{43}&lang=de.*Sie waren das nicht\? Dann brauchen Sie nichts zu tun/s
        : /“Beispielladen” \(shop\.example\).*• Newsletter\n• Surveys.*\/consent\?t=[\w-]{43}&lang=en.*It was not you\? Then you need do nothing/s,
    )
    expect(confirmation?.text).not.toContain('/join')
    expect(others.some(({ text }) => text?.includes('1234 5678'))).toBe(true)
    const withHeaders = [confirmation, ...others].filter((mail) =>
      mail?.headerLines.some(({ key }) => key === 'list-unsubscribe-post'),
    )
    expect(withHeaders).toHaveLength(2) // The one that asks, and the one that serves a purpose.
  })
})

describe('a link', () => {
  test('is used by one of many who try at once, for its own kind, and only while it is good', async () => {
    const ida = await room.person()
    const link = (kind: 'withdraw' | 'self-service', expiresAt: Date) =>
      room.inTurn((tx) => createLink(tx, { kind, contactId: ida.id, purposes: [], expiresAt }))
    const token = await link('self-service', soon())
    const attempt = (given: string) =>
      room
        .inTurn((tx) => use(tx, given, 'self-service'))
        .then(
          () => 1,
          () => 0,
        )
    expect((await Promise.all(Array.from({ length: 20 }, () => attempt(token)))).filter(Boolean)).toHaveLength(1)
    expect(await room.inTurn((tx) => lookAt(tx, token, 'self-service'))).toMatchObject({ dead: 'used' })
    expect(await attempt(await link('withdraw', soon()))).toBe(0)
    const old = await link('self-service', new Date(Date.now() - 1))
    expect(await attempt(old)).toBe(0)
    expect(await room.inTurn((tx) => lookAt(tx, old, 'self-service'))).toMatchObject({ dead: 'expired' })
  })

  test('is forgotten: of a request when it has expired, of a contact a month later', async () => {
    const ida = await room.person()
    const day = 86_400_000
    const of = (whose: { contactId: string } | { requestId: string }, expired: number) =>
      room.inTurn((tx) =>
        createLink(tx, { kind: 'withdraw', ...whose, purposes: [], expiresAt: new Date(Date.now() - expired) }),
      )
    const requestId = crypto.randomUUID()
    const tokens = [
      await of({ requestId }, 1),
      await of({ requestId }, -day),
      await of({ contactId: ida.id }, 29 * day),
      await of({ contactId: ida.id }, 31 * day),
    ]
    await forgetExpiredLinks(room.work())
    const left = await room.inTurn((tx) => Promise.all(tokens.map((token) => lookAt(tx, token, 'withdraw'))))
    expect(left.map((link) => ('dead' in link ? link.dead : 'good'))).toEqual(['unknown', 'good', 'expired', 'unknown'])
  })
})
