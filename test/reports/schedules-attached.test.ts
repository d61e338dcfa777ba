import { createPrivateKey } from 'node:crypto'
import { simpleParser } from 'mailparser'
import { decrypt, generateKey, readMessage, readPrivateKey } from 'openpgp'
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'
import * as pkijs from 'pkijs'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pastTheGuards } from '../support/database.ts'
import { openPostOffice, type PostOffice } from './schedules-support.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

let office: PostOffice
let sender: ReturnType<PostOffice['start']>
beforeAll(async () => {
  office = await openPostOffice()
  sender = office.start()
  await office.lapsing(5)
})
afterAll(() => office.close())

const reading = [{ right: 'reports.reports', write: true }, { right: 'contacts.*' }, { right: 'lawfulness.*' }]
// With what follows: three letters alone stand in any cipher text now and then.
const readable = /Ida[",]/
const uuidOf = (id: string) => Buffer.from(id, 'base64').toString().replace('User:', '')
const protect =
  'mutation ($p: ReportProtectionInput) { setReportProtection(protection: $p) { kind fingerprint expiresAt } }'
const allow = `mutation ($id: ID!, $version: Int!) {
  allowReportAttachments(id: $id, version: $version) { id version attachmentsAllowedAt } }`

/** A schedule to a user, whose rows are attached, and which an administrator allowed. */
async function attaching(user: { id: string }, attachment: string, allowed = true): Promise<string> {
  const recipients = [{ user: user.id }]
  const { id, version } = await office.schedule({ cron: '0 8 * * *', attachment, recipients })
  if (allowed)
    expect((await office.ask(allow, { id, version })).allowReportAttachments.attachmentsAllowedAt).toBeTruthy()
  return id
}

/** The mail that comes of it. */
async function mailOf(id: string, to: string) {
  await office.turns(await office.dueMoment(id))
  await office.settle()
  const at = office.server.recipients.findLastIndex((list) => list.includes(to))
  return { mail: office.server.read[at], raw: office.server.raw[at] ?? Buffer.of() }
}

async function reader(protection?: object): Promise<Data> {
  const user = await office.user(reading)
  if (!protection) return user
  const { data, errors } = await office.graphql(protect, { p: protection }, user.token)
  expect(errors).toBeUndefined()
  return { ...user, protection: data.setReportProtection }
}

const certificate = (days = 30) =>
  generate([{ name: 'commonName', value: 'reader@example.org' }], {
    ...{ keySize: 2048, algorithm: 'sha256' },
    notAfterDate: new Date(Date.now() + days * 24 * 3_600_000),
  })

describe('rows go as an attachment that nobody else can read', () => {
  test('by S/MIME: the whole mail is encrypted for the owner of the certificate', async () => {
    const { cert, private: key } = await certificate()
    const kim = await reader({ certificate: cert })
    expect(kim.protection).toMatchObject({ kind: 'SMIME', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) })
    const { raw, mail } = await mailOf(await attaching(kim, 'CSV'), kim.email)
    expect(raw.toString('latin1')).not.toMatch(/Ida[",]|report\.csv|Schedule \d/)
    const content = mail?.attachments[0]?.content ?? Buffer.of()
    const info = pkijs.ContentInfo.fromBER(new Uint8Array(content))
    const enveloped = new pkijs.EnvelopedData({ schema: info.content })
    const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' })
    const inner = await enveloped.decrypt(0, { recipientPrivateKey: new Uint8Array(der).buffer })
    const opened = await simpleParser(Buffer.from(inner))
    expect(opened.text).toContain('The rows are in the attached file.')
    expect(opened.attachments.map(({ filename }) => filename)).toEqual(['report.csv'])
    expect(opened.attachments[0]?.content.toString()).toMatch(readable)
    expect(await office.database.outgoingMail.count({ where: { NOT: { message: null } } })).toBe(0)
  })

  test('by OpenPGP: the whole mail is encrypted for the owner of the key', async () => {
    const { privateKey, publicKey } = await generateKey({ userIDs: [{ email: 'reader@example.org' }] })
    const kim = await reader({ openpgpKey: publicKey })
    const { raw, mail } = await mailOf(await attaching(kim, 'JSON_LINES'), kim.email)
    expect(raw.toString('latin1')).not.toMatch(/Ida[",]|report\.jsonl/)
    const armored = mail?.attachments.at(-1)?.content.toString() ?? ''
    const { data } = await decrypt({
      message: await readMessage({ armoredMessage: armored }),
      decryptionKeys: await readPrivateKey({ armoredKey: privateKey }),
      format: 'binary',
    })
    const opened = await simpleParser(Buffer.from(data))
    expect(opened.attachments[0]?.filename).toBe('report.jsonl')
    expect(opened.attachments[0]?.content.toString()).toMatch(readable)
  })

  test('by a password of PDF: text and counts stay readable, the file opens with it alone', async () => {
    const pdfPassword = '@- quite a "long" pass phrase, ü'
    const kim = await reader({ pdfPassword })
    const { raw, mail } = await mailOf(await attaching(kim, 'PDF'), kim.email)
    expect(mail?.text).toContain('Your password for reports opens it.')
    expect(raw.toString('latin1')).not.toContain(pdfPassword)
    const pdf = mail?.attachments[0]?.content ?? Buffer.of()
    expect(mail?.attachments[0]?.filename).toBe('report.pdf')
    expect(pdf.toString('latin1')).toContain('/AESV3')
    const open = (password: string) => getDocument({ data: new Uint8Array(pdf), password, verbosity: 0 }).promise
    await expect(open('')).rejects.toThrow()
    await expect(open('wrong')).rejects.toThrow()
    expect((await open(pdfPassword)).numPages).toBeGreaterThan(0)
    const stored = await office.database.reportProtection.findUniqueOrThrow({ where: { recipientId: uuidOf(kim.id) } })
    expect(Buffer.from(stored.password ?? []).toString('latin1')).not.toContain('long')
  })

  test('and the log tells of it as of other exports, with no name in it', async () => {
    const { auditLog } = await office.ask(`{ auditLog(filter: { operation: "mailReport" }, first: 50) {
      edges { node { action entity actor { kind } changes { field new } } } } }`)
    const entries = auditLog.edges.map(({ node }: Data) => node)
    expect(entries.length).toBeGreaterThan(2)
    expect(entries[0]).toMatchObject({ action: 'READ', entity: 'ReportSchedule', actor: { kind: 'SYSTEM' } })
    expect(JSON.stringify(entries)).not.toMatch(/Ida|@/)
    // And of each contact whom a file told of, that it did.
    const [reach] = await office.database.exportReach.findMany()
    const contact = btoa(`Contact:${reach?.contactIds[0]}`)
    const { runReport } = await office.ask(
      'query ($parameters: JSON!) { runReport(report: { key: "disclosures" }, parameters: $parameters) { rows { cells { text } } } }',
      { parameters: { contact, kind: 'export' } },
    )
    expect(JSON.stringify(runReport.rows)).toContain('mailReport')
  })
})

describe('nothing is attached', () => {
  const text = async (id: string, to: string) => {
    const { mail } = await mailOf(id, to)
    expect(mail?.attachments).toEqual([])
    return mail?.text ?? ''
  }

  test('before an administrator allows it, nor after it was changed since', async () => {
    const kim = await reader({ pdfPassword: 'quite a long pass phrase' })
    const id = await attaching(kim, 'PDF', false)
    expect(await text(id, kim.email)).toContain('has not allowed it')
    const { version } = await office.look(id)
    const { errors } = await office.graphql(allow, { id, version }, kim.token)
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    const allowed = (await office.ask(allow, { id, version })).allowReportAttachments
    const update = `mutation ($input: UpdateReportScheduleInput!) { updateReportSchedule(input: $input) { version attachmentsAllowedAt } }`
    const change = async (input: object, from: number) =>
      (await office.ask(update, { input: { id, version: from, ...input } })).updateReportSchedule
    const renamed = await change({ name: `Renamed ${office.key()}` }, allowed.version)
    expect(renamed.attachmentsAllowedAt).toBeTruthy()
    const recipients = [{ user: kim.id }, { user: office.me }]
    const wider = await change({ recipients }, renamed.version)
    expect(wider.attachmentsAllowedAt).toBeNull()
  })

  test('for whom no protection is laid down, it has expired, or it fits no other format than PDF', async () => {
    const [none, password, old] = [
      await reader(),
      await reader({ pdfPassword: 'quite a long pass phrase' }),
      await reader({ certificate: (await certificate(1)).cert }),
    ]
    expect(await text(await attaching(none, 'PDF'), none.email)).toContain('lay down a certificate')
    expect(await text(await attaching(password, 'XLSX'), password.email)).toContain('a password protects a PDF alone')
    expect(old.protection.expiresAt).toMatch(/^20/)
    const passed = 'UPDATE report_protection SET expires_at = now() WHERE recipient_id = $1'
    await pastTheGuards(office.config.databaseUrl ?? '', passed, [uuidOf(old.id)])
    expect(await text(await attaching(old, 'PDF'), old.email)).toContain('is not valid any more')
  })

  test('where the mail server says that it is too much: then the counts come, and a link to the rows', async () => {
    const kim = await reader({ pdfPassword: 'quite a long pass phrase' })
    const most = 10_000 // Bytes, of which the text has some 3,000.
    office.server.judge.mail = () =>
      (office.server.raw.at(-1)?.length ?? 0) > most
        ? { code: 552, text: '5.3.4 Message size exceeds fixed limit' }
        : 'take'
    const id = await attaching(kim, 'PDF')
    const told = await text(id, kim.email)
    office.server.judge.mail = () => 'take'
    expect(told).toMatch(/too large for a mail.* All rows are behind the link\./s)
    expect(told).toMatch(/\/graphql\?query=/)
    const both = office.server.read.filter(
      ({ messageId }, index) => messageId === office.server.read[index - 1]?.messageId,
    )
    expect(both).toHaveLength(1) // The same mail, which the mail server has once.
    expect((await office.look(id)).mailings).toMatchObject([{ state: 'SENT', perhapsTwice: false }])
    // As RFC 1870 has it, without an enhanced code; and from a mailbox that is full, which is another thing.
    office.server.judge.mail = () =>
      (office.server.raw.at(-1)?.length ?? 0) > most ? { code: 552, text: 'too big' } : 'take'
    expect(await text(id, kim.email)).toContain('too large for a mail')
    office.server.judge.mail = () => ({ code: 552, text: '5.2.2 mailbox full' })
    await office.turns(await office.dueMoment(id))
    await office.settle()
    office.server.judge.mail = () => 'take'
    expect((await office.look(id)).mailings[0]).toMatchObject({
      state: 'FAILED',
      reason: expect.stringContaining('5.2.2'),
    })
  })

  test('that has more bytes than the settings let a mail have', async () => {
    await sender.close()
    sender = office.start({ maxMail: 3000 })
    const [kim, jo] = [
      await reader({ pdfPassword: 'quite a long pass phrase' }),
      await reader({ certificate: (await certificate()).cert }),
    ]
    const before = office.server.read.length
    expect(await text(await attaching(kim, 'PDF'), kim.email)).toContain('All rows are behind the link.')
    expect(await text(await attaching(jo, 'PDF'), jo.email)).toContain('All rows are behind the link.')
    expect(office.server.read.slice(before).every(({ attachments }) => attachments.length === 0)).toBe(true)
    await sender.close()
    sender = office.start()
  })

  test.each([
    ['a private key', async () => ({ openpgpKey: (await generateKey({ userIDs: [{ name: 'x' }] })).privateKey })],
    ['no key', async () => ({ openpgpKey: 'nonsense' })],
    ['an expired certificate', async () => ({ certificate: (await certificate(-1)).cert })],
    ['a private key in PEM', async () => ({ certificate: (await certificate()).private })],
    [
      'a certificate with its key',
      async () => {
        const { cert, private: key } = await certificate()
        return { certificate: `${cert}${key}` }
      },
    ],
    ['a short password', async () => ({ pdfPassword: 'short' })],
    ['a password of several lines', async () => ({ pdfPassword: 'quite a long\npass phrase' })],
  ])('by %s, which is refused', async (_name, given) => {
    const { errors } = await office.graphql(protect, { p: await given() }, office.token)
    expect(errors?.[0]?.extensions.code).toBe('INVALID_INPUT')
    expect(JSON.stringify(errors)).not.toMatch(/PRIVATE|short|pass phrase/)
  })
})
