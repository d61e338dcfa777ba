import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { modules } from '../../src/modules/index.ts'
import { globalId, type Mailroom, openMailroom } from './support.ts'

const token = 'zqbounces'.repeat(4)
const bounces = { address: 'bounces@crm.example', token }

let room: Mailroom
beforeAll(async () => {
  room = await openMailroom({ bounces })
  room.start()
})
afterAll(() => room.close())
beforeEach(() => {
  room.server.judge.recipient = () => 'take'
})

type Person = { id: string; address: string }

/** A contact who got a mail, and where it comes back to. */
async function reached(): Promise<Person & { mailId: string; returnTo: string }> {
  const ida = await room.person()
  await room.ground(ida.id, 'newsletter')
  await room.newsletter(ida)
  await room.server.takesFor(ida.address)
  await expect.poll(() => room.mailsTo(ida.id)).toMatchObject([{ state: 'sent', message: null }])
  const [mail] = await room.mailsTo(ida.id)
  const at = room.server.read.findIndex(({ messageId }) => messageId?.includes(mail?.id ?? 'none'))
  return { ...ida, mailId: mail?.id ?? '', returnTo: room.server.senders[at] ?? '' }
}

type Told = { to: string; about?: string; status?: string; action?: string; diagnostic?: string; extra?: string }

/** A delivery status notification as Postfix writes it (RFC 3464). */
const notification = ({
  to,
  about = 'x@example.org',
  status = '5.1.1',
  action = 'failed',
  diagnostic,
  extra = '',
}: Told) =>
  [
    'From: MAILER-DAEMON@mx.example (Mail Delivery System)',
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'I’m sorry to have to inform you that your message could not be delivered.',
    '',
    '--b',
    'Content-Description: Delivery report',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    'X-Postfix-Queue-ID: 4AB',
    '',
    `Final-Recipient: rfc822; ${about}`,
    `Action: ${action}`,
    `Status: ${status}`,
    `Diagnostic-Code: smtp; ${diagnostic ?? `550 ${status} no`}`,
    '',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    `Subject: News${extra}`,
    '--b--',
    '',
  ].join('\r\n')

const head = (to: string) =>
  `To: ${to}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n`
const status = '--b\r\nContent-Type: message/delivery-status\r\n\r\n'

const post = (
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = { authorization: `Bearer ${token}` },
) => room.http('/bounces', { method: 'POST', body, headers: { 'content-type': 'message/rfc822', ...headers } })

/** How many mails it tells of. */
const noted = async (told: Told) => {
  const response = await post(notification(told))
  expect(response.status).toBe(200)
  return (await response.json()).noted
}

const emailsOf = async (id: string) => {
  const query =
    'query ($id: ID!) { contact(id: $id) { version emails { id address undeliverableAt } mails { state bouncedAt } } }'
  return (await room.ask(query, { id: globalId(id) })).contact
}

const since = expect.stringMatching(/^20\d\d-/)

