import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { addMissingRetentionClasses } from '../../src/modules/lawfulness/register/retention-defaults.ts'
import { fieldsOf, statementsOf, uuid, workContext } from '../contacts/lists-support.ts'
import { classified, type FieldOffice, openFieldOffice } from './support.ts'

let office: FieldOffice
beforeAll(async () => {
  office = await openFieldOffice()
})
afterAll(() => office.close())

const update = `mutation ($input: UpdateFieldInput!, $unfitting: UnfittingValues) {
  updateField(input: $input, unfitting: $unfitting) { key kind required unique pattern sensitive indexState version } }`
const change = async (input: object, unfitting?: string) =>
  (await office.ask(update, { input, ...(unfitting && { unfitting }) })).updateField
const failChange = (input: object, unfitting?: string) =>
  office.fail(update, { input, ...(unfitting && { unfitting }) })
const preview = async (input: object) =>
  (
    await office.ask(
      'query ($input: UpdateFieldInput!) { previewFieldChange(input: $input) { values unfitting missing examples { contact { id } message } } }',
      { input },
    )
  ).previewFieldChange

describe('a definition', () => {
  test('without its classification is refused', async () => {
    const labels = [{ language: 'en', text: 'x' }]
    const input = { key: 'unclassified', kind: 'TEXT', labels, ...classified }
    const define = 'mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }'
    for (const name of ['category', 'purpose', 'retentionClass']) {
      const { [name]: _, ...without } = input as Record<string, unknown>
      expect((await office.fail(define, { input: without })).code).toBe('BAD_USER_INPUT')
      for (const nothing of ['', '  ']) {
        expect(fieldsOf(await office.fail(define, { input: { ...input, [name]: nothing } }))).toContain(name)
      }
    }
    for (const name of ['purpose', 'retentionClass']) {
      expect(fieldsOf(await office.failDefine({ ...input, [name]: 'never' }))).toEqual([name])
    }
    await expect(
      office.database
        .$executeRaw`INSERT INTO field_definition (id, key, kind, labels, category, purpose, retention_class)
        VALUES (gen_random_uuid(), 'past', 'text', '{}', '', 'sales', 'sales')`,
    ).rejects.toThrow('field_definition_classified')
  })

  test('names every fault at once', async () => {
    const faults = fieldsOf(
      await office.failDefine({
        key: 'Bad Key',
        kind: 'TEXT',
        labels: [],
        category: '',
        pattern: '(?=x)',
        options: [{ value: 'a' }],
        min: 'x',
        maxLength: 9999,
      }),
    )
    expect(faults.toSorted()).toEqual(
      ['category', 'key', 'labels', 'maxLength', 'min', 'options', 'pattern'].toSorted(),
    )
  })

  test.each([
    [{ kind: 'BOOLEAN', unique: true }, 'unique'],
    [{ kind: 'TEXT', unique: true, sensitive: true }, 'unique'],
    [{ kind: 'CHOICE' }, 'options'],
    [{ kind: 'CHOICE', options: [{ value: 'a' }, { value: 'a' }] }, 'options.1.value'],
    [{ kind: 'INTEGER', min: '5', max: '4' }, 'max'],
    [{ kind: 'INTEGER', default: { integer: 3 }, max: '2' }, 'default'],
    [{ kind: 'INTEGER', default: { text: 'x' } }, 'default'],
    [{ kind: 'LONG_TEXT', pattern: '.{0,1000}.{0,1000}.{0,1000}' }, 'pattern'],
    [{ kind: 'DATE', min: 'soon' }, 'min'],
    [{ kind: 'DATE', min: '2020-02-31' }, 'min'],
    [{ kind: 'DATE_TIME', max: '1' }, 'max'],
    [{ kind: 'DECIMAL', min: '12345678901234567890.2', max: '12345678901234567890.1' }, 'max'],
  ])('that can not be is refused: %j', async (input, field) => {
    expect(fieldsOf(await office.failDefine({ key: 'impossible', ...input }))).toEqual([field])
  })

  test('can not have a key again, nor that of the module’s own right', async () => {
    await office.define({ key: 'twice', kind: 'TEXT' })
    expect(fieldsOf(await office.failDefine({ key: 'twice', kind: 'DATE' }))).toEqual(['key'])
    expect(fieldsOf(await office.failDefine({ key: 'definitions', kind: 'DATE' }))).toEqual(['key'])
  })

  test('stands in the audit log', async () => {
    await office.define({ key: 'logged', kind: 'TEXT', group: 'Some group' })
    const { auditLog } = await office.ask(
      '{ auditLog(filter: { entity: "FieldDefinition" }, first: 1) { edges { node { operation changes { field new } } } } }',
    )
    const [{ node }] = auditLog.edges
    expect(node.operation).toBe('defineField')
    expect(node.changes).toContainEqual({ field: 'group', new: 'Some group' })
  })

  test('is there at once: in lists, filters, histories and rights', async () => {
    await office.define({ key: 'instant', kind: 'TEXT' })
    const id = await office.make([{ key: 'instant', value: { text: 'now' } }])
    const { contacts, rights, contact } = await office.ask(
      `query ($id: ID!) {
        contacts(filter: { customFields: [{ key: "instant", is: { text: { equals: "now" } } }] }, orderBy: [{ customField: { key: "instant", direction: ASC } }]) { edges { node { id } } }
        rights { name description module }
        contact(id: $id) { history(field: "customFields.instant") { edges { node { changes { field old new } } } } }
      }`,
      { id },
    )
    expect(contacts.edges).toEqual([{ node: { id } }])
    expect(rights).toContainEqual({
      name: 'fields.instant',
      description: 'The custom field "instant".',
      module: 'fields',
    })
    expect(contact.history.edges[0].node.changes).toContainEqual({
      field: 'customFields.instant',
      old: null,
      new: 'now',
    })
  })
})

