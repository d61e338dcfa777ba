import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { compactVerify, createLocalJWKSet } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import type { Context } from '../../src/graphql/context.ts'
import { uuidOf } from '../../src/graphql/ids.ts'
import { readRows } from '../../src/modules/contacts/import/reader.ts'
import { noteReceived } from '../../src/modules/recipients/received.ts'
import { jsonIn, type Office, openOffice, reportText } from './support.ts'

let office: Office
let id: string
let files: Map<string, Buffer>

const organisation = {
  controller: 'Beispiel GmbH\nHauptstraße 1\n10115 Berlin',
  dataProtectionOfficer: 'dpo@example.org',
  authority: 'Zqauthority, Berlin',
  automatedDecisions: 'Zqdecisions',
}

beforeAll(async () => {
  office = await openOffice({ config: { organisation } })
  for (const input of [
    {
      key: 'newsletter',
      recipients: ['Zqrecipient AG'],
      transfers: ['Zqland, by Art. 46 GDPR'],
      dataCategories: ['Zqcategory'],
    },
    { key: 'unrelated', recipients: ['Zqnobody'] },
  ]) {
    await office.ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', {
      input: {
        ...{ names: [{ language: 'en', text: `Zqpurpose ${input.key}` }], grounds: ['CONSENT'], retentionClass: null },
        ...input,
      },
    })
  }
  id = await office.contact({
    ...{ givenName: 'Zqida', familyName: '=SUM(A1)', organisation: '#strong[x] *y* $z$ ', birthDate: '1980-05-06' },
    emails: [{ address: 'zqida@example.org' }],
    phones: [{ number: '+49 30 123456' }],
  })
  await office.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
    input: { contactId: id, purpose: 'newsletter', ground: 'CONSENT', source: 'Zqfair' },
  })
  const contactId = office.uuid(id)
  const partner = async (name: string) => {
    const making = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }'
    return uuidOf('Client', (await office.ask(making, { input: { name, kind: 'PARTNER' } })).createClient.id)
  }
  const [reader, writer] = [await partner('Zqreader'), await partner('Zqwriter')]
  await noteReceived(
    { ...office.work, loaders: {}, actor: { kind: 'client', id: reader } } as Context,
    contactId,
    'givenName',
  )
  const byWriter = { ...office.work, actor: { kind: 'client', id: writer }, requestId: randomUUID() } as const
  await transact(byWriter, 'updateContact', (tx) =>
    tx.contact.update({ where: { id: contactId }, data: { jobTitle: 'Zqjob' } }),
  )
  files = (await office.packageOf(id, { language: 'EN' })).files
})
afterAll(() => office.close())

