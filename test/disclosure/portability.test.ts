import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { openPackage } from '../../src/modules/disclosure/import/open.ts'
import { takePackage } from '../../src/modules/disclosure/import/take.ts'
import { type Office, openOffice } from './support.ts'

let [here, there]: Office[] = []
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-package-'))
  here = await openOffice()
  there = await openOffice()
})
afterAll(async () => {
  await here?.close()
  await there?.close()
  await rm(folder, { recursive: true, force: true })
})

const person = {
  ...{
    title: 'Dr.',
    givenName: 'Zqida',
    familyName: 'Muster',
    birthDate: '1980-05-06',
    language: 'de',
    jobTitle: 'Zqjob',
  },
  emails: [{ address: 'zqida@example.org', label: 'work', primary: true }, { address: 'zqida@example.com' }],
  phones: [{ number: '+4930123456' }],
  addresses: [{ street: 'Hauptstraße 1', postalCode: '10115', city: 'Berlin', country: 'DE' }],
  messengers: [{ service: 'matrix', handle: '@zqida:example.org' }],
  websites: [{ url: 'https://zqida.example/' }],
}

const statement = {
  fileName: 'x.zip',
  source: 'the person',
  sourceAt: new Date(),
  ground: 'consent',
  groundNote: '',
} as const
const look = `query ($id: ID!) { contact(id: $id) { title givenName familyName birthDate language jobTitle source
  emails { address label primary } phones { number } addresses { street postalCode city country } messengers { service handle }
  websites { url } customFields { key ... on TextFieldValue { text } ... on IntegerFieldValue { integer } ... on FileFieldValue { name content } } } }`

const retentionOf = async ({ database }: Office) => (await database.retentionClass.findFirstOrThrow()).key

const zipped = async (files: ReadonlyMap<string, Buffer>) => {
  const zip = new ZipFile()
  for (const [name, content] of files) zip.addBuffer(content, name)
  zip.end()
  return buffer(zip.outputStream)
}

test('a person moves from one installation to another with all that they gave', async () => {
  if (!here || !there) throw new Error('nothing has started')
  const purpose = 'mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }'
  for (const office of [here, there]) {
    await office.ask(purpose, {
      input: { key: 'sales', names: [{ language: 'en', text: 'Sales' }], grounds: ['CONSENT'] },
    })
    for (const [key, kind] of [
      ['size', 'TEXT'],
      ['shoes', 'INTEGER'],
      ['proof', 'FILE'],
    ]) {
      await office.ask('mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }', {
        input: {
          ...{ key, kind, labels: [{ language: 'en', text: key }], contact: 'FILL', sensitive: key === 'size' },
          ...{ category: 'customer data', purpose: 'sales', retentionClass: await retentionOf(office) },
        },
      })
    }
  }
  const contact = await here.contact({
    ...person,
    customFields: [
      { key: 'size', value: { text: 'Zqsize' } },
      { key: 'shoes', value: { integer: 42 } },
      { key: 'proof', value: { file: { name: 'a.txt', mediaType: 'text/plain', content: btoa('Zqproof') } } },
    ],
  })
  const { id, files } = await here.packageOf(contact, { kind: 'PORTABILITY' })
  const path = join(folder, 'whole.zip')
  await writeFile(path, await here.contentsOf(id))
  const keys = await (await here.app.fetch(new Request(`${here.url}/.well-known/jwks.json`))).json()

  const opened = await openPackage(path, keys)
  const work = { ...there.work, requestId: crypto.randomUUID() }
  expect(await takePackage(work, opened, statement)).toMatchObject({ created: 1, rejected: 0, faults: [] })
  // Again: the same person.
  expect(await takePackage(work, opened, statement)).toMatchObject({ created: 0, changed: 0, unchanged: 1 })
  opened.close()
  const { id: arrived } = await there.database.contact.findFirstOrThrow({ where: { givenName: 'Zqida' } })
  const [one, other] = [
    (await here.ask(look, { id: contact })).contact,
    (await there.ask(look, { id: Buffer.from(`Contact:${arrived}`).toString('base64') })).contact,
  ]
  expect(other).toEqual({ ...one, source: 'the person' })

  // Whatever is changed in it is noticed, and who else signed it.
  for (const [name, content] of files) {
    const altered = Buffer.from(content)
    altered.writeUInt8(altered.readUInt8(altered.length >> 1) ^ 1, altered.length >> 1)
    await writeFile(path, await zipped(new Map([...files, [name, altered]])))
    await expect(openPackage(path, keys)).rejects.toThrow()
  }
  await writeFile(path, await zipped(new Map([...files, ['files/more.txt', Buffer.from('more')]])))
  await expect(openPackage(path, keys)).rejects.toThrow('does not know this file')
  await writeFile(path, await zipped(files))
  const others = await (await there.app.fetch(new Request(`${there.url}/.well-known/jwks.json`))).json()
  await expect(openPackage(path, others)).rejects.toThrow('None of these keys')
  ;(await openPackage(path)).close()
})