describe('what new contacts must have', () => {
  test('is required, or there by default', async () => {
    await office.define({
      key: 'tier',
      kind: 'CHOICE',
      options: [{ value: 'basic' }, { value: 'gold' }],
      default: { text: 'basic' },
    })
    const id = await office.make([])
    expect(await office.value(id, 'tier')).toMatchObject({ choice: 'basic' })
    await office.define({ key: 'needed', kind: 'INTEGER', required: true })
    expect(fieldsOf(await office.failMake([]))).toEqual(['customFields.needed'])
    expect(fieldsOf(await office.failMake([{ key: 'needed', value: null }]))).toEqual(['customFields.needed'])
    const filled = await office.make([
      { key: 'needed', value: { integer: 0 } },
      { key: 'tier', value: null },
    ])
    expect(await office.value(filled, 'tier')).toBeNull()
    expect(fieldsOf(await office.failFill(filled, [{ key: 'needed', value: null }]))).toEqual(['customFields.needed'])
    await office.fill(id, [{ key: 'tier', value: { text: 'gold' } }]) // Who was there before need not have it.
    const rejected = await office.ask(
      `mutation { importContacts(input: { format: CSV, content: "Vorname,needed\\nA,1\\nB,\\nC,x\\n", source: "a fair", ground: CONSENT }) {
        created rejected rejectedRows { place faults { field } } } }`,
    )
    expect(rejected.importContacts).toEqual({
      created: 1,
      rejected: 2,
      rejectedRows: [
        { place: 'line 4', faults: [{ field: 'customFields.needed' }] },
        // Whether it is a new contact is found out with its batch.
        { place: 'line 3', faults: [{ field: 'customFields.needed' }] },
      ],
    })
    await change({ key: 'needed', required: false })
  })
})

