import pg from 'pg'
import { Prisma } from '#prisma/client.ts'
import { committed } from './adapter.ts'
import { adapterOf, type Database } from './client.ts'
import { lazily } from './lazy-prisma.ts'
import { Outbox, withOutbox } from './outbox.ts'
import { sqlState } from './sql-errors.ts'

type Options = {
  isolation: 'ReadCommitted' | 'RepeatableRead' | 'Serializable'
  /** Milliseconds that it may take. */
  timeout: number
}

type Run<T> = (client: Prisma.TransactionClient, outbox: Outbox) => Promise<T>

const levels = { ReadCommitted: 'READ COMMITTED', RepeatableRead: 'REPEATABLE READ', Serializable: 'SERIALIZABLE' }

/**
 * Runs something in a transaction, and commits what it did, unless it throws or takes too long. Prisma is told of the transaction only when it
 * is asked for something in it: that takes it longer than everything else that a small transaction needs.
 */
export async function inTransaction<T>(database: Database, options: Options, run: Run<T>): Promise<T> {
  const adapter = adapterOf(database)
  if (!adapter) return throughPrisma(database, options, run)
  const connection = await adapter.pool.connect()
  const outbox = new Outbox(clientIn(connection), adapter.nameOf)
  const prisma = lazily(database, { client: clientIn(connection), outbox, timeout: options.timeout })
  connection.on('error', ignore)
  let late: Promise<void> | undefined
  let release = (error?: Error) => {
    release = () => undefined
    clearTimeout(timer)
    connection.off('error', ignore)
    connection.release(error)
  }
  const undo = async () => {
    outbox.close()
    await connection.query('ROLLBACK').then(
      () => release(),
      (error: Error) => release(error),
    )
  }
  const timer = setTimeout(() => {
    prisma.close(tooLate(options))
    late = undo()
  }, options.timeout).unref()
  let result: T
  try {
    await connection.query(`BEGIN ISOLATION LEVEL ${levels[options.isolation]}`)
    result = await run(prisma.client, outbox)
    if (late) throw tooLate(options)
    await prisma.end()
  } catch (error) {
    prisma.close(error)
    await (late ?? undo())
    throw error
  }
  clearTimeout(timer)
  try {
    await committed(clientIn(connection), () => outbox.before(() => connection.query('COMMIT')))
    release()
    return result
  } catch (error) {
    // PostgreSQL has undone it, unless it doesn't answer.
    release(sqlState(error) === undefined && error instanceof Error ? error : undefined)
    throw error
  } finally {
    outbox.close()
  }
}

/** Of a client that nobody opened here. */
const throughPrisma = <T>(database: Database, { isolation, timeout }: Options, run: Run<T>): Promise<T> =>
  withOutbox((outbox) =>
    database.$transaction((client) => run(client, outbox()), {
      isolationLevel: Prisma.TransactionIsolationLevel[isolation],
      timeout,
      maxWait: 10_000,
    }),
  )

// Whoever asks something of a connection that breaks is told so; the pool takes it out.
const ignore = () => undefined

const tooLate = ({ timeout }: Options) =>
  new Prisma.PrismaClientKnownRequestError(`The transaction took longer than ${timeout} ms, and was undone.`, {
    code: 'P2028',
    clientVersion: Prisma.prismaVersion.client,
  })

function clientIn(connection: pg.PoolClient): pg.Client {
  if (!(connection instanceof pg.Client)) throw new Error('the pool hands out something else: update clientIn()')
  return connection
}
