import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { type Archive, openArchive, pdf } from './support.ts'

let archive: Archive
beforeAll(async () => {
  archive = await openArchive({ config: { maxDocument: 2 * 1024 * 1024, corsOrigins: ['https://crm.example'] } })
})
afterAll(() => archive?.close())

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')

describe('a document', () => {
  it('is announced, sent as it is, and comes back as it was; in the storage it is sealed', async () => {
    const { id: contact, uuid } = await archive.person()
    const content = Buffer.concat([pdf('Arbeitsvertrag Muster'), randomBytes(300_000)])
    const id = await archive.upload({ title: 'Arbeitsvertrag Ida Muster', contacts: [contact] }, content)
    const document = await archive.look(id)
    expect(document).toMatchObject({
      ...{ title: 'Arbeitsvertrag Ida Muster', personal: 'LINKED', contactCount: 1, latestVersion: 1 },
      ...{ declaredBy: { kind: 'USER' }, type: { key: 'contract' }, links: [{ contact: { id: contact } }] },
      versions: [{ number: 1, mediaType: 'application/pdf', size: content.length, sha256: sha256(content) }],
    })
    const year = new Date().getUTCFullYear()
    expect(document.retainUntil).toBe(`${year + 7}-01-01T00:00:00.000Z`)

    const { status, headers, body } = await archive.send(document.versions[0].url)
    expect(status).toBe(200)
    expect(body.equals(content)).toBe(true)
    expect(headers).toMatchObject({
      ...{ 'content-type': 'application/pdf', 'content-length': String(content.length), 'cache-control': 'no-store' },
      ...{
        'x-content-type-options': 'nosniff',
        'content-disposition': 'attachment; filename="Arbeitsvertrag Ida Muster.pdf"',
      },
    })
    const [key = ''] = (await archive.files()).filter((one) => one.endsWith(document.versions[0].id))
    const pieces: Uint8Array[] = []
    for await (const piece of archive.storage.open(key)) pieces.push(piece)
    expect(Buffer.concat(pieces).includes('Arbeitsvertrag')).toBe(false)

    const entries = await archive.database.auditEntry.findMany({ where: { contactId: uuid }, orderBy: { id: 'asc' } })
    expect(entries.map(({ operation, action, entity }) => `${operation} ${action} ${entity}`)).toEqual([
      'createContact created Contact',
      'uploadDocument created Document',
      'downloadDocument read DocumentVersion',
    ])
  })
})