describe('a changed definition', () => {
  test('never leaves values that do not fit in silence', async () => {
    await office.define({ key: 'code', kind: 'TEXT' })
    const [good, bad, other] = [
      await office.make([{ key: 'code', value: { text: 'C-1' } }]),
      await office.make([{ key: 'code', value: { text: 'D-1' } }]),
      await office.make([]),
    ]
    const input = { key: 'code', pattern: 'C-[0-9]+', required: true }
    const found = await preview(input)
    expect(found).toMatchObject({ values: 2, unfitting: 1, examples: [{ contact: { id: bad } }] })
    expect(found.missing).toBeGreaterThan(0)
    expect(fieldsOf(await failChange(input))).toEqual(['unfitting'])
    expect((await change({ key: 'code', position: 5 })).pattern).toBe('')

    await change(input, 'KEEP')
    expect(await office.value(bad, 'code')).toEqual({ text: 'D-1' })
    expect(fieldsOf(await office.failFill(bad, [{ key: 'code', value: { text: 'D-2' } }]))).toEqual([
      'customFields.code',
    ])
    await change({ key: 'code', pattern: 'C-[0-9]{1,3}', required: false }, 'CLEAR')
    expect(await office.value(bad, 'code')).toBeNull()
    expect(await office.value(good, 'code')).toEqual({ text: 'C-1' })
    expect(await office.value(other, 'code')).toBeNull()
    expect(await office.log(bad)).toContain('updateField updated Contact customFields.code')
  })

  test('of another kind takes values over as they would be written', async () => {
    await office.define({ key: 'number', kind: 'TEXT' })
    const [one, two] = [
      await office.make([{ key: 'number', value: { text: '1.234,50' } }]),
      await office.make([{ key: 'number', value: { text: 'many' } }]),
    ]
    expect(await preview({ key: 'number', kind: 'DECIMAL' })).toMatchObject({ values: 2, unfitting: 1 })
    expect(fieldsOf(await failChange({ key: 'number', kind: 'DECIMAL' }))).toEqual(['unfitting'])
    expect(fieldsOf(await failChange({ key: 'number', kind: 'DECIMAL' }, 'KEEP'))).toEqual(['unfitting'])
    await change({ key: 'number', kind: 'DECIMAL' }, 'CLEAR')
    expect(await office.value(one, 'number')).toEqual({ decimal: '1234.5' })
    expect(await office.value(two, 'number')).toBeNull()
  })

  test('of another kind than a file leaves nothing of the file', async () => {
    await office.define({ key: 'scan', kind: 'FILE', sensitive: true })
    const id = await office.make([{ key: 'scan', value: { file: { name: 'a.txt', content: 'aGFsbG8=' } } }])
    const files = () => office.database.fieldFile.count({ where: { contactId: uuid(id) } })
    expect(await files()).toBe(1)
    await change({ key: 'scan', kind: 'TEXT', sensitive: false }, 'CLEAR')
    expect([await files(), await office.value(id, 'scan')]).toEqual([0, null])
  })

  test('of a file keeps the file when it becomes sensitive', async () => {
    await office.define({ key: 'receipt', kind: 'FILE' })
    const id = await office.make([{ key: 'receipt', value: { file: { name: 'a.txt', content: 'aGFsbG8=' } } }])
    await change({ key: 'receipt', sensitive: true })
    expect(await office.value(id, 'receipt')).toMatchObject({ name: 'a.txt', content: 'aGFsbG8=' })
  })

  test('keeps its default, to the digit, whatever else changes', async () => {
    await office.define({ key: 'factor', kind: 'DECIMAL', default: { decimal: '1.234' } })
    await change({ key: 'factor', labels: [{ language: 'en', text: 'Factor' }] })
    expect(await office.value(await office.make([]), 'factor')).toEqual({ decimal: '1.234' })
  })

  test('takes over no number of which nobody knows what it means', async () => {
    await office.define({ key: 'loose', kind: 'TEXT' })
    await office.make([{ key: 'loose', value: { text: '1.234' } }])
    await office.make([{ key: 'loose', value: { text: '1.234,0' } }])
    expect(await preview({ key: 'loose', kind: 'DECIMAL' })).toMatchObject({
      values: 2,
      unfitting: 1,
      examples: [{ message: expect.stringContaining('1234') }],
    })
  })

  test('can become sensitive, and open again', async () => {
    await office.define({ key: 'diet', kind: 'TEXT' })
    const id = await office.make([{ key: 'diet', value: { text: 'vegan' } }])
    const stored = async () =>
      JSON.stringify(
        (await office.database.contact.findMany({ where: { givenName: 'Ada' } })).map((row) => row.customFields),
      )
    await change({ key: 'diet', sensitive: true })
    expect(await stored()).not.toContain('vegan')
    expect(await office.value(id, 'diet')).toEqual({ text: 'vegan' })
    await change({ key: 'diet', sensitive: false })
    expect(await stored()).toContain('vegan')
  })

  test('becomes unique only if no value is there twice', async () => {
    await office.define({ key: 'membership', kind: 'TEXT' })
    const ids = [
      await office.make([{ key: 'membership', value: { text: 'M1' } }]),
      await office.make([{ key: 'membership', value: { text: 'M1' } }]),
    ]
    expect(await preview({ key: 'membership', unique: true })).toMatchObject({ values: 2, unfitting: 1 })
    expect(fieldsOf(await failChange({ key: 'membership', unique: true }))).toEqual(['unfitting'])
    await change({ key: 'membership', unique: true }, 'CLEAR')
    expect([await office.value(ids[0] ?? '', 'membership'), await office.value(ids[1] ?? '', 'membership')]).toEqual([
      { text: 'M1' },
      null,
    ])
    expect(fieldsOf(await office.failMake([{ key: 'membership', value: { text: 'M1' } }]))).toEqual([
      'customFields.membership',
    ])
    await change({ key: 'membership', unique: false })
    await office.make([{ key: 'membership', value: { text: 'M1' } }])
  })

  test('keeps options that were chosen, once they are retired', async () => {
    await office.define({ key: 'channel', kind: 'CHOICES', options: [{ value: 'mail' }, { value: 'fax' }] })
    const id = await office.make([{ key: 'channel', value: { choices: ['mail', 'fax'] } }])
    await change({ key: 'channel', options: [{ value: 'mail' }, { value: 'fax', retired: true }] })
    await office.fill(id, [{ key: 'channel', value: { choices: ['fax'] } }])
    expect(fieldsOf(await office.failMake([{ key: 'channel', value: { choices: ['fax'] } }]))).toEqual([
      'customFields.channel',
    ])
    expect(fieldsOf(await failChange({ key: 'channel', options: [{ value: 'mail' }] }))).toEqual(['unfitting'])
  })

  test('retired takes no new values, and what is there can be read and emptied', async () => {
    await office.define({ key: 'former', kind: 'TEXT' })
    const [one, two] = [
      await office.make([{ key: 'former', value: { text: 'x' } }]),
      await office.make([{ key: 'former', value: { text: 'y' } }]),
    ]
    const retire = 'mutation ($clear: Boolean) { retireField(key: "former", clear: $clear) { retiredAt } }'
    await office.ask(retire)
    expect(fieldsOf(await office.failFill(one, [{ key: 'former', value: { text: 'z' } }]))).toEqual([
      'customFields.former',
    ])
    expect(await office.value(one, 'former')).toEqual({ text: 'x' })
    await office.fill(one, [{ key: 'former', value: null }])
    await office.ask(retire, { clear: true })
    expect(await office.value(two, 'former')).toBeNull()
    const { fieldDefinitions } = await office.ask('{ fieldDefinitions { key } }')
    expect(fieldDefinitions).not.toContainEqual({ key: 'former' })
  })
})