describe('a package', () => {
  test('has a manifest that tells of every file with size and hash, signed with a published key', async () => {
    const manifest = files.get('manifest.json') ?? Buffer.of()
    const { files: listed, snapshotAt, auditCheckpoint } = JSON.parse(manifest.toString())
    const actual = [...files]
      .filter(([path]) => !path.startsWith('manifest.'))
      .map(([path, content]) => ({
        path,
        size: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      }))
    expect(listed.map(({ mediaType: _, ...file }: { mediaType: string }) => file)).toEqual(actual)
    expect(new Date(snapshotAt).getTime()).toBeLessThanOrEqual(Date.now())
    expect(auditCheckpoint).toContain('\n— ')
    const keys = await office.app.fetch(new Request(`${office.url}/.well-known/jwks.json`))
    const { payload, protectedHeader } = await compactVerify(
      files.get('manifest.jws')?.toString() ?? '',
      createLocalJWKSet(await keys.json()),
    )
    expect(Buffer.from(payload)).toEqual(manifest)
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'access-package+jws' })
  })

  test('is what the published JSON Schema says, which is in it, too', async () => {
    const published = await office.app.fetch(new Request(`${office.url}/schemas/access-package.json`))
    const schema = await published.json()
    expect(jsonIn(files, 'data.schema.json')).toEqual(schema)
    const validate = new Ajv2020({ formats: { uuid: true, 'date-time': true } }).compile(schema)
    validate(jsonIn(files, 'data.json'))
    expect(validate.errors).toBeNull()
    expect(validate({ ...jsonIn(files, 'data.json'), information: {} })).toBe(false)
  })

  test('says what Art. 15(1) GDPR wants besides: of what concerns the person, and of nothing else', async () => {
    const { information } = jsonIn(files, 'data.json')
    expect(information).toMatchObject({
      ...{ controller: organisation.controller, dataProtectionOfficer: 'dpo@example.org' },
      supervisoryAuthority: organisation.authority,
      purposes: [
        {
          key: 'newsletter',
          name: 'Zqpurpose newsletter',
          grounds: [expect.objectContaining({ ground: 'consent', holdsNow: true })],
          dataCategories: ['Zqcategory'],
        },
      ],
      // Who only wrote received nothing.
      recipients: [
        { name: 'Zqreader', purpose: null },
        { name: 'Zqrecipient AG', purpose: 'Zqpurpose newsletter' },
      ],
      sources: expect.arrayContaining(['Zqfair']),
      transfers: ['Zqland, by Art. 46 GDPR'],
      automatedDecisions: 'Zqdecisions',
    })
    const text = await reportText(files)
    for (const words of [
      'BeispielGmbH',
      'dpo@example.org',
      'Zqauthority',
      'Zqpurposenewsletter',
      'ZqrecipientAG',
      'Zqfair',
    ])
      expect(text).toContain(words)
    for (const words of ['Zqland', 'Zqdecisions', 'Zqcategory', 'Art.77GDPR', 'Consent(Art.6(1)(a)GDPR)'])
      expect(text).toContain(words)
    expect(text).not.toContain('Zqnobody')
    expect(JSON.stringify(information)).not.toContain('Zqwriter')
  })

  test('takes nothing of the data for a formula or for markup', async () => {
    expect(files.get('csv/contact.csv')?.toString()).toContain("'=SUM(A1)")
    expect(files.get('csv/contact.csv')?.subarray(0, 3)).toEqual(Buffer.of(0xef, 0xbb, 0xbf))
    expect(jsonIn(files, 'data.json').data.contact[0].record.familyName).toBe('=SUM(A1)')
    expect(await reportText(files)).toContain('#strong[x]*y*$z$')
  })

  test('has the person as a vCard, which can be imported', async () => {
    const card = files.get('files/contact/contact.vcf')?.toString() ?? ''
    expect(card).toContain('BEGIN:VCARD\r\nVERSION:4.0\r\n')
    expect(card).toContain('BDAY:19800506')
    expect(card).toContain('EMAIL;PREF=1:zqida@example.org')
    const [row] = await Array.fromAsync(readRows(Readable.from([Buffer.from(card)]), { format: 'vcard' }))
    expect(row?.draft).toMatchObject({
      ...{ givenName: 'Zqida', familyName: '=SUM(A1)', organisation: '#strong[x] *y* $z$', birthDate: '1980-05-06' },
      emails: [expect.objectContaining({ address: 'zqida@example.org' })],
      phones: [expect.objectContaining({ number: '+4930123456' })],
    })
  })

  test('does not name staff', () => {
    expect(jsonIn(files, 'data.json').data.auditEntry.length).toBeGreaterThan(1)
    expect(files.get('data.json')?.toString()).not.toMatch(/ada@example\.org|"actorId"/)
  })

  test('is sealed where it lies', async () => {
    const stored = []
    for await (const { key } of office.work.storage.list('access-packages/')) {
      for await (const part of office.work.storage.open(key)) stored.push(part)
    }
    const bytes = Buffer.concat(stored)
    expect(bytes.length).toBeGreaterThan(1000)
    expect(bytes.includes('data.json')).toBe(false)
    expect(bytes.includes('PK\u0003\u0004')).toBe(false)
  })
})

test('a package for portability has what the person gave, and nothing that was made of it', async () => {
  const { files: taken } = await office.packageOf(id, { kind: 'PORTABILITY' })
  const { data, information } = jsonIn(taken, 'data.json')
  expect(information).toBeUndefined()
  expect(data.contact[0].record).toMatchObject({ givenName: 'Zqida', birthDate: '1980-05-06' })
  expect(Object.keys(data.contact[0].record)).not.toContain('source')
  expect(data.contactPoint.length).toBe(2)
  expect(Object.keys(data)).not.toContain('auditEntry')
})

test('a package is in German for whom that is kept', async () => {
  const german = await office.contact({
    givenName: 'Zqgerman',
    language: 'de-AT',
    emails: [{ address: 'zq@example.at' }],
  })
  const { files: its } = await office.packageOf(german)
  expect(jsonIn(its, 'manifest.json').language).toBe('de')
  const text = await reportText(its)
  expect(text).toContain('AuskunftüberIhreDaten')
  // The words of the machine, too; the JSON has them as they are.
  for (const words of ['ArtE-Mail-Adresse', 'DurchBeschäftigte', 'Wasgeschahangelegt']) expect(text).toContain(words)
  expect(jsonIn(its, 'data.json').data.contactPoint[0].record.kind).toBe('email')
})
