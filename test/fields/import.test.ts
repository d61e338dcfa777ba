import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importContacts } from '../../src/modules/contacts/import/run.ts'
import { definitionsOf } from '../../src/modules/fields/definitions.ts'
import { madeUpFields } from '../../src/modules/fields/made-up.ts'
import { workContext } from '../contacts/lists-support.ts'
import { type FieldOffice, openFieldOffice, values } from './support.ts'

let office: FieldOffice
beforeAll(async () => {
  office = await openFieldOffice()
  const german = (text: string) => [{ language: 'de', text }]
  await office.define({
    key: 'customer_number',
    kind: 'TEXT',
    unique: true,
    pattern: 'K-[0-9]+',
    labels: german('Kundennummer'),
  })
  await office.define({ key: 'since', kind: 'DATE', labels: german('Kunde seit') })
  await office.define({ key: 'limit', kind: 'MONEY' })
  await office.define({ key: 'vip', kind: 'BOOLEAN' })
  await office.define({ key: 'score', kind: 'INTEGER' })
  await office.define({
    key: 'shade',
    kind: 'CHOICES',
    options: [
      { value: 'r', labels: german('Rot') },
      { value: 'g', labels: german('Grün') },
    ],
  })
  await office.define({ key: 'internal', kind: 'TEXT' })
})
afterAll(() => office.close())

const mutation = `mutation ($input: ImportContactsInput!) { importContacts(input: $input) {
  created changed unchanged rejected rejectedRows { place faults { field message } } rejectedFile unrecognisedColumns } }`
const statement = { source: 'a fair', ground: 'CONSENT' }
const bring = async (content: string, more: object = {}, as = office) =>
  (await as.ask(mutation, { input: { format: 'CSV', content, ...statement, ...more } })).importContacts
const fieldsNamed = async (familyName: string) => {
  const query = `query ($name: String!) { contacts(filter: { familyName: { equals: $name } }) { edges { node { customFields { ${values} } } } } }`
  const { contacts } = await office.ask(query, { name: familyName })
  return contacts.edges[0].node.customFields.map(
    ({ __typename: _, key, ...rest }: { __typename: string; key: string }) => [key, rest],
  )
}

test('columns go to custom fields by key, by label and by the map', async () => {
  const content = [
    'Nachname;Kundennummer;Kunde seit;limit;VIP;Punkte;Farben;Hobby',
    'Anders;K-1;3.2.2020;1.234,50 EUR;ja;17;rot, Grün;Tee',
  ].join('\n')
  const map = [
    { column: 'Punkte', field: 'field:score' },
    { column: 'Farben', field: 'field:shade' },
  ]
  expect(await bring(content, { map })).toMatchObject({ created: 1, rejected: 0, unrecognisedColumns: ['Hobby'] })
  expect(Object.fromEntries(await fieldsNamed('Anders'))).toEqual({
    customer_number: { text: 'K-1' },
    since: { date: '2020-02-03' },
    limit: { amount: '1234.5', currency: 'EUR' },
    vip: { boolean: true },
    score: { integer: 17 },
    shade: { choices: ['r', 'g'] },
  })
})

test('days are read in the order in which the file writes its own', async () => {
  const content = 'First Name,Last Name,E-mail Address,Birthday,since\nMay,Outlook,may@example.org,4/12/1985,4/12/2020'
  expect(await bring(content)).toMatchObject({ created: 1 })
  expect(await fieldsNamed('Outlook')).toEqual([['since', { date: '2020-04-12' }]])
})

test('a column can not go to a field that is not there', async () => {
  const input = {
    format: 'CSV',
    content: 'Nachname;X\nA;1',
    map: [{ column: 'X', field: 'field:nowhere' }],
    ...statement,
  }
  expect((await office.fail(mutation, { input })).faults[0].message).toContain('no such custom field')
})

test('rows with faults are rejected, those too whose unique value another has', async () => {
  await office.make([{ key: 'customer_number', value: { text: 'K-100' } }])
  const rows = ['Bx;K-100;1', 'By;K-101;x', 'Bz;x;1', 'Ba;K-102;1', 'Bb;K-102;1', 'Bc;K-103;1']
  const content = ['Nachname;customer_number;score', ...rows].join('\n')
  const result = await bring(content)
  expect(result).toMatchObject({ created: 2, rejected: 4 })
  expect(
    result.rejectedRows.map(({ place, faults }: { place: string; faults: { field: string }[] }) => [
      place,
      faults[0]?.field,
    ]),
  ).toEqual(
    expect.arrayContaining([
      ['line 2', 'customFields.customer_number'],
      ['line 3', 'customFields.score'],
      ['line 4', 'customFields.customer_number'],
      ['line 6', 'customFields.customer_number'],
    ]),
  )
  expect(result.rejectedFile).toContain('Another contact has this value')
  // Again, nothing changes.
  expect(await bring(content)).toMatchObject({ created: 0, changed: 0, unchanged: 2, rejected: 4 })
})

test('a dry run counts the same', async () => {
  const content = 'Nachname;customer_number\nCa;K-200\nCb;K-200\nCc;K-100\n'
  expect(await bring(content, { dryRun: true })).toMatchObject({ created: 1, rejected: 2 })
  expect(await bring(content)).toMatchObject({ created: 1, rejected: 2 })
})