test('a list with custom fields is one statement', async () => {
  await office.define({ key: 'quick', kind: 'INTEGER' })
  await office.make([{ key: 'quick', value: { integer: 1 } }])
  const list = () =>
    office.ask(
      `{ contacts(filter: { customFields: [{ key: "quick", is: { number: { from: "1" } } }] }, orderBy: [{ customField: { key: "quick", direction: DESC } }]) {
        edges { node { customFields { key ... on IntegerFieldValue { integer } } } } } }`,
    )
  await list()
  // Besides, definitions are read, once a second.
  const isOfContacts = ({ text }: { text: string }) => !text.includes('field_definition')
  expect((await statementsOf(list)).filter(isOfContacts)).toHaveLength(1)
})

test('the examples of the README can be followed', async () => {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8')
  const examples = (section: string) =>
    [...(readme.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '').matchAll(/```graphql\n(.*?)```/gs)].map(
      ([, example = '']) => example,
    )
  const [purpose = ''] = examples('Purposes and legal grounds')
  const [define = '', create = ''] = examples('Custom fields')
  await transact(workContext(office), 'begin', addMissingRetentionClasses)
  await office.ask(purpose)
  expect(await office.ask(define)).toEqual({ defineField: { key: 'customer_number' } })
  const { createContact } = await office.ask(create)
  expect(createContact.customFields).toContainEqual({
    key: 'customer_number',
    label: 'Kundennummer',
    text: 'K-000001',
  })
  const { contact } = await office.ask(
    'query ($id: ID!) { contact(id: $id) { history(field: "customFields.customer_number") { edges { node { action } } } } }',
    { id: createContact.id },
  )
  expect(contact.history.edges).toEqual([{ node: { action: 'CREATED' } }])
})

test('the register of processing tells what is kept for a purpose, and how long', async () => {
  await office.define({ key: 'allergy', kind: 'TEXT', category: 'health', sensitive: true })
  const { processingRegister } = await office.ask('{ processingRegister(language: DE) { json pdfSha256 } }')
  const sales = processingRegister.json.processings.find(({ key }: { key: string }) => key === 'sales')
  expect(sales.dataCategories).toEqual(expect.arrayContaining(['customer data', 'health']))
  expect(sales.customData).toContainEqual({
    category: 'health',
    retentionClass: { key: 'sales', name: 'Sales', period: 'P2Y' },
  })
  expect(processingRegister.pdfSha256).toMatch(/^[0-9a-f]{64}$/)
})
