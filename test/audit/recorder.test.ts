import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Transaction, transact } from '../../src/database/transact.ts'
import type { FieldChanges } from '../../src/modules/audit/values.ts'
import { type TestContext, testContext } from '../support/context.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'
import { openEntry } from '../support/log.ts'

let url: string
let context: TestContext

beforeAll(async () => {
  url = await freshDatabase()
  context = testContext(url, { actor: { kind: 'operator', id: null } })
})

afterAll(() => context.close())

const entriesOf = async (contactId: string) => {
  const entries = await context.database.auditEntry.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
  return Promise.all(
    entries.map(async (entry) => {
      const { action, entity, entityId, fields } = entry
      return { action, entity, entityId, fields, values: await openEntry(context.keys, entry, context.database) }
    }),
  )
}

async function newContact(data: { givenName: string; familyName?: string } = { givenName: 'Ada' }) {
  const id = uuidv7()
  await transact(context, 'test', (tx) => tx.contact.create({ data: { id, ...data } }))
  return id
}

const email = (contactId: string, value: string) => ({ contactId, id: uuidv7(), kind: 'email', value })

describe('single changes', () => {
  test('are logged with the values before and after', async () => {
    const id = await newContact()
    await transact(context, 'rename', (tx) => tx.contact.update({ where: { id }, data: { givenName: 'Augusta' } }))
    await transact(context, 'forget', (tx) => tx.contact.delete({ where: { id } }))
    const common = { entity: 'Contact', entityId: id, fields: ['givenName'] }
    expect(await entriesOf(id)).toEqual([
      { ...common, action: 'created', values: { givenName: { new: 'Ada' } } },
      { ...common, action: 'updated', values: { givenName: { old: 'Ada', new: 'Augusta' } } },
      { ...common, action: 'removed', values: { givenName: { old: 'Augusta' } } },
    ])
  })

  test('of rows with a compound key are logged, too', async () => {
    const id = await newContact()
    const point = email(id, 'ada@example.org')
    const where = { contactId_id: { contactId: id, id: point.id } }
    await transact(context, 'add', (tx) => tx.contactPoint.create({ data: point }))
    await transact(context, 'change', (tx) => tx.contactPoint.update({ where, data: { value: 'a@example.org' } }))
    await transact(context, 'remove', (tx) => tx.contactPoint.delete({ where }))
    const common = { entity: 'EmailAddress', entityId: point.id, fields: ['address'] }
    expect((await entriesOf(id)).slice(1)).toEqual([
      { ...common, action: 'created', values: { address: { new: 'ada@example.org' } } },
      { ...common, action: 'updated', values: { address: { old: 'ada@example.org', new: 'a@example.org' } } },
      { ...common, action: 'removed', values: { address: { old: 'a@example.org' } } },
    ])
  })

  test('carry who, in which operation and in which request', async () => {
    const id = await newContact()
    const [entry] = await context.database.auditEntry.findMany({ where: { contactId: id } })
    expect(entry).toMatchObject({
      actorKind: 'operator',
      actorId: null,
      operation: 'test',
      requestId: context.requestId,
    })
  })

  test('that set, empty and clear a field say so', async () => {
    const id = await newContact()
    const update = (data: object) => transact(context, 'test', (tx) => tx.contact.update({ where: { id }, data }))
    await update({ birthDate: new Date('1815-12-10'), tags: ['maths'] })
    await update({ birthDate: null, tags: [] })
    expect((await entriesOf(id)).slice(1).map(({ values }) => values)).toEqual([
      { birthDate: { old: null, new: '1815-12-10' }, tags: { old: null, new: ['maths'] } },
      { birthDate: { old: '1815-12-10', new: null }, tags: { old: ['maths'], new: null } },
    ])
  })

  test('that change nothing write no entry', async () => {
    const id = await newContact()
    await transact(context, 'test', async (tx) => {
      await tx.contact.update({ where: { id }, data: { givenName: 'Ada' } })
      await tx.contact.update({ where: { id }, data: { version: 7, updatedAt: new Date() } })
    })
    expect(await entriesOf(id)).toHaveLength(1)
  })

  test('that find no row write no entry, and fail as they should', async () => {
    const id = uuidv7()
    await expect(
      transact(context, 'test', (tx) => tx.contact.update({ where: { id }, data: { givenName: 'X' } })),
    ).rejects.toMatchObject({ code: 'P2025' })
    expect(await entriesOf(id)).toEqual([])
  })
})