describe('a mail that comes back', () => {
  test('marks the address, which the log tells, and no further mails go there until it is corrected', async () => {
    const ida = await reached()
    await room.newsletter(ida) // On its way when the first comes back.
    await room.server.takesFor(ida.address, 2)
    expect(await noted({ to: ida.returnTo, about: ida.address })).toBe(1)
    const contact = await emailsOf(ida.id)
    expect(contact.emails).toMatchObject([{ address: ida.address, undeliverableAt: since }])
    expect(contact.mails.map(({ bouncedAt }: { bouncedAt: string | null }) => bouncedAt)).toEqual([null, since])
    const query = `query ($id: ID!) { auditLog(filter: { contactId: $id }, first: 5) {
      edges { node { entity operation actor { kind } changes { field new } } } } }`
    const { auditLog } = await room.ask(query, { id: globalId(ida.id) })
    const entries = auditLog.edges.map(({ node }: { node: object }) => node)
    for (const [entity, field] of [
      ['ContactMail', 'bouncedAt'],
      ['EmailAddress', 'undeliverableAt'],
    ]) {
      expect(entries).toContainEqual(
        expect.objectContaining({
          ...{ entity, operation: 'noteUndeliverable', actor: { kind: 'SYSTEM' } },
          changes: [{ field, new: expect.anything() }],
        }),
      )
    }

    await room.newsletter(ida)
    await expect
      .poll(() => room.mailsTo(ida.id))
      .toMatchObject([{}, {}, { state: 'cancelled', fault: 'undeliverable', message: null }])

    const update =
      'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { emails { address undeliverableAt } } }'
    const address = `new.${ida.address}`
    const { updateContact } = await room.ask(update, {
      input: { id: globalId(ida.id), version: contact.version, updateEmails: [{ id: contact.emails[0].id, address }] },
    })
    expect(updateContact.emails).toEqual([{ address, undeliverableAt: null }])
    await room.newsletter({ ...ida, address })
    await room.server.takesFor(address)
  })

  test('is marked deliverable by whoever verified it anew', async () => {
    const ida = await reached()
    await noted({ to: ida.returnTo })
    const { version, emails } = await emailsOf(ida.id)
    const update =
      'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { emails { undeliverableAt } } }'
    const changed = { id: emails[0].id, verifiedAt: new Date().toISOString() }
    const input = { id: globalId(ida.id), version, updateEmails: [changed] }
    expect((await room.ask(update, { input })).updateContact.emails).toEqual([{ undeliverableAt: null }])
  })

  test('says so once, however often it is told', async () => {
    const ida = await reached()
    await Promise.all(Array.from({ length: 5 }, () => noted({ to: ida.returnTo })))
    const [{ undeliverableAt }] = (await emailsOf(ida.id)).emails
    await noted({ to: ida.returnTo.toUpperCase() })
    expect((await emailsOf(ida.id)).emails).toMatchObject([{ undeliverableAt }])
    expect((await room.logged(ida.id)).filter(({ operation }) => operation === 'noteUndeliverable')).toHaveLength(1)
  })

  test('for another reason than the address leaves the address alone', async () => {
    for (const status of ['5.2.2', '5.7.1', '4.4.1', '5.0.0']) {
      const ida = await reached()
      expect(await noted({ to: ida.returnTo, status })).toBe(1)
      expect(await emailsOf(ida.id)).toMatchObject({
        emails: [{ undeliverableAt: null }],
        mails: [{ bouncedAt: since }],
      })
    }
    const ida = await reached()
    await noted({ to: ida.returnTo, status: '5.0.0', diagnostic: '550-5.1.1 The email account does not exist.' })
    expect((await emailsOf(ida.id)).emails).toMatchObject([{ undeliverableAt: since }])
  })

  test('or is only late, or answered by an absence note, changes nothing', async () => {
    const ida = await reached()
    expect(await noted({ to: ida.returnTo, action: 'delayed', status: '4.4.1' })).toBe(0)
    const away = `From: ${ida.address}\r\nTo: ${ida.returnTo}\r\nSubject: Away\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n`
    expect(await (await post(away)).json()).toEqual({ noted: 0 })
    expect(await emailsOf(ida.id)).toMatchObject({ emails: [{ undeliverableAt: null }], mails: [{ bouncedAt: null }] })
  })

  test('marks what the mail was sent to, whatever the notification names', async () => {
    const [ida, other] = [await reached(), await reached()]
    await noted({ to: ida.returnTo, about: other.address })
    expect((await emailsOf(other.id)).emails).toMatchObject([{ undeliverableAt: null }])
    expect((await emailsOf(ida.id)).emails).toMatchObject([{ undeliverableAt: since }])
  })

  test('of somebody who was erased meanwhile is nobody’s', async () => {
    const ida = await reached()
    await room.erase(ida.id)
    expect(await noted({ to: ida.returnTo })).toBe(1)
    const row = await room.database.outgoingMail.findUnique({ where: { id: ida.mailId } })
    expect(row).toMatchObject({ contactId: null, recipient: '' })
  })
})

test('an address that the mail server refuses at once is marked as well', async () => {
  const ida = await room.person()
  await room.ground(ida.id, 'newsletter')
  room.server.judge.recipient = () => ({ code: 550, text: '5.1.1 no such user' })
  await room.newsletter(ida)
  await expect.poll(() => room.mailsTo(ida.id)).toMatchObject([{ state: 'failed', bouncedAt: expect.any(Date) }])
  expect((await emailsOf(ida.id)).emails).toMatchObject([{ undeliverableAt: since }])
  const kim = await room.person()
  await room.ground(kim.id, 'newsletter')
  room.server.judge.recipient = () => ({ code: 550, text: '5.7.1 we do not like your network' })
  await room.newsletter(kim)
  await expect.poll(() => room.mailsTo(kim.id)).toMatchObject([{ state: 'failed', bouncedAt: null }])
  expect((await emailsOf(kim.id)).emails).toMatchObject([{ undeliverableAt: null }])
})

