import type { ErrorCode as ServersCode } from '../graphql/errors.ts'

/** What the client's errors can be; in the client itself, it is written out. */
export type ErrorCode = ServersCode | 'NO_ANSWER'
