import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { modules } from '../../src/modules/index.ts'
import { fieldsOf, uuid } from '../contacts/lists-support.ts'
import { wholeContact } from '../support/erasure.ts'
import { type FieldOffice, openFieldOffice } from './support.ts'

let office: FieldOffice
const content = Buffer.from('Zqscan').toString('base64')
beforeAll(async () => {
  office = await openFieldOffice()
  await office.define({ key: 'religion', kind: 'TEXT', sensitive: true })
  await office.define({ key: 'proof', kind: 'FILE' })
  await office.define({ key: 'nickname', kind: 'TEXT' })
})
afterAll(() => office.close())

const made = () =>
  office.make([
    { key: 'religion', value: { text: 'Zqfaith' } },
    { key: 'proof', value: { file: { name: 'scan.pdf', mediaType: 'application/pdf', content } } },
    { key: 'nickname', value: { text: 'Zqnick' } },
  ])

/** Everything that is stored about a contact, as text. */
const stored = async (id: string) => {
  const rows = await office.database.$queryRaw<{ row: string }[]>`
    SELECT to_jsonb(c)::text AS row FROM contact c WHERE contact_id = ${uuid(id)}::uuid
    UNION ALL SELECT encode(content, 'escape') FROM field_file WHERE contact_id = ${uuid(id)}::uuid
    UNION ALL SELECT encode("values", 'escape') FROM audit_entry WHERE contact_id = ${uuid(id)}::uuid AND "values" IS NOT NULL`
  return rows.map(({ row }) => row).join()
}

const reads = async (id: string) =>
  (
    await office.database.auditEntry.findMany({
      where: { contactId: uuid(id), action: 'read' },
      orderBy: { id: 'asc' },
    })
  ).map(({ entity, fields }) => `${entity} ${fields}`)

describe('what is sensitive', () => {
  test('is sealed, as the content of files is', async () => {
    const text = await stored(await made())
    expect(text).toContain('Zqnick')
    expect(text).not.toContain('Zqfaith')
    expect(text).not.toContain('Zqscan')
  })

  test('is logged when it is read, and only then', async () => {
    const id = await made()
    await office.ask('query ($id: ID!) { contact(id: $id) { customField(key: "nickname") { key } } }', { id })
    await office.ask(
      'query ($id: ID!) { contact(id: $id) { customField(key: "proof") { ... on FileFieldValue { name } } } }',
      { id },
    )
    expect(await reads(id)).toEqual([])
    await office.ask('query ($id: ID!) { contact(id: $id) { customFields { key } } }', { id })
    expect(await reads(id)).toEqual(['Contact customFields.religion'])
    await office.ask(
      'query ($id: ID!) { contact(id: $id) { customField(key: "proof") { ... on FileFieldValue { content } } } }',
      { id },
    )
    expect(await reads(id)).toEqual(['Contact customFields.religion', 'Contact customFields.proof'])
  })

  test('can neither be filtered nor sorted by', async () => {
    for (const list of [
      'contacts(filter: { customFields: [{ key: "religion", is: { text: { equals: "Zqfaith" } } }] }) { totalCount }',
      'contacts(filter: { customFields: [{ key: "religion", is: { empty: true } }] }) { totalCount }',
      'contacts(orderBy: [{ customField: { key: "religion", direction: ASC } }]) { totalCount edges { cursor } }',
    ]) {
      expect((await office.fail(`{ ${list} }`)).code).toBe('INVALID_INPUT')
    }
  })

  test('is in the history, old and new, and is no change if it stays the same', async () => {
    const id = await made()
    await office.fill(id, [{ key: 'religion', value: { text: 'Zqother' } }])
    await office.fill(id, [{ key: 'religion', value: { text: 'Zqother' } }])
    const query = `query ($id: ID!) { contact(id: $id) { history(field: "customFields.religion") { edges { node { changes { field old new } } } } } }`
    const { contact } = await office.ask(query, { id })
    const changes = contact.history.edges.map(({ node }: { node: { changes: { field: string }[] } }) =>
      node.changes.find(({ field }) => field === 'customFields.religion'),
    )
    expect(changes).toEqual([
      { field: 'customFields.religion', old: 'Zqfaith', new: 'Zqother' },
      { field: 'customFields.religion', old: null, new: 'Zqfaith' },
    ])
  })

  test('is found in the history with all custom fields, and by no name that there is not', async () => {
    const id = await made()
    await office.update({ id, version: 1, jobTitle: 'Pastor' })
    const query =
      'query ($id: ID!, $field: String) { contact(id: $id) { history(field: $field) { edges { node { fields } } } } }'
    const { contact } = await office.ask(query, { id, field: 'customFields' })
    expect(contact.history.edges).toHaveLength(1)
    expect(contact.history.edges[0].node.fields).toContain('customFields.religion')
    for (const field of ['customFields.never', 'customField']) {
      expect(fieldsOf(await office.fail(query, { id, field }))).toEqual(['field'])
    }
    const log = 'query ($filter: AuditFilter) { auditLog(filter: $filter) { edges { node { fields } } } }'
    expect(fieldsOf(await office.fail(log, { filter: { field: 'customFields' } }))).toEqual(['filter.field'])
  })

  test('does not open in another contact', async () => {
    const [one, other] = [await made(), await made()]
    const rows = await office.database.contact.findMany({ where: { id: { in: [uuid(one), uuid(other)] } } })
    const moved = Object(rows.find(({ id }) => id === uuid(one))?.customFields)
    await transact({ ...office.work, requestId: crypto.randomUUID() }, 'tamper', (tx) =>
      tx.contact.update({ where: { id: uuid(other) }, data: { customFields: moved } }),
    )
    const { errors, data } = await office.graphql(
      'query ($id: ID!) { contact(id: $id) { customField(key: "religion") { key } } }',
      { id: other },
      await office.signIn(),
    )
    expect(data.contact.customField).toBeNull()
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UNREADABLE'])
    office.logged.length = 0 // That it doesn't open is told there.
  })
})

test('all of it is disclosed, opened, with what it is for, and erased', async () => {
  const id = await made()
  const work = { ...office.work, requestId: crypto.randomUUID() }
  const module = modules.find(({ name }) => name === 'fields')
  const data = module?.personalData
  if (!data || data === 'none') throw new Error('custom fields are personal data')
  const disclosed = await transact(work, 'disclose', async (tx) => {
    const found = []
    for await (const { record, files = [] } of data.disclose({ ...work, tx, contactId: uuid(id) })) {
      const contents = []
      for (const { open } of files) for await (const part of open()) contents.push(Buffer.from(part).toString('base64'))
      found.push({ ...record, ...(contents.length > 0 && { contents }) })
    }
    return found
  })
  expect(disclosed).toContainEqual({
    ...{ field: 'religion', labels: { en: 'religion' }, value: 'Zqfaith' },
    ...{ category: 'customer data', purpose: 'sales', retentionClass: 'sales' },
  })
  expect(JSON.stringify(disclosed)).toContain(content)
  const outcome = await transact(work, 'erase', (tx) => data.erase(tx, [uuid(id)], wholeContact(), work))
  expect(outcome.erased).toEqual({ FieldClaim: 0, FieldFile: 1 })
})
