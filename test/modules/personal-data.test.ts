import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tableOf } from '../../src/database/models.ts'
import { transact } from '../../src/database/transact.ts'
import { seedDraft } from '../../src/modules/contacts/seed/generate.ts'
import { modules } from '../../src/modules/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { declaredColumns } from '../support/columns.ts'
import { withClient } from '../support/database.ts'
import { disclosedBy } from '../support/disclosed.ts'
import { wholeContact } from '../support/erasure.ts'

const declarations = modules.flatMap(({ name, personalData }) =>
  personalData === 'none' ? [] : [{ module: name, ...personalData }],
)

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.close())

describe('the data model', () => {
  it('classifies every column of every table about a contact', async () => {
    const columns = await declaredColumns('prisma', 'schema')
    const aboutContacts = new Set([
      'Contact',
      ...columns.filter(({ field }) => field === 'contactId').map(({ model }) => model),
    ])
    expect(aboutContacts.size).toBeGreaterThan(3)
    const unclassified = columns
      .filter(({ model }) => aboutContacts.has(model))
      .filter(({ comment }) => !/\[(personal: [a-z ]+|not personal)\]/.test(comment))
    expect(unclassified.map(({ model, field }) => `${model}.${field}`)).toEqual([])
  })

  it('has one module, and one only, to disclose and erase each table about a contact', async () => {
    const columns = await declaredColumns('prisma', 'schema')
    const models = new Set([
      'Contact',
      ...columns.filter(({ field }) => field === 'contactId').map(({ model }) => model),
    ])
    const declared = declarations.flatMap((declaration) => declaration.models)
    expect(declared.toSorted()).toEqual([...models].toSorted())
  })

  it('names every category of personal data in the module that holds it', async () => {
    const columns = await declaredColumns('prisma', 'schema')
    for (const { models, categories } of declarations) {
      const found = columns
        .filter(({ model }) => models.includes(model))
        .flatMap(({ comment }) => comment.match(/\[personal: ([a-z ]+)\]/)?.[1] ?? [])
      expect(new Set(categories)).toEqual(new Set(found))
    }
  })

  it('is what the migrations make', async () => {
    const inDatabase = await withClient(app.config.databaseUrl ?? '', async (client) => {
      const { rows } = await client.query<{ table_name: string; column_name: string }>(
        `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'`,
      )
      return new Set(rows.map((row) => `${row.table_name}.${row.column_name}`))
    })
    const columns = await declaredColumns('prisma', 'schema')
    for (const model of new Set(columns.map((column) => column.model))) {
      const { table, columns: names } = tableOf(app.database, model)
      const declared = [...names.values()].map((name) => `${table}.${name}`)
      const present = [...inDatabase].filter((name) => name.startsWith(`${table}.`))
      expect(declared.toSorted()).toEqual(present.toSorted())
    }
  })
})

describe('every module', () => {
  const work = () => ({ ...app.work, requestId: crypto.randomUUID() })

  it('discloses every personal value, and erases or honestly keeps every row', async () => {
    const { externalId: _id, ...draft } = seedDraft(3)
    const { createContact } = await import('../../src/modules/contacts/create.ts')
    const marks = {
      title: 'Mark 1',
      givenName: 'Mark 2',
      familyName: 'Mark 3',
      organisation: 'Mark 4',
      jobTitle: 'Mark 5',
    }
    const contactId = await createContact(
      work(),
      {
        ...draft,
        ...marks,
        birthDate: '1977-07-07',
        tags: ['Mark 6'],
        emails: [{ address: 'mark7@example.org', label: 'Mark 8' }],
        addresses: [{ street: 'Mark 9', postalCode: '12345', city: 'Mark 10', region: 'Mark 11', country: 'DE' }],
        messengers: [{ service: 'mark12', handle: 'Mark 13' }],
        websites: [{ url: 'https://mark14.example' }],
      },
      { source: 'Mark 15', sourceAt: new Date('2026-01-01T00:00:00Z') },
    )
    const disclosed = await transact(work(), 'disclose', async (tx) => {
      const parts = []
      for (const declaration of declarations) parts.push(await disclosedBy(declaration, { ...work(), tx, contactId }))
      return JSON.stringify(parts)
    })
    const expected = Array.from({ length: 15 }, (_, index) => `mark ?${index + 1}\\b`)
    for (const mark of [...expected, '1977-07-07', '2026-01-01', '12345'])
      expect(disclosed).toMatch(new RegExp(mark, 'i'))

    const outcomes = await transact(work(), 'erase', async (tx) => {
      const results = []
      for (const { erase } of declarations.toReversed())
        results.push(await erase(tx, [contactId], wholeContact(), work()))
      return results
    })
    const kept = new Set(outcomes.flatMap((outcome) => Object.keys(outcome.kept)))
    for (const model of declarations.flatMap(({ models }) => models)) {
      const { table } = tableOf(app.database, model)
      const rows = await withClient(app.config.databaseUrl ?? '', (client) =>
        client.query(`SELECT 1 FROM ${table} WHERE contact_id = $1`, [contactId]),
      )
      if (!kept.has(model)) expect([model, rows.rowCount]).toEqual([model, 0])
    }
    expect(outcomes.flatMap((outcome) => Object.keys(outcome.erased))).toContain('Contact')
  })
})