describe('changes of many rows', () => {
  test('are logged row by row', async () => {
    const id = await newContact()
    const points = ['one', 'two', 'three'].map((name) => email(id, `${name}@example.org`))
    await transact(context, 'add', (tx) => tx.contactPoint.createMany({ data: points }))
    await transact(context, 'label', (tx) =>
      tx.contactPoint.updateMany({
        where: { contactId: id, value: { not: 'two@example.org' } },
        data: { label: 'work' },
      }),
    )
    await transact(context, 'remove', (tx) => tx.contactPoint.deleteMany({ where: { contactId: id, label: 'work' } }))
    expect((await entriesOf(id)).slice(1).map(({ action, values }) => [action, values])).toEqual([
      ['created', { address: { new: 'one@example.org' } }],
      ['created', { address: { new: 'two@example.org' } }],
      ['created', { address: { new: 'three@example.org' } }],
      ['updated', { label: { old: null, new: 'work' } }],
      ['updated', { label: { old: null, new: 'work' } }],
      ['removed', { address: { old: 'one@example.org' }, label: { old: 'work' } }],
      ['removed', { address: { old: 'three@example.org' }, label: { old: 'work' } }],
    ])
  })

  test('that run at the same time in one unit of work are told in an order that fits', async () => {
    const id = await newContact({ givenName: '0' })
    await transact(context, 'test', (tx) =>
      Promise.all([1, 2, 3, 4, 5].map((n) => tx.contact.update({ where: { id }, data: { givenName: String(n) } }))),
    )
    expectChain(await entriesOf(id), 'givenName')
  })

  test.each<[string, (tx: Transaction) => Promise<unknown>]>([
    ['createMany, skipDuplicates', (tx) => tx.contact.createMany({ data: [], skipDuplicates: true })],
    ['updateMany, limit', (tx) => tx.contact.updateMany({ data: { givenName: 'X' }, limit: 1 })],
    ['deleteMany, limit', (tx) => tx.contact.deleteMany({ limit: 1 })],
  ])('are refused with an option that hides which rows they are: %s', async (_what, change) => {
    await expect(transact(context, 'test', change)).rejects.toThrow(/can't be logged|takes data only/)
  })
})

describe('what could not be logged', () => {
  const contactId = uuidv7()
  test('is refused: nested writes', async () => {
    await expect(
      transact(context, 'test', (tx) =>
        tx.contact.create({ data: { id: contactId, points: { create: [{ id: uuidv7(), kind: 'email' }] } } }),
      ),
    ).rejects.toThrow('written through its own model')
  })

  test('is refused: upsert', async () => {
    await expect(
      transact(context, 'test', (tx) =>
        tx.contact.upsert({ where: { id: contactId }, create: { id: contactId }, update: { givenName: 'X' } }),
      ),
    ).rejects.toThrow("can't be logged")
  })

  test('is refused: operations that return the rows of many', async () => {
    await expect(
      transact(context, 'test', (tx) => tx.contact.createManyAndReturn({ data: [{ id: contactId }] })),
    ).rejects.toThrow("can't be logged")
  })

  test('is refused by PostgreSQL: raw SQL in a unit of work', async () => {
    const id = await newContact()
    const change = transact(
      context,
      'test',
      (tx) => tx.$executeRaw`UPDATE contact SET given_name = 'X' WHERE contact_id = ${id}::uuid`,
    )
    await expect(change).rejects.toThrow('without an entry')
  })

  test('is refused by PostgreSQL: rows that go with a removed contact', async () => {
    const id = await newContact()
    await transact(context, 'test', (tx) => tx.contactPoint.create({ data: email(id, 'x@example.org') }))
    await expect(transact(context, 'test', (tx) => tx.contact.delete({ where: { id } }))).rejects.toThrow(
      'without an entry',
    )
  })

  test('is refused by PostgreSQL: writing past the unit of work', async () => {
    const id = await newContact()
    await expect(context.database.contact.update({ where: { id }, data: { givenName: 'X' } })).rejects.toThrow(
      'without an entry',
    )
  })
})

describe('all or nothing', () => {
  test('an aborted unit of work leaves neither change nor entry', async () => {
    const id = uuidv7()
    const failing = transact(context, 'test', async (tx) => {
      await tx.contact.create({ data: { id, givenName: 'Ada' } })
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await context.database.contact.findUnique({ where: { id } })).toBeNull()
    expect(await entriesOf(id)).toEqual([])
  })

  test.each([
    ['the entry is refused', "ALTER TABLE audit_entry ADD CONSTRAINT broken CHECK (operation <> 'broken')"],
    ['the table is gone', 'ALTER TABLE audit_entry RENAME TO mislaid'],
    ['the entry is swallowed', 'CREATE RULE swallow AS ON INSERT TO audit_entry DO INSTEAD NOTHING'],
  ])('when %s, the change fails', async (_what, sabotage) => {
    const databaseUrl = await freshDatabase()
    const broken = testContext(databaseUrl)
    await withClient(ownerOf(databaseUrl), (client) => client.query(sabotage))
    const id = uuidv7()
    await expect(
      transact(broken, 'broken', (tx) => tx.contact.create({ data: { id, givenName: 'Ada' } })),
    ).rejects.toThrow()
    expect(await broken.database.contact.count()).toBe(0)
    await broken.close()
  })
})

/** Each old value is the new value before it. */
function expectChain(entries: { values: FieldChanges }[], field: string) {
  const steps = entries.map(({ values }) => values[field])
  for (const [index, step] of steps.entries()) if (index > 0) expect(step?.old).toBe(steps[index - 1]?.new)
}
