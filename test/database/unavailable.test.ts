import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { Prisma } from '#prisma/client.ts'
import { inTransaction } from '../../src/database/begin.ts'
import { openDatabase } from '../../src/database/client.ts'
import { readRows } from '../../src/database/rows.ts'
import { isUnavailable } from '../../src/database/sql-errors.ts'

// A database that can't be reached is told as such, whatever is asked of it and however it is away.

const servers: Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
})

async function port(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

const ways: Record<string, () => Promise<number>> = {
  'nobody listens': async () => {
    const free = await port(() => undefined)
    servers.pop()?.close()
    return free
  },
  'it closes the connection': () => port((socket) => socket.destroy()),
  'it resets the connection': () => port((socket) => socket.once('data', () => socket.resetAndDestroy())),
}

test('a host with several addresses, none of which answers', () => {
  const refused = (address: string) =>
    Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: 'ECONNREFUSED' })
  const all = Object.assign(new AggregateError([refused('::1'), refused('127.0.0.1')]), { code: 'ECONNREFUSED' })
  expect([isUnavailable(all), isUnavailable(new AggregateError([]))]).toEqual([true, false])
})

test.each(Object.keys(ways))('%s', async (way) => {
  const url = `postgresql://lethe@127.0.0.1:${await ways[way]?.()}/lethe`
  const database = openDatabase(url, { connections: 2, statementTimeout: 1000 })
  const asking: Record<string, () => Promise<unknown>> = {
    raw: async () => database.$queryRaw`SELECT 1`,
    execute: async () => database.$executeRaw`SELECT 1`,
    model: async () => database.contact.findFirst(),
    transaction: () => database.$transaction((tx) => tx.$queryRaw`SELECT 1`),
    rows: () => readRows(database, Prisma.sql`SELECT 1`),
    unit: () => inTransaction(database, { isolation: 'RepeatableRead', timeout: 5000 }, async () => undefined),
  }
  for (const [name, ask] of Object.entries(asking)) {
    const error: unknown = await ask().then(
      () => expect.fail('it answered'),
      (reason) => reason,
    )
    expect([name, isUnavailable(error)]).toEqual([name, true])
  }
  await database.$disconnect()
})
