import { afterAll, beforeAll, expect, test } from 'vitest'
import type { GrantedRight } from '../../src/graphql/auth/rights.ts'
import { asCaller, run, type TestContext, testContext } from '../support/context.ts'
import { freshDatabase } from '../support/database.ts'

let context: TestContext
beforeAll(async () => {
  context = testContext(await freshDatabase())
})
afterAll(() => context.close())

const both = (...rights: string[]): GrantedRight[] => rights.map((right) => ({ right, read: true, write: true }))
const writing = (...rights: string[]): GrantedRight[] => rights.map((right) => ({ right, read: false, write: true }))

const importing = (grants: GrantedRight[], row: object, dryRun = false) =>
  run(
    asCaller(context, grants),
    `mutation ($content: String!, $dryRun: Boolean) {
      importContacts(input: { format: JSONL, content: $content, source: "Fair", ground: CONSENT, dryRun: $dryRun }) {
        created rejected rejectedRows { place faults { field message } } rejectedFile
      }
    }`,
    { content: JSON.stringify(row), dryRun },
  )

test('an import enters contacts, and wants the right to', async () => {
  for (const dryRun of [true, false]) {
    const { data } = await importing(both('contacts.import', 'contacts.name'), { givenName: 'Ada' }, dryRun)
    expect(data.importContacts).toMatchObject({ created: 0, rejected: 1 })
    expect(data.importContacts.rejectedRows[0].faults[0].message).toContain('contacts.contact')
  }
  expect(await context.database.contact.count({ where: { givenName: 'Ada' } })).toBe(0)
})

test('a row with a field that the caller may not write, or not read, is rejected with the right that is missing', async () => {
  const base = both('contacts.import', 'contacts.contact', 'contacts.name')
  const row = { givenName: 'Bo', phones: [{ number: '+4930123456' }], birthDate: '1980-01-01' }
  const { data } = await importing([...base, ...writing('contacts.phone')], row)
  expect(data.importContacts).toMatchObject({ created: 0, rejected: 1 })
  const [{ faults }] = data.importContacts.rejectedRows
  expect(faults.map(({ field }: { field: string }) => field).toSorted()).toEqual(['birthDate', 'phones'])
  expect(faults[0].message).toContain('contacts.')
  expect((await importing(base, { givenName: 'Bo' })).data.importContacts).toMatchObject({ created: 1, rejected: 0 })
})

test('the history of a merge names fields and shows no values', async () => {
  const create = (input: string) => run(context, `mutation { createContact(input: ${input}) { id } }`)
  const target = (await create('{ familyName: "Target" }')).data.createContact.id
  const source = (await create('{ familyName: "Source", birthDate: "1970-01-02", organisation: "Secret Mill" }')).data
    .createContact.id
  await run(
    context,
    `mutation { mergeContacts(input: { targetId: "${target}", version: 1, sourceIds: ["${source}"] }) { id } }`,
  )
  const reader = asCaller(context, both('contacts.contact', 'contacts.merge', 'audit.history'))
  const { data } = await run(
    reader,
    `{ contact(id: "${target}") { history { edges { node { entity changes { field new } } } } } }`,
  )
  const text = JSON.stringify(data)
  expect(text).toContain('"birthDate"')
  expect(text).not.toMatch(/1970|Secret/)
})