test('what is known gets what it lacks, and keeps what it has', async () => {
  await bring('Nachname;E-Mail;score\nDora;dora@example.org;1')
  const result = await bring('Nachname;E-Mail;score;vip\nDora;dora@example.org;2;nein')
  expect(result).toMatchObject({ created: 0, changed: 1 })
  expect(await fieldsNamed('Dora')).toEqual(
    expect.arrayContaining([
      ['score', { integer: 1 }],
      ['vip', { boolean: false }],
    ]),
  )
})

test('JSON Lines name fields by their keys', async () => {
  const content = `${JSON.stringify({ familyName: 'Emil', customFields: { score: 5, vip: true, limit: { amount: 3, currency: 'USD' }, shade: ['g'] } })}
${JSON.stringify({ familyName: 'Else', customFields: { nowhere: 5 } })}\n`
  const result = await bring(content, { format: 'JSONL' })
  expect(result).toMatchObject({ created: 1, rejected: 1 })
  expect(result.rejectedRows[0].faults[0].field).toBe('customFields.nowhere')
  expect(Object.fromEntries(await fieldsNamed('Emil'))).toMatchObject({
    limit: { amount: '3', currency: 'USD' },
    shade: { choices: ['g'] },
  })
})

test('vCards have them as properties of their own', async () => {
  const card = (lines: string) => `BEGIN:VCARD\nVERSION:4.0\n${lines}\nEND:VCARD\n`
  const content = [
    card('FN:Ida\nN:Ida;;;;\nX-CUSTOMER-NUMBER:K-77\nX-SHADE:Rot\nX-SHADE:g\nX-UNHEARD-OF:x'),
    card('FN:Ilse\nN:Ilse;;;;\nX-SCORE:many'),
  ].join('')
  const result = await bring(content, { format: 'VCARD' })
  expect(result).toMatchObject({ created: 1, rejected: 1 })
  expect(result.rejectedRows[0].faults[0].field).toBe('customFields.score')
  expect(result.rejectedFile).toContain('X-SCORE:many')
  expect(Object.fromEntries(await fieldsNamed('Ida'))).toEqual({
    customer_number: { text: 'K-77' },
    shade: { choices: ['r', 'g'] },
  })
})

test('who lacks the right of a field has no column of it, and rows that name it are rejected alike whether it is there', async () => {
  const grants = ['contacts.*', 'fields.score'].map((right) => ({ right, read: true, write: true }))
  const clerk = await office.signInWith(grants)
  const { importContacts } = await clerk.ask(mutation, {
    input: { format: 'CSV', content: 'Nachname;internal;score\nFritz;x;1', ...statement },
  })
  expect(importContacts).toMatchObject({ created: 1, unrecognisedColumns: ['internal'] })
  const faults = async (key: string) => {
    const input = {
      format: 'CSV',
      content: 'Nachname;X\nGerd;x',
      map: [{ column: 'X', field: `field:${key}` }],
      ...statement,
    }
    const { importContacts: result } = await clerk.ask(mutation, { input })
    return JSON.stringify(result.rejectedRows).replaceAll(key, 'KEY')
  }
  expect(await faults('internal')).toBe(await faults('nowhere'))
})

describe('what is required', () => {
  const content = 'Nachname;E-Mail\nHanna;hanna@example.org\nHugo;hugo@example.org'
  beforeAll(async () => {
    await bring(content)
    await office.define({ key: 'branch', kind: 'TEXT', required: true, pattern: '[A-Z]{3}' })
  })

  test('is required of new contacts, not of those who are known', async () => {
    for (const dryRun of [true, false]) {
      const result = await bring(`${content}\nHeinz;heinz@example.org`, { dryRun })
      expect(result).toMatchObject({ created: 0, unchanged: 2, rejected: 1 })
      expect(result.rejectedRows).toEqual([
        { place: 'line 4', faults: [{ field: 'customFields.branch', message: 'Must be given.' }] },
      ])
    }
    const line = JSON.stringify({
      familyName: 'Hugo',
      emails: [{ address: 'hugo@example.org' }],
      customFields: { branch: null },
    })
    expect(await bring(line, { format: 'JSONL' })).toMatchObject({ unchanged: 1, rejectedRows: [] })
    const two = 'Nachname;E-Mail;branch\nHelga;helga@example.org;\nHelga;helga@example.org;ABC'
    expect(await bring(two)).toMatchObject({ created: 1, unchanged: 1, rejected: 0 })
  })

  test('is not required of made-up contacts, which have of the other fields what fits', async () => {
    const context = workContext(office)
    const { all } = await definitionsOf(context)
    async function* rows() {
      for (let index = 0; index < 40; index++) {
        const draft = { familyName: `Zqmade${index}`, customFields: madeUpFields(all, index) }
        yield { place: '', draft, externalId: `${index}`, faults: [], original: { format: 'jsonl' as const, line: '' } }
      }
    }
    const about = { fileName: 'x', format: 'jsonl', source: 'made up', sourceAt: new Date(0), groundNote: '' } as const
    const counts = await importContacts(context, rows(), { ...about, ground: 'contract' }, { incomplete: true })
    expect(counts).toMatchObject({ created: 40, rejected: 0 })
    for (const key of ['score', 'limit', 'vip', 'shade', 'since']) {
      const filter = { familyName: { startsWith: 'Zqmade' }, customFields: [{ key, is: { empty: false } }] }
      const query = 'query ($filter: ContactFilter) { contacts(filter: $filter) { totalCount } }'
      expect((await office.ask(query, { filter })).contacts.totalCount).toBeGreaterThan(10)
    }
  })
})
