import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fieldsOf } from '../contacts/lists-support.ts'
import { type FieldOffice, openFieldOffice } from './support.ts'

let office: FieldOffice
beforeAll(async () => {
  office = await openFieldOffice()
})
afterAll(() => office.close())

const content = Buffer.from('signed').toString('base64')

describe('a value of each kind is kept and shown with its type', () => {
  test.each<[string, object, object, object?]>([
    ['TEXT', { text: ' a  b ' }, { text: 'a  b' }],
    ['LONG_TEXT', { text: 'a\r\nb' }, { longText: 'a\nb' }],
    ['INTEGER', { integer: -9007199254740991 }, { integer: -9007199254740991 }],
    ['DECIMAL', { decimal: '0012345678901234567.1234567800' }, { decimal: '12345678901234567.12345678' }],
    ['MONEY', { money: { amount: '12.50', currency: 'eur' } }, { amount: '12.5', currency: 'EUR' }],
    ['BOOLEAN', { boolean: false }, { boolean: false }],
    ['DATE', { date: '2024-02-29' }, { date: '2024-02-29' }],
    ['DATE_TIME', { dateTime: '2024-02-29T12:00:00+02:00' }, { dateTime: '2024-02-29T10:00:00.000Z' }],
    ['EMAIL', { text: 'Ada@Example.ORG' }, { email: 'Ada@example.org' }],
    ['PHONE', { text: '030 1234567' }, { phone: '+49301234567' }],
    ['URL', { text: 'example.org' }, { url: 'https://example.org/' }],
    ['COUNTRY', { text: 'Österreich' }, { country: 'AT' }],
    ['CHOICE', { text: 'b' }, { choice: 'b', choiceLabel: 'Zwei' }],
    ['CHOICES', { choices: ['b', 'a'] }, { choices: ['a', 'b'] }],
    ['DOCUMENT', { text: 'dms:4711' }, { document: 'dms:4711' }],
    [
      'FILE',
      { file: { name: 'a.txt', mediaType: 'text/plain', content } },
      { name: 'a.txt', mediaType: 'text/plain', size: 6, sha256: expect.any(String), content },
    ],
  ])('%s', async (kind, given, shown) => {
    const options = [{ value: 'a' }, { value: 'b', labels: [{ language: 'de', text: 'Zwei' }] }]
    for (const sensitive of [false, true]) {
      const key = `of_${kind.toLowerCase()}${sensitive ? '_sealed' : ''}`
      await office.define({ key, kind, sensitive, ...(kind.startsWith('CHOICE') && { options }) })
      const id = await office.make([{ key, value: given }])
      expect(await office.value(id, key)).toEqual(shown)
      await office.fill(id, [{ key, value: null }])
      expect(await office.value(id, key)).toBeNull()
      await office.fill(id, [{ key, value: given }])
      expect(await office.value(id, key)).toEqual(shown)
    }
  })
})

test('half a character is in no value', async () => {
  const options = [{ value: 'a' }]
  await office.define({ key: 'halved', kind: 'TEXT' })
  await office.define({ key: 'halves', kind: 'CHOICES', options })
  await office.make([{ key: 'halved', value: { text: 'a' } }])
  for (const [key, is] of [
    ['halved', { text: { equals: '\ud800' } }],
    ['halves', { choices: { hasAll: ['\ud800'] } }],
  ]) {
    const query = 'query ($filter: ContactFilter) { contacts(filter: $filter) { totalCount } }'
    const { contacts } = await office.ask(query, { filter: { customFields: [{ key, is }] } })
    expect(contacts.totalCount).toBe(0)
  }
})

test('a value of another kind is refused by the name of its field', async () => {
  await office.define({ key: 'age', kind: 'INTEGER', min: '0', max: '150' })
  for (const value of [{ text: '5' }, { boolean: true }, { integer: 151 }, { integer: -1 }]) {
    expect(fieldsOf(await office.failMake([{ key: 'age', value }]))).toEqual(['customFields.age'])
  }
})