test('the example of the README can be followed', async () => {
  const readme = await readFile(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')
  const [, section = ''] = readme.split('\n## Documents\n')
  const [, query = ''] = /```graphql\n([\s\S]*?)```/.exec(section) ?? []
  const { id } = await archive.person()
  const { url } = await archive.ask(query, { contact: id })
  expect((await archive.put(url, pdf('of 2026'))).status).toBe(201)
})

describe('a file', () => {
  it('is refused where it is not what it is said to be, or of no type that is taken', async () => {
    const { id } = await archive.person()
    const refused = async (input: object, content: Uint8Array) => {
      const { status, faults } = await archive.refused({ contacts: [id], ...input }, content)
      return [status, ...faults.map(({ rule }: { rule: string }) => rule)]
    }
    expect(await refused({ mediaType: 'image/png' }, pdf('no picture'))).toEqual([422, 'media_type_claim'])
    expect(await refused({ mediaType: 'application/pdf' }, Buffer.from('no PDF'))).toEqual([422, 'media_type_claim'])
    expect(await refused({}, Buffer.of())).toEqual([422, 'empty'])
    const markup = ['<!DOCTYPE html><script>alert(1)</script>', '  <SCRIPT>alert(1)</SCRIPT>']
    markup.push('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
    for (const text of markup) {
      expect(await refused({ mediaType: 'text/plain' }, Buffer.from(text))).toEqual([422, 'media_type'])
    }
    expect(await refused({ mediaType: 'text/plain' }, Buffer.from([0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72]))).toEqual([
      422,
      'media_type',
    ])
    expect(await refused({}, Buffer.concat([Buffer.alloc(400_000, 'a'), Buffer.of(0xff)]))).toEqual([422, 'media_type'])
    expect(await refused({}, Buffer.from('MZ\u0090\u0000\u0003'))).toEqual([422, 'media_type'])
    expect(await refused({ type: 'invoice', mediaType: 'text/plain' }, Buffer.from('not for invoices'))).toEqual([
      422,
      'media_type',
    ])
    expect(await archive.refused({ contacts: [id] }, Buffer.alloc(archive.config.maxDocument + 1))).toMatchObject({
      ...{ status: 413, code: 'LIMIT_EXCEEDED', limit: archive.config.maxDocument },
    })
    const kept = new Set((await archive.database.documentVersion.findMany()).map(({ storageKey }) => storageKey))
    expect((await archive.files()).filter((key) => !kept.has(key))).toEqual([])
  })

  it('of text is what it is said to be, if it is UTF-8', async () => {
    const { id } = await archive.person()
    const text = Buffer.from('Müller;Μίλλερ;Миллер\n')
    const document = await archive.look(
      await archive.upload({ title: 'List.csv', contacts: [id], mediaType: 'text/csv; charset=utf-8' }, text),
    )
    expect(document.versions[0]).toMatchObject({ mediaType: 'text/csv' })
    const { headers } = await archive.send(document.versions[0].url)
    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(headers['content-disposition']).toBe('attachment; filename=List.csv')
  })

  it('is downloaded under a safe name, whatever the title', async () => {
    const { id } = await archive.person()
    const named = async (title: string) => {
      const document = await archive.look(await archive.upload({ title, contacts: [id] }, pdf(title)))
      const { headers } = await archive.send(document.versions[0].url, { method: 'HEAD' })
      return headers['content-disposition']
    }
    expect(await named('../../etc/passwd')).toBe('attachment; filename=_.._etc_passwd.pdf')
    expect(await named('a"; filename="evil.html')).toBe('attachment; filename="a_; filename=_evil.html.pdf"')
    expect(await named('Übersicht für Jürgen')).toMatch(
      /filename\*=UTF-8''%C3%9Cbersicht%20f%C3%BCr%20J%C3%BCrgen\.pdf/,
    )
    expect(await named('rechnung\u202Efdp.exe')).toBe('attachment; filename=rechnung_fdp.exe.pdf')
    expect(await named('CON')).toBe('attachment; filename="document CON.pdf"')
    expect(await archive.failAnnounce({ title: 'two\r\nlines', type: 'contract', contacts: [id] })).toMatchObject({
      code: 'INVALID_INPUT',
    })
  })

  it('that was altered or swapped in the storage is not given out', async () => {
    const { id } = await archive.person()
    const [one, other] = [
      await archive.look(await archive.upload({ contacts: [id] }, pdf('one'))),
      await archive.look(await archive.upload({ contacts: [id] }, pdf('two'))),
    ]
    const bytes = async (key: string) => {
      const pieces: Uint8Array[] = []
      for await (const piece of archive.storage.open(key)) pieces.push(piece)
      return Buffer.concat(pieces)
    }
    const put = (key: string, content: Buffer) =>
      archive.storage.put(
        key,
        (async function* () {
          yield content
        })(),
      )
    const keyOf = (document: { versions: { id: string }[] }) => `documents/${document.versions[0]?.id}`
    const original = await bytes(keyOf(one))
    await put(keyOf(one), await bytes(keyOf(other)))
    const swapped = await archive.send(one.versions[0].url)
    expect([swapped.status, JSON.parse(String(swapped.body)).errors[0].extensions.code]).toEqual([500, 'UNREADABLE'])
    original[80] = (original[80] ?? 0) ^ 1
    await put(keyOf(one), original)
    expect((await archive.send(one.versions[0].url)).status).toBe(500)
    await archive.storage.remove(keyOf(one))
    expect((await archive.send(one.versions[0].url)).status).toBe(500)
  })
})

describe('a ticket', () => {
  it('is good once, for whoever got it, with their own credentials', async () => {
    const { id } = await archive.person()
    const input = { title: 'Letter', type: 'letter', contacts: [id] }
    const other = await archive.somebody(['documents.*', 'contacts.*'])
    const content = pdf('ticket')
    const { url, maximumSize } = await archive.announce(input)
    expect(maximumSize).toBe(archive.config.maxDocument)
    expect((await archive.put(url, content, { by: '' })).status).toBe(401)
    expect((await archive.put(url, content, { by: other })).status).toBe(410)
    expect(
      (
        await archive.send(url, {
          method: 'POST',
          body: (async function* () {
            yield content
          })(),
        })
      ).status,
    ).toBe(411)
    const answers = await Promise.all(Array.from({ length: 6 }, () => archive.put(url, content)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 410, 410, 410, 410, 410])
    const made = url.replace(/ticket=.*/, `ticket=${'a'.repeat(43)}`)
    expect((await archive.put(made, content)).status).toBe(410)
    const late = await archive.announce(input)
    await archive.database.documentTicket.updateMany({ data: { expiresAt: new Date(0) } })
    expect((await archive.put(late.url, content)).status).toBe(410)
    expect(JSON.stringify(archive.logged)).not.toContain(new URL(url).searchParams.get('ticket'))
  })

  it('is worth nothing once the right is gone', async () => {
    const { id } = await archive.person()
    const by = await archive.somebody(['documents.*', 'contacts.*'])
    const { url } = await archive.announce({ title: 'Letter', type: 'letter', contacts: [id] }, by)
    await transact({ ...archive.work, requestId: crypto.randomUUID() }, 'test', (tx) =>
      tx.grant.deleteMany({ where: { right: 'documents.*' } }),
    )
    const look = async () => (await archive.send('https://x/documents/content?version=x', { by })).status
    await expect.poll(look, { timeout: 5000 }).toBe(403)
    expect((await archive.put(url, pdf('late'), { by })).status).toBe(403)
  })

  it('does not tell a page of another site anything, and lets those in that the settings name', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    const { status, headers: answered } = await archive.send('https://x/documents/upload', {
      method: 'OPTIONS',
      headers,
      by: '',
    })
    expect([status, answered['access-control-allow-origin']]).toEqual([403, undefined])
    const { id } = await archive.person()
    const { url } = await archive.announce({ title: 'Letter', type: 'letter', contacts: [id] })
    const trusted = { origin: 'https://crm.example' }
    const asked = await archive.send(url, { method: 'OPTIONS', headers: trusted, by: '' })
    expect([asked.status, asked.headers['access-control-allow-credentials']]).toEqual([204, 'true'])
    const sent = await archive.put(url, pdf('from a page'), { headers: trusted })
    expect([sent.status, sent.headers['access-control-allow-origin']]).toEqual([201, 'https://crm.example'])
  })
})

describe('versions', () => {
  it('come one after the other, and the old ones stay readable', async () => {
    const { id: contact, uuid } = await archive.person()
    const id = await archive.upload({ contacts: [contact] }, pdf('first'))
    const answers = await Promise.all([pdf('second'), pdf('third')].map((content) => archive.newVersion(id, content)))
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    const document = await archive.look(id)
    expect(document.latestVersion).toBe(3)
    expect(document.versions.map(({ number }: { number: number }) => number)).toEqual([3, 2, 1])
    const oldest = await archive.send(document.versions[2].url)
    expect(oldest.body.equals(pdf('first'))).toBe(true)
    expect(oldest.headers['content-disposition']).toBe('attachment; filename="Contract (1).pdf"')
    const entries = await archive.database.auditEntry.findMany({
      where: { contactId: uuid, operation: 'uploadDocument' },
    })
    expect(entries.filter(({ fields }) => fields.includes('latestVersion'))).toHaveLength(3)
  })
})

describe('a download that broke off', () => {
  it('goes on where it was, as long as the file is the same', async () => {
    const { id: contact } = await archive.person()
    const content = Buffer.concat([pdf('range'), randomBytes(200_000)])
    const { size, url } = (await archive.look(await archive.upload({ contacts: [contact] }, content))).versions[0]
    const get = (range: string, more: Record<string, string> = {}) =>
      archive.send(url, { headers: { range: `bytes=${range}`, ...more } })
    const whole = await archive.send(url)
    expect(whole.headers['accept-ranges']).toBe('bytes')
    for (const [range, first, last] of [
      ['0-0', 0, 0],
      ['65535-65536', 65_535, 65_536],
      ['70000-', 70_000, size - 1],
      ['-5', size - 5, size - 1],
      [`-${size * 2}`, 0, size - 1],
      [`100-${size * 2}`, 100, size - 1],
    ] as const) {
      const { status, headers, body } = await get(range)
      expect([range, status, headers['content-range']]).toEqual([range, 206, `bytes ${first}-${last}/${size}`])
      expect(headers['content-length']).toBe(String(last - first + 1))
      expect(body.equals(content.subarray(first, last + 1))).toBe(true)
    }
    for (const range of [`${size}-`, '-0']) {
      const { status, headers } = await get(range)
      expect([range, status, headers['content-range']]).toEqual([range, 416, `bytes */${size}`])
    }
    for (const range of ['5-2', '-', 'x', '0-1,4-5']) expect([range, (await get(range)).status]).toEqual([range, 200])
    expect((await get('0-9', { 'if-range': whole.headers['etag'] ?? '' })).status).toBe(206)
    expect((await get('0-9', { 'if-range': '"another"' })).body.equals(content)).toBe(true)
  })
})

const link =
  'mutation ($document: ID!, $contact: ID!) { linkDocument(document: $document, contact: $contact) { contactCount } }'
const unlink =
  'mutation ($document: ID!, $contact: ID!) { unlinkDocument(document: $document, contact: $contact) { contactCount } }'
const update = 'mutation ($input: UpdateDocumentInput!) { updateDocument(input: $input) { title personal version } }'
const remove = 'mutation ($id: ID!, $version: Int!) { deleteDocument(id: $id, version: $version) }'

describe('contacts of a document', () => {
  it('are any number; the last of one with personal data stays', async () => {
    const [one, other] = [await archive.person(), await archive.person()]
    const document = await archive.upload({ contacts: [one.id] }, pdf('both'))
    expect(await archive.ask(link, { document, contact: other.id })).toEqual({ contactCount: 2 })
    expect(await archive.ask(link, { document, contact: other.id })).toEqual({ contactCount: 2 })
    expect(await archive.ask(unlink, { document, contact: one.id })).toEqual({ contactCount: 1 })
    const fault = await archive.fail(unlink, { document, contact: other.id })
    expect(fault.faults).toMatchObject([{ rule: 'needs_contact' }])
    const { versions } = await archive.look(document)
    expect((await archive.send(versions[0].url)).body.equals(pdf('both'))).toBe(true)
    expect(await archive.fail(link, { document, contact: one.id.replace(/.{4}$/, 'AAAA') })).toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await archive.failAnnounce({ title: 'x', type: 'letter' })).toMatchObject({
      faults: [{ rule: 'needs_contact' }],
    })
  })

  it('of two who unlink at once, one comes too late', async () => {
    const [one, other] = [await archive.person(), await archive.person()]
    const document = await archive.upload({ contacts: [one.id, other.id] }, pdf('race'))
    const answers = await Promise.all(
      [one, other].map(({ id: contact }) => archive.graphql(unlink, { document, contact }, archive.token)),
    )
    expect(answers.filter(({ errors }) => errors).map(({ errors }) => errors?.[0].extensions.code)).toEqual([
      'INVALID_INPUT',
    ])
    expect((await archive.look(document)).contactCount).toBe(1)
  })

  it('take title and key along when it is declared anew, and who says so is noted', async () => {
    const { id: contact, uuid } = await archive.person()
    const id = await archive.upload({ title: 'Handbuch', contacts: [contact], personal: 'NONE' }, pdf('manual'))
    const stored = () => archive.database.document.findUniqueOrThrow({ where: { id } })
    const linked = () => archive.database.documentContact.findFirstOrThrow({ where: { documentId: id } })
    expect(await stored()).toMatchObject({ title: 'Handbuch', personal: 'none' })
    expect(await linked()).toMatchObject({ title: '', contentKey: null })
    const { version, versions } = await archive.look(id)
    await archive.ask(update, { input: { id, version, personal: 'LINKED', title: 'Handbuch für Ida' } })
    expect(await stored()).toMatchObject({ title: null, contentKey: null, declaredBy: 'user' })
    expect((await linked()).title).toBe('Handbuch für Ida')
    expect((await archive.send(versions[0].url)).body.equals(pdf('manual'))).toBe(true)
    expect(await archive.fail(update, { input: { id, version, personal: 'NONE' } })).toMatchObject({ code: 'CONFLICT' })
    await archive.ask(update, { input: { id, version: version + 1, personal: 'NONE' } })
    expect((await archive.look(id)).title).toBe('Handbuch für Ida')
    expect((await archive.send(versions[0].url)).body.equals(pdf('manual'))).toBe(true)
    const entries = await archive.database.systemAuditEntry.findMany({
      where: { entityId: id, operation: 'updateDocument' },
    })
    expect(entries.map(({ actorKind, fields }) => [actorKind, fields.includes('personal')])).toEqual([
      ['user', true],
      ['user', true],
    ])
    const names = await archive.database.auditEntry.findMany({
      where: { contactId: uuid, operation: 'updateDocument' },
    })
    expect(names.map(({ fields }) => fields)).toEqual([['title'], ['title']])
  })
})

