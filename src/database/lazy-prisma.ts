import type pg from 'pg'
import type { Prisma } from '#prisma/client.ts'
import { holding } from './adapter.ts'
import type { Database } from './client.ts'
import type { Outbox } from './outbox.ts'

type Client = Prisma.TransactionClient

/** Prisma's part in a transaction that somebody else begins and ends. */
export type LazyPrisma = {
  /** Its client, which tells it of the transaction when it is first asked for something. */
  client: Client
  /** Nothing more is asked of it. */
  end: () => Promise<void>
  /** Whoever asks for more gets this error. */
  close: (reason: unknown) => void
}

/** Gives Prisma a part in a transaction: what it is asked there goes through the outbox. */
export function lazily(
  database: Database,
  { client: connection, outbox, timeout }: { client: pg.Client; outbox: Outbox; timeout: number },
): LazyPrisma {
  let closed: { reason: unknown } | undefined
  let started: Promise<Client> | undefined
  let ended: Promise<void> | undefined
  const { promise: done, resolve: finish } = Promise.withResolvers<void>()

  function start(): Promise<Client> {
    if (closed) return Promise.reject(closed.reason)
    started ??= new Promise<Client>((resolve, reject) => {
      const wait = async (client: Client) => {
        resolve(client)
        await done
      }
      ended = holding({ client: connection, outbox }, () => database.$transaction(wait, { timeout, maxWait: timeout }))
      ended.catch(reject)
    })
    return started
  }

  /** Any of the operations of a client or of one of its models. */
  const later =
    (find: (client: Client) => unknown, name: string) =>
    async (...given: unknown[]): Promise<unknown> => {
      const of = find(await start())
      if (closed) throw closed.reason
      return call(of, name, given)
    }

  const client: unknown = new Proxy(database, {
    get(target, name) {
      if (typeof name === 'symbol') return Reflect.get(target, name)
      if (raw.has(name)) return later((own) => own, name)
      const found: unknown = name.startsWith('$') ? undefined : Reflect.get(target, name)
      if (!isModel(found)) return undefined
      return new Proxy(found, {
        get: (model, operation) => {
          const there: unknown = Reflect.get(model, operation)
          if (typeof operation === 'symbol' || typeof there !== 'function') return there
          return later((own) => Reflect.get(own, name), operation)
        },
      })
    },
  })
  return {
    client: client as Client, // What stands in for each of its parts.
    end: async () => {
      finish()
      await ended
    },
    close: (reason) => {
      closed ??= { reason }
      finish()
    },
  }
}

const raw: ReadonlySet<string> = new Set(['$queryRaw', '$executeRaw', '$queryRawUnsafe', '$executeRawUnsafe'])

function call(of: unknown, name: string, given: readonly unknown[]): unknown {
  const operation: unknown = isObject(of) ? Reflect.get(of, name) : undefined
  if (typeof operation !== 'function') throw new Error(`Prisma has no ${name} here`)
  return Reflect.apply(operation, of, given)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isModel = (value: unknown): value is object => isObject(value) && 'findMany' in value
