import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Prisma } from '#prisma/client.ts'
import type { Config } from '../../src/config.ts'
import { type Transaction, transact } from '../../src/database/transact.ts'
import type { Disclosed } from '../../src/modules/disclosed.ts'
import { stageContent } from '../../src/modules/documents/content/stage.ts'
import { storeDocument } from '../../src/modules/documents/store.ts'
import { modules } from '../../src/modules/index.ts'
import type { Module, PersonalData } from '../../src/modules/module.ts'
import { orders } from '../../src/modules/orders/index.ts'
import { statementsOf } from '../contacts/lists-support.ts'
import { startTestApp } from '../support/app.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

export type Desk = Awaited<ReturnType<typeof openDesk>>

const fields = `id version source number status currency netTotal taxTotal total notes
  billingAddress { name street postalCode city country } shippingAddress { city }
  lines { position articleNumber description quantity unitPrice taxRate amount }`

const inputTypes = { createOrder: 'CreateOrderInput', updateOrder: 'UpdateOrderInput' }

/** An app, and short ways to do what tests of orders do all the time. */
export async function openDesk(config: Partial<Config> = {}, more: readonly Module[] = []) {
  const app = await startTestApp({ config, modules: [...modules, ...more] })
  const token = await app.signIn()
  let count = 0
  const send = (query: string, variables: object = {}, caller = token) => app.graphql(query, variables, caller)
  const ask = async (query: string, variables: object = {}): Promise<Data> => {
    const { data, errors } = await send(query, variables)
    expect(errors?.map((error) => error.message)).toBeUndefined()
    return data
  }
  const attempt = async (mutation: keyof typeof inputTypes, input: object) => {
    const type = inputTypes[mutation]
    const { errors } = await send(`mutation ($input: ${type}!) { ${mutation}(input: $input) { id } }`, { input })
    return errors ?? []
  }
  const uuid = (globalId: string) => Buffer.from(globalId, 'base64').toString().split(':')[1] ?? ''
  const work = () => ({ ...app.work, requestId: randomUUID() })
  return {
    ...app,
    token,
    send,
    ask,
    uuid,
    /** A new contact’s global id. */
    contact: async (input: object = {}): Promise<string> => {
      const creation = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
      return (await ask(creation, { input: { givenName: `Ada ${++count}`, ...input } })).createContact.id
    },
    order: async (contactId: string, input: object = {}): Promise<Data> => {
      const line = { description: 'Cup', quantity: '1', unitPrice: '10', taxRate: '19' }
      const given = { contactId, number: `made-${++count}`, currency: 'EUR', lines: [line], ...input }
      const creation = `mutation ($input: CreateOrderInput!) { createOrder(input: $input) { ${fields} } }`
      return (await ask(creation, { input: given })).createOrder
    },
    update: async (input: object): Promise<Data> =>
      (await ask(`mutation ($input: UpdateOrderInput!) { updateOrder(input: $input) { ${fields} } }`, { input }))
        .updateOrder,
    remove: (order: object) => send('mutation ($o: OrderVersionInput!) { deleteOrder(order: $o) }', { o: order }),
    /** The fields that are at fault. */
    faults: async (mutation: keyof typeof inputTypes, input: object): Promise<string[]> =>
      (await attempt(mutation, input))
        .flatMap(({ extensions }) => extensions.faults.map(({ field }: { field: string }) => field))
        .toSorted(),
    codes: async (mutation: keyof typeof inputTypes, input: object): Promise<string[]> =>
      (await attempt(mutation, input)).map(({ extensions }) => extensions.code),
    /** The answer, and how many statements it took. */
    counting: async (query: string): Promise<{ data: Data; statements: number }> => {
      let data: Data
      const statements = await statementsOf(async () => {
        data = await ask(query)
      })
      return { data, statements: statements.length }
    },
    /** A document of a contact. Returns its id. */
    document: async (typeKey: string, contactId: string): Promise<string> => {
      const content = Readable.from([Buffer.from('%PDF-1.7\n%%EOF\n')])
      const staged = await stageContent(work(), { content })
      const contacts = [uuid(contactId)]
      const draft = { title: 'Invoice', typeKey, personal: 'linked', contacts, staged } as const
      return (await transact(work(), 'test', (tx) => storeDocument(tx, work(), draft))).id
    },
    /** A new partner’s program that may read and write what these rights say: its id and key. */
    program: async (name: string, rights: readonly string[]): Promise<{ id: string; key: string }> => {
      const creation = 'mutation ($n: String!) { createClient(input: { name: $n, kind: PARTNER }) { id } }'
      const { id: c } = (await ask(creation, { n: name })).createClient
      for (const r of rights) {
        const grant =
          'mutation ($c: ID!, $r: String!) { grantScope(client: $c, right: $r, read: true, write: true) { id } }'
        await ask(grant, { c, r })
      }
      const issue = 'mutation ($c: ID!) { createClientKey(client: $c, kind: SECRET) { key } }'
      return { id: c, key: (await ask(issue, { c })).createClientKey.key }
    },
    /** Settles once the log's tree has all entries there are. */
    integrated: async (): Promise<void> => {
      const deadline = Date.now() + 20_000
      for (;;) {
        const [row] = await app.database.$queryRaw<{ missing: boolean }[]>`
          SELECT EXISTS (SELECT FROM audit_entry e WHERE NOT EXISTS (
            SELECT FROM audit_leaf l WHERE l.entry_id = e.id)) AS missing`
        if (!row?.missing) return
        if (Date.now() > deadline) throw new Error('the log is behind')
        await setTimeout(20)
      }
    },
    /** How PostgreSQL would find the newest of a contact's rows, if there were many. */
    planOf: async (from: Prisma.Sql, where: Prisma.Sql, newestFirst: Prisma.Sql): Promise<string> => {
      const [, rows] = await app.database.$transaction([
        app.database.$executeRaw`SET LOCAL enable_seqscan = off`,
        app.database.$queryRaw<{ 'QUERY PLAN': string }[]>`
          EXPLAIN SELECT n.* FROM unnest(ARRAY[${randomUUID()}::uuid]) c(id)
          CROSS JOIN LATERAL (SELECT 1 FROM ${from} WHERE ${where} ORDER BY ${newestFirst} LIMIT 1) n`,
      ])
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    },
    work: app.work,
    transact: <T>(run: (tx: Transaction) => Promise<T>) => transact(work(), 'test', run),
    disclosed: (
      contactId: string,
      { disclose }: Pick<PersonalData, 'disclose'> = orders.personalData,
    ): Promise<Disclosed[]> =>
      transact(work(), 'test', (tx) => Array.fromAsync(disclose({ ...app.work, tx, contactId: uuid(contactId) }))),
  }
}