describe('deleting', () => {
  it('takes the document, its versions and their files, for good', async () => {
    const { id: contact } = await archive.person()
    const id = await archive.upload({ type: 'other', contacts: [contact] }, pdf('gone'))
    await archive.newVersion(id, pdf('gone, too'))
    const { version, versions } = await archive.look(id)
    expect(await archive.fail(remove, { id, version: version - 1 })).toMatchObject({ code: 'CONFLICT' })
    expect(await archive.ask(remove, { id, version })).toBe(id)
    expect(await archive.look(id)).toBeNull()
    expect((await archive.send(versions[0].url)).status).toBe(404)
    const ids = versions.map((one: { id: string }) => one.id)
    await expect
      .poll(async () => (await archive.files()).filter((key) => ids.some((one: string) => key.includes(one))))
      .toEqual([])
    expect(await archive.database.documentRemoval.count()).toBe(0)
  })

  it('waits for what the law says of its type; what is of another kind gets that type first', async () => {
    const { id: contact } = await archive.person()
    const id = await archive.upload({ type: 'letter', contacts: [contact] }, pdf('kept'))
    const { faults } = await archive.fail(remove, { id, version: 1 })
    expect(faults).toMatchObject([{ field: 'id', rule: 'kept' }])
    expect((await archive.look(id)).retainUntil).toContain(/until ([\d-]+)/.exec(faults[0].message)?.[1])
    const { version } = await archive.ask(update, { input: { id, version: 1, type: 'other' } })
    expect(await archive.ask(remove, { id, version })).toBe(id)
  })
})
