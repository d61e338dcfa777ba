import { AsyncLocalStorage } from 'node:async_hooks'
import type pg from 'pg'
import { momentTypes } from './row-types.ts'
import { sqlState } from './sql-errors.ts'

/** A statement whose answer nobody waits for at once. */
export type Sent = {
  text: string
  values?: unknown[]
  /** How many rows of which table it must have written. */
  rows?: { count: number; table: string }
}

/**
 * What one unit of work writes and needs no answer to before its end. It goes out with the next statement that somebody waits for, in
 * one packet and in the order in which it was written; so whatever is read sees it. `settle` tells of what failed.
 */
export class Outbox {
  private client: pg.Client | undefined
  private readonly nameOf: (sql: string) => string | undefined
  private waiting: Sent[] = []
  private answers: Promise<unknown>[] = []
  private fault: { error: unknown } | undefined

  constructor(client: pg.Client, nameOf: (sql: string) => string | undefined) {
    this.client = client
    this.nameOf = nameOf
  }

  write(statement: Sent): void {
    this.connection()
    this.waiting.push(statement)
  }

  /** Runs what sends a statement, after those that wait, in one packet with them. */
  before<T>(send: () => Promise<T>): Promise<T> {
    if (this.waiting.length === 0) return send()
    return this.together(() => {
      this.flush()
      return send()
    })
  }

  /** Reads rows as PostgreSQL gives them (rows-in.ts), after what waits. */
  async read(text: string, values: unknown[]): Promise<unknown[]> {
    const query = { ...prepared(text, values, this.nameOf(text)), types: momentTypes }
    try {
      const { rows } = await this.before(() => this.connection().query(query))
      return rows
    } catch (error) {
      // Of those that were sent together, the first to fail says why.
      if (sqlState(error) !== '25P02') this.fault ??= { error }
      throw error
    }
  }

  /** What is sent meanwhile, without waiting for any of it, goes out in one packet. */
  together<T>(send: () => T): T {
    const { stream } = this.connection().connection
    stream.cork()
    try {
      return send()
    } finally {
      stream.uncork()
    }
  }

  /** Settles when all that was written is in PostgreSQL. Throws what the first statement failed with. */
  async settle(): Promise<void> {
    if (this.waiting.length > 0) await this.before(async () => undefined)
    const { answers } = this
    this.answers = []
    await Promise.all(answers)
    if (this.fault) throw this.fault.error
  }

  /** Why a unit of work failed: after a statement that failed PostgreSQL tells of the others only that one did (25P02). */
  async reasonOf(error: unknown): Promise<unknown> {
    if (sqlState(error) !== '25P02') return error
    await Promise.all(this.answers)
    return this.fault ? this.fault.error : error
  }

  /** The connection is somebody else's from now on. */
  close(): void {
    this.client = undefined
    this.waiting = []
  }

  private flush() {
    const client = this.connection()
    for (const { text, values, rows } of this.waiting) {
      const answer = client.query(prepared(text, values, this.nameOf(text))).then(
        ({ rowCount }) => {
          // Triggers, rules and the like can make an insertion do less, or something else, without an error.
          if (rows && rowCount !== rows.count) this.fault ??= { error: new Error(tooFew(rowCount, rows)) }
        },
        (error: unknown) => {
          this.fault ??= { error }
        },
      )
      this.answers.push(answer)
    }
    this.waiting = []
  }

  private connection() {
    if (!this.client) throw new Error('the transaction is over')
    return this.client
  }
}

const tooFew = (took: number | null, { count, table }: NonNullable<Sent['rows']>) =>
  `${table} took ${took} of ${count} rows: "lethe audit verify" says what stands in between.`

const prepared = (text: string, values: unknown[] | undefined, name: string | undefined) => ({
  text,
  ...(values && { values }),
  ...(name !== undefined && { name }),
})

/** For the transaction that somebody begins. */
const beginning = new AsyncLocalStorage<{ outbox?: Outbox }>()

/** Runs what begins a transaction, and finds its outbox when it has begun. */
export function withOutbox<T>(begin: (outbox: () => Outbox) => Promise<T>): Promise<T> {
  const place: { outbox?: Outbox } = {}
  const found = () => {
    if (!place.outbox) throw new Error('the transaction has no outbox: open the database with openDatabase()')
    return place.outbox
  }
  return beginning.run(place, () => begin(found))
}

/** Gives a transaction that begins its outbox, where somebody waits for it. */
export function putOutbox(outbox: Outbox): void {
  const place = beginning.getStore()
  if (place) place.outbox ??= outbox
}