describe('a stranger', () => {
  test('without the token is refused', async () => {
    const ida = await reached()
    for (const authorization of ['', 'Bearer', 'Bearer wrong', `Basic ${token}`]) {
      const response = await post(notification({ to: ida.returnTo }), { authorization })
      expect(response.status).toBe(401)
    }
    expect((await emailsOf(ida.id)).emails).toMatchObject([{ undeliverableAt: null }])
  })

  test('who mails the address with a notification made up changes nothing', async () => {
    const ida = await reached()
    const id = ida.mailId.replaceAll('-', '')
    const own = (await reached()).returnTo // Of a mail that the stranger got.
    const proof = own.slice('bounces+'.length + 32, own.indexOf('@'))
    for (const to of [
      'bounces@crm.example',
      `bounces+${id}@crm.example`,
      `bounces+${id}${'0'.repeat(20)}@crm.example`,
      `bounces+${id}${proof}@crm.example`, // The proof of another mail.
      ida.returnTo.replace('crm.example', 'crm.example.evil.example').replace('@', '@x'),
      `${ida.returnTo}, ${own}`, // Of which one would it be?
    ]) {
      expect([to, await noted({ to })]).toEqual([to, 0])
    }
    expect((await emailsOf(ida.id)).emails).toMatchObject([{ undeliverableAt: null }])
  })

  test('who sends what nobody can read, or too much of it, breaks nothing', async () => {
    const { returnTo: to } = await reached()
    const nested = `${'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n'.repeat(500)}\r\n`
    const bombs = [
      `To: ${to}\r\n${nested}`,
      `To: ${to}\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
      `To: ${to}\r\n`,
      '',
      '\0'.repeat(1000),
      notification({ to, status: `${'5.'.repeat(20_000)}` }),
    ]
    for (const bomb of bombs) expect([200, (await post(bomb)).status]).toEqual([200, 200])
    expect((await post('x'.repeat(2 * 1024 * 1024 + 1))).status).toBe(413)
    expect((await room.http('/bounces')).status).toBe(405)
  })

  test.each([
    ['parts', (to: string) => `${head(to)}${'--b\r\n\r\n'.repeat(299_000)}`],
    [
      'recipients',
      (to: string) => `${head(to)}${status}A: b\r\n\r\n${'Action: failed\r\nStatus: 5.1.1\r\n\r\n'.repeat(50_000)}`,
    ],
    ['blank lines', (to: string) => `${head(to)}${status}A: b\n${'\n \t \t'.repeat(300_000)}`],
    ['folded lines', (to: string) => `${head(to)}${status}A: b\n\nStatus: ${'\n x'.repeat(600_000)}`],
    [
      'flowed text',
      (to: string) => `To: ${to}\r\nContent-Type: text/plain; format=flowed; delsp=yes\r\n\r\n${' \n'.repeat(900_000)}`,
    ],
    ['groups of addresses', (to: string) => `To: ${to}\r\nCc: ${'a:'.repeat(30_000)}\r\n\r\nx`],
  ])('who sends a great many %s keeps nobody waiting', async (_what, made) => {
    const { returnTo: to } = await reached()
    const start = performance.now()
    expect((await post(made(to))).status).toBe(200)
    expect(performance.now() - start).toBeLessThan(2500) // It took 3 to 25 seconds where all was read.
  })

  test('or whoever has the token is slowed down, rather than the server', async () => {
    const wrong = await Promise.all(Array.from({ length: 40 }, () => post('x', { authorization: 'Bearer wrong' })))
    const statuses = wrong.map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
    expect(Number(wrong.find(({ status }) => status === 429)?.headers.get('retry-after'))).toBeGreaterThan(0)
    const level = async (level: number) => {
      const updatedAt = new Date()
      await room.database.attemptLevel.update({
        where: { key: 'bounces:handed-on' },
        data: { level, updatedAt, blockedUntil: updatedAt },
      })
    }
    const ida = await reached()
    await noted({ to: ida.returnTo, status: '4.4.1', action: 'delayed' })
    await level(100_000)
    expect((await post(notification({ to: ida.returnTo }))).status).toBe(429)
    expect((await emailsOf(ida.id)).emails).toMatchObject([{ undeliverableAt: null }])
    await level(0)
    expect(await noted({ to: ida.returnTo })).toBe(1)
  })
})

describe('a mail to one of ours that comes back', () => {
  const mailId = async (to: string) => {
    await room.server.takesFor(to)
    const at = room.server.recipients.findLastIndex((list) => list.includes(to))
    return room.server.senders[at] ?? ''
  }
  const findings = async (): Promise<string> => {
    const { securityReview } = await room.ask('{ securityReview { key findings { text users { id } } } }')
    return JSON.stringify(securityReview)
  }
  const user = async (id: string) =>
    (await room.ask('query ($id: ID!) { node(id: $id) { ... on User { email undeliverableAt } } }', { id })).node
  const invite = async (email: string): Promise<string> =>
    (await room.ask(`mutation { inviteUser(input: { email: "${email}" }) { user { id } } }`)).inviteUser.user.id

  test('marks the user, which the security review and the log tell, until their address is said again', async () => {
    const id = await invite('zq.gone@crm.example')
    const to = await mailId('zq.gone@crm.example')
    expect(await noted({ to, status: '5.2.2' })).toBe(1) // A full mailbox.
    expect(await user(id)).toMatchObject({ undeliverableAt: null })
    expect(await findings()).not.toContain('Mails come back')

    const other = await invite('zq.other@crm.example')
    expect(await noted({ to: await mailId('zq.other@crm.example') })).toBe(1)
    expect(await user(other)).toMatchObject({ undeliverableAt: since })
    expect(await user(id)).toMatchObject({ undeliverableAt: null })
    expect(await findings()).toContain(`Mails come back`)
    const log = `{ auditLog(filter: { operation: "noteUndeliverable" }, first: 5) {
      edges { node { entity entityId actor { kind } changes { field } } } } }`
    const { auditLog } = await room.ask(log)
    expect(auditLog.edges.map(({ node }: { node: object }) => node)).toContainEqual(
      expect.objectContaining({
        ...{ entity: 'User', actor: { kind: 'SYSTEM' } },
        changes: [{ field: 'undeliverableAt' }],
      }),
    )
    const update =
      'mutation ($id: ID!, $email: String!) { updateUser(id: $id, input: { email: $email }) { undeliverableAt } }'
    expect((await room.ask(update, { id: other, email: 'zq.other@crm.example' })).updateUser.undeliverableAt).toBeNull()
    expect(await findings()).not.toContain('Mails come back')
  })

  test('or that the mail server refuses at once', async () => {
    room.server.judge.recipient = () => ({ code: 550, text: '5.1.1 no such user' })
    const id = await invite('zq.refused@crm.example')
    await expect.poll(() => user(id), { timeout: 20_000 }).toMatchObject({ undeliverableAt: since })
  })
})

describe('previewMail', () => {
  const kinds = async (): Promise<string[]> => {
    const { __type } = await room.ask('{ __type(name: "MailKind") { enumValues { name description } } }')
    return __type.enumValues.map(({ name }: { name: string }) => name)
  }

  test.each(['DE', 'EN'])('shows every mail, as text and as HTML that loads nothing (%s)', async (language) => {
    const names = await kinds()
    const fields = '{ kind description from subject text html }'
    for (let start = 0; start < names.length; start += 10) {
      const some = names.slice(start, start + 10)
      const previews = await room.ask(
        `{ ${some.map((name) => `${name}: previewMail(kind: ${name}, language: ${language}) ${fields}`).join('\n')} }`,
      )
      for (const name of some) {
        const { from, subject, text, html } = previews[name]
        expect([name, from]).toEqual([name, 'Lethe <lethe@crm.example>'])
        expect([name, subject.length > 5, text.length > 40]).toEqual([name, true, true])
        expect([name, html]).toEqual([name, expect.stringContaining(`<html lang="${language.toLowerCase()}">`)])
        expect([name, html]).toEqual([
          name,
          expect.not.stringMatching(/<(img|link|script|iframe)|src=|undefined|\[object/i),
        ])
        expect([name, text]).toEqual([name, expect.not.stringMatching(/undefined|\[object|null/)])
      }
    }
  })

  test('leaves none out that anything queues', async () => {
    const shown = new Set(modules.flatMap(({ mailSamples }) => (mailSamples ?? []).map(({ kind }) => kind)))
    const folder = join(import.meta.dirname, '..', '..', 'src', 'modules')
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'))
    const queued = new Set<string>()
    for (const name of files) {
      const text = await readFile(join(folder, name), 'utf8')
      if (!/await queue(Contact)?Mail\(|=>\s+queueContactMail\(/.test(text)) continue
      for (const [, kind = ''] of text.matchAll(/\bkind: ['`]([a-z-]+)/g)) queued.add(kind)
    }
    queued.delete('email') // A kind of contact points.
    expect(queued.size).toBeGreaterThan(12)
    // `subject-request-`: what follows is the kind of the notice.
    const missing = [...queued].filter(
      (kind) => ![...shown].some((one) => (kind.endsWith('-') ? one.startsWith(kind) : one === kind)),
    )
    expect(missing).toEqual([])
  })
})
