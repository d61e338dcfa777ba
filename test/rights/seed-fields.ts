import type { Act, Secrets } from './seed.ts'

const called = [{ language: 'en', text: 'An option' }]

/** A custom field of each kind: the type of its values, its kind, what it has besides, a value, and texts that tell it. */
const kinds: readonly [type: string, kind: string, more: object, value: object, secrets?: readonly string[]][] = [
  ['TextFieldValue', 'TEXT', { maxLength: 100 }, { text: 'Zqcustomtext' }, ['zqcustomtext']],
  ['LongTextFieldValue', 'LONG_TEXT', {}, { text: 'Zqlong\ntext' }, ['zqlong']],
  ['IntegerFieldValue', 'INTEGER', { min: '0', max: '99999999' }, { integer: 73_519_264 }, ['73519264']],
  ['DecimalFieldValue', 'DECIMAL', {}, { decimal: '84613.5972' }, ['84613.5972']],
  ['MoneyFieldValue', 'MONEY', {}, { money: { amount: '91357.42', currency: 'ISK' } }, ['91357.42']],
  ['BooleanFieldValue', 'BOOLEAN', {}, { boolean: true }],
  ['DateFieldValue', 'DATE', {}, { date: '1847-09-13' }, ['1847-09-13']],
  ['DateTimeFieldValue', 'DATE_TIME', {}, { dateTime: '1868-04-05T06:07:08Z' }, ['1868-04-05']],
  ['EmailFieldValue', 'EMAIL', { sensitive: true }, { text: 'zqcustommail@example.org' }, ['zqcustommail']],
  ['PhoneFieldValue', 'PHONE', {}, { text: '+4940369258' }, ['40369258']],
  ['UrlFieldValue', 'URL', {}, { text: 'https://zqcustomurl.example.org/' }, ['zqcustomurl']],
  ['CountryFieldValue', 'COUNTRY', {}, { text: 'IS' }],
  [
    'ChoiceFieldValue',
    'CHOICE',
    { options: [{ value: 'zqchosen', labels: called }, { value: 'other' }] },
    { text: 'zqchosen' },
  ],
  ['ChoicesFieldValue', 'CHOICES', { options: [{ value: 'zqpicked' }, { value: 'other' }] }, { choices: ['zqpicked'] }],
  ['DocumentFieldValue', 'DOCUMENT', {}, { text: 'zqdocument' }, ['zqdocument']],
  [
    'FileFieldValue',
    'FILE',
    {},
    { file: { name: 'zqfile.txt', content: Buffer.from('zq content of a file').toString('base64') } },
    ['zqfile.txt', Buffer.from('zq content of a file').toString('base64').toLowerCase()],
  ],
]

const keyOf = (kind: string) => `zq_${kind.toLowerCase()}`

/** The key of the field with values of each type. */
export const fieldKeys: readonly (readonly [type: string, key: string])[] = kinds.map(([type, kind]) => [
  type,
  keyOf(kind),
])

/** What tells the values, by right. */
export const fieldSecrets: Secrets = Object.fromEntries(
  kinds.flatMap(([, kind, , , secrets]) => (secrets ? [[`fields.${keyOf(kind)}`, secrets]] : [])),
)

/** A custom field of each kind, and a contact for each who has a value of that one alone. Returns the ids of these. */
export async function seedFields(act: Act): Promise<string[]> {
  const text = [{ language: 'en', text: 'Zq' }]
  await act('mutation ($input: CreateRetentionClassInput!) { createRetentionClass(input: $input) { key } }', {
    input: { key: 'fields', names: text, period: 'P1Y', start: 'COLLECTED', action: 'ERASE' },
  })
  await act('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', {
    input: { key: 'fields', names: text, descriptions: text, grounds: ['CONTRACT'] },
  })
  const classified = { category: 'zqcategory', purpose: 'fields', retentionClass: 'fields' }
  const define = (input: object) =>
    act('mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }', {
      input: { labels: text, help: text, ...classified, ...input },
    })
  const ids: string[] = []
  for (const [, kind, more, value] of kinds) {
    const key = keyOf(kind)
    await define({ key, kind, ...more })
    const input = { givenName: 'Zqgiven', customFields: [{ key, value }] }
    const made = await act('mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }', { input })
    ids.push(made['createContact']?.['id'] ?? '')
  }
  await act('mutation { requestFieldIndex(key: "zq_integer") { key } }')
  await define({ key: 'zq_former', kind: 'TEXT' })
  await act('mutation { retireField(key: "zq_former") { key } }')
  await define({ key: 'zq_default', kind: 'TEXT', default: { text: 'nothing special' } })
  return ids
}
