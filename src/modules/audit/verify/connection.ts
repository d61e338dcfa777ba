import pg from 'pg'
import { asText, type LeafRow } from '../leaf-rows.ts'
import type { Query } from '../tree/stored.ts'

/** Runs a statement; every value comes as the text that PostgreSQL writes. Named ones are prepared. */
export type Ask = (text: string, values?: readonly unknown[], name?: string) => Promise<LeafRow[]>

/** Statements over one connection, one after the other, in the order in which they are asked for. */
export type Connection = {
  ask: Ask
  /** The same, row by row as they arrive: so this process works while PostgreSQL does. `take` must not throw. */
  each: (text: string, values: readonly unknown[], take: (row: LeafRow) => void, name: string) => Promise<void>
  query: Query
}

/** Makes one of a client, whoever's transaction runs on it. */
export function inTurn(client: pg.ClientBase): Connection {
  let latest: Promise<unknown> = Promise.resolve()
  const run = <T>(statement: () => Promise<T>): Promise<T> => {
    const result = latest.then(statement)
    latest = result.catch(() => undefined) // Told to whoever asked.
    return result
  }
  const config = (text: string, values: readonly unknown[], name: string) => ({
    name,
    text,
    values: [...values],
    rowMode: 'array' as const,
    types: asText,
  })
  return {
    ask: async (text, values = [], name = '') =>
      (await run(() => client.query<(string | null)[]>(config(text, values, name)))).rows,
    each: (text, values, take, name) =>
      run(
        () =>
          new Promise<void>((done, fail) => {
            const query = new pg.Query<(string | null)[]>(config(text, values, name))
            query.on('row', take)
            query.once('end', () => done())
            query.once('error', fail)
            client.query(query)
          }),
      ),
    query: async <Row extends object>(text: string, values: readonly unknown[]) =>
      (await run(() => client.query<Row>(text, [...values]))).rows,
  }
}
