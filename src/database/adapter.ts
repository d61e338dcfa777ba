import { AsyncLocalStorage } from 'node:async_hooks'
import { PrismaPg } from '@prisma/adapter-pg'
import type { Transaction } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { Outbox, putOutbox } from './outbox.ts'
import { statementNames } from './statement-names.ts'

/**
 * Prisma's adapter, with less to and fro: statements that come again are prepared, and what a unit of work writes goes out with what
 * it reads next (see `Outbox`).
 */
export class Adapter extends PrismaPg {
  readonly pool: pg.Pool
  /** Under which name a statement is prepared, if it is. */
  readonly nameOf: (sql: string) => string | undefined

  /**
   * @param pool Of connections in pipeline mode; it ends with the adapter.
   * @param options.prepares Whether a connection keeps what was prepared on it.
   */
  constructor(pool: pg.Pool, { prepares }: { prepares: boolean }) {
    const nameOf = prepares ? statementNames() : () => undefined
    super(pool, { statementNameGenerator: ({ sql }) => nameOf(sql) ?? '', disposeExternalPool: true })
    // Prisma listens from its first statement on, and others may come before. The pool itself takes the connection out.
    pool.on('error', () => undefined)
    this.pool = pool
    this.nameOf = nameOf
  }

  override async connect() {
    const adapter = await super.connect()
    const begin = adapter.startTransaction
    adapter.startTransaction = async (level) => {
      const held = holder.getStore()
      if (held) return partOf(held, await Reflect.apply(begin, alreadyBegun(adapter, held), []))
      const transaction = await begin.call(adapter)
      const client = clientOf(transaction)
      const outbox = new Outbox(client, this.nameOf)
      if (level) outbox.write({ text: `SET TRANSACTION ISOLATION LEVEL ${level}` })
      putOutbox(outbox)
      return withOutbox(transaction, client, outbox)
    }
    return adapter
  }
}

function withOutbox(transaction: Transaction, client: pg.Client, outbox: Outbox): Transaction {
  const { queryRaw, executeRaw, commit, rollback } = transaction
  const execute: Transaction['executeRaw'] = (query) => outbox.before(() => executeRaw.call(transaction, query))
  return Object.assign(transaction, {
    queryRaw: (query) => outbox.before(() => queryRaw.call(transaction, query)),
    executeRaw: (query) => (query.sql === 'COMMIT' ? committed(client, () => execute(query)) : execute(query)),
    commit: () => {
      outbox.close()
      return commit.call(transaction)
    },
    rollback: () => {
      outbox.close()
      return rollback.call(transaction)
    },
  } satisfies Partial<Transaction>)
}

/** A transaction that somebody else begins and ends. */
type Held = { client: pg.Client; outbox: Outbox }

const holder = new AsyncLocalStorage<Held>()

/** Runs what begins a transaction of Prisma's: it becomes a part of the one that there is. */
export const holding = <T>(held: Held, begin: () => Promise<T>): Promise<T> => holder.run(held, begin)

/** An adapter whose one connection is in a transaction, which it takes for its own. */
function alreadyBegun(adapter: object, { client }: Held): unknown {
  const connection = {
    on: () => undefined,
    removeListener: () => undefined,
    release: () => undefined,
    query: async (query: pg.QueryConfig) => (query.text === 'BEGIN' ? { rowCount: 0 } : client.query(query)),
  }
  return Object.create(adapter, { client: { value: { connect: async () => connection } } })
}

function partOf({ outbox }: Held, transaction: Transaction): Transaction {
  const { queryRaw, executeRaw } = transaction
  return Object.assign(transaction, {
    queryRaw: (query) => outbox.before(() => queryRaw.call(transaction, query)),
    executeRaw: async (query) => (isEnd(query.sql) ? 0 : outbox.before(() => executeRaw.call(transaction, query))),
  } satisfies Partial<Transaction>)
}

const isEnd = (sql: string) => sql === 'COMMIT' || sql === 'ROLLBACK'

/** Where a statement had failed, PostgreSQL answers COMMIT without an error all the same, and rolls back. */
export async function committed<T>({ connection }: pg.Client, commit: () => Promise<T>): Promise<T> {
  let done: string | undefined
  const note = ({ text }: { text: string }) => {
    done = text
  }
  connection.on('commandComplete', note)
  const result = await commit().finally(() => connection.off('commandComplete', note))
  if (done === 'ROLLBACK') throw new Error('a statement of the transaction had failed, so all of it was rolled back')
  return result
}

/** The adapter keeps it to itself. */
function clientOf(transaction: Transaction): pg.Client {
  const client: unknown = Reflect.get(transaction, 'client')
  if (!(client instanceof pg.Client))
    throw new Error('Prisma keeps the connection of a transaction elsewhere: update clientOf()')
  return client
}
