import { Prisma } from '#prisma/client.ts'

// Errors arrive in several shapes: from Prisma's own operations with a P code, from raw statements and from the commit
// with PostgreSQL's SQLSTATE inside. Everything that reads them goes through here.

/** Two transactions touched the same rows; trying again is the cure (SQLSTATE 40001, 40P01). */
export function isSerializationFailure(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2034') return true
  const state = sqlState(error)
  return state === '40001' || state === '40P01'
}

/** A unique constraint is in the way (SQLSTATE 23505). */
export function isUniqueViolation(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') return true
  return sqlState(error) === '23505'
}

/** A row refers to one that isn't there, or is referred to (SQLSTATE 23503). */
export const isForeignKeyViolation = (error: unknown): boolean =>
  (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003') || sqlState(error) === '23503'

/** Two periods overlap that must not (SQLSTATE 23P01). */
export const isExclusionViolation = (error: unknown): boolean => sqlState(error) === '23P01'

/** This unique index is in the way, whichever shard's. */
export function isUniqueViolationOf(error: unknown, index: string): boolean {
  return (
    isUniqueViolation(error) &&
    error instanceof Error &&
    `${error.message} ${JSON.stringify(metaOf(error))}`.includes(index)
  )
}

const metaOf = (error: Error): unknown => Reflect.get(error, 'meta')

/** What the adapter calls it. */
function kindOf(error: unknown): string {
  let current = error
  for (const part of ['meta', 'driverAdapterError', 'cause', 'kind']) {
    if (typeof current !== 'object' || current === null) return ''
    current = Reflect.get(current, part)
  }
  return typeof current === 'string' ? current : ''
}

/** The database can't be reached, or takes no more connections. */
export function isUnavailable(error: unknown): boolean {
  if (
    error instanceof Prisma.PrismaClientKnownRequestError &&
    ['P1001', 'P1002', 'P1017', 'P2024', 'P2028'].includes(error.code)
  ) {
    return true
  }
  // Of raw statements only the adapter's own error tells.
  if (['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'].includes(kindOf(error)))
    return true
  const state = sqlState(error)
  if (state?.startsWith('08') || state?.startsWith('57P') || state === '53300') return true
  // Of a host with several addresses the text is empty, and only the code tells.
  return error instanceof Error && away.test(`${Reflect.get(error, 'code')} ${error.message}`)
}

const away =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EPIPE|Connection terminated|not queryable|timeout exceeded when trying to connect/

/** PostgreSQL's five-character code, wherever in the chain of causes it stands. */
export function sqlState(error: unknown): string | undefined {
  for (let current = error, depth = 0; current && depth < 6; depth++) {
    if (typeof current !== 'object') return undefined
    for (const key of ['originalCode', 'sqlState', 'code']) {
      const code: unknown = Reflect.get(current, key)
      if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('P')) return code
    }
    const meta: unknown = Reflect.get(current, 'meta')
    const adapterError: unknown =
      typeof meta === 'object' && meta !== null ? Reflect.get(meta, 'driverAdapterError') : undefined
    current = adapterError ?? Reflect.get(current, 'cause')
  }
  return undefined
}
