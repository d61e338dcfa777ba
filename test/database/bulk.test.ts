import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Prisma } from '#prisma/client.ts'
import { insertions } from '../../src/database/bulk.ts'
import { type TestContext, testContext } from '../support/context.ts'
import { freshDatabase, ownerOf } from '../support/database.ts'

// Few rows are inserted with a parameter for each value, many as one JSON text. What then stands there has to be the same.

let context: TestContext
let owner: pg.Client

beforeAll(async () => {
  const url = await freshDatabase()
  context = testContext(url)
  // Without what the rows refer to.
  owner = new pg.Client({ connectionString: ownerOf(url), options: '-c session_replication_role=replica' })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await context.close()
})

const moment = new Date('2026-03-29T01:30:00.123Z')
const person = uuidv7()
const ids = () => ({ contactId: person, id: uuidv7() })

const kinds: Record<string, { table: string; row: () => Record<string, unknown> }> = {
  Contact: {
    table: 'contact',
    row: () => ({
      id: uuidv7(),
      givenName: 'Zoë "Z" \\ {Null}',
      birthDate: new Date('1990-02-28T00:00:00Z'),
      tags: ['a "b"', 'c,d', '{}', '\\', 'NULL', ''],
      customFields: { text: 'a "b" \\', list: [1, 2.5, null], deep: { yes: true } },
      sourceAt: null,
      createdAt: moment,
    }),
  },
  FieldDefinition: {
    table: 'field_definition',
    row: () => {
      const id = uuidv7()
      const json = { labels: { en: "It's" }, options: [{ value: 'a' }, 'b'], default: 'a text' }
      return {
        id,
        key: `k${id.replaceAll('-', '_')}`,
        kind: 'text',
        ...json,
        position: -3,
        required: true,
        category: 'customers',
        purpose: 'service',
        retentionClass: 'kept',
      }
    },
  },
  LawfulBasisEvent: {
    table: 'lawful_basis_event',
    row: () => ({
      ...ids(),
      ...{
        kind: 'given',
        ground: 'consent',
        purposeKey: 'p',
        occurredAt: moment,
        recordedAt: moment,
        validUntil: null,
      },
      ...{ source: '', actorKind: 'system', actorId: null, byGuardian: true, evidenceKind: 'form', evidence: bytes },
    }),
  },
  OrderLine: {
    table: 'order_line',
    row: () => ({
      ...{ ...ids(), orderId: uuidv7(), position: 1, description: '', taxRate: new Prisma.Decimal('7.125') },
      ...{
        quantity: new Prisma.Decimal('0.0001'),
        unitPrice: '12.5',
        amount: new Prisma.Decimal('123456789012345678.25'),
      },
    }),
  },
}
const bytes = new Uint8Array(randomBytes(40))

test.each(Object.keys(kinds))('few and many are the same afterwards: %s', async (model) => {
  const { table = '', row = () => ({}) } = kinds[model] ?? {}
  const written = async (count: number) => {
    const rows = Array.from({ length: count }, row)
    const [insertion, ...more] = insertions(context.database, model, rows)
    expect([more, insertion?.values?.length === 1]).toEqual([[], count > 4])
    await owner.query(insertion?.text ?? '', insertion?.values)
    const { rows: found } = await owner.query(`SELECT t::text AS whole, to_jsonb(t) AS row FROM ${table} t`)
    await owner.query(`DELETE FROM ${table}`)
    expect(found).toHaveLength(count)
    return found.map(
      ({ row: { id, contact_id, order_id, key, created_at, updated_at, recorded_at, transaction_id, ...rest } }) => ({
        ...rest,
        ...(model === 'Contact' && { created_at }),
      }),
    )
  }
  const [many] = await written(5)
  expect(await written(1)).toEqual([many])
  expect(await written(4)).toEqual([many, many, many, many])
})
