import type { ErrorCode as ServersCode } from '../graphql/errors.ts'

// What the runtime of the client takes from the server; in the client itself, it is written out.

export type { ChangeKind } from '../modules/deliveries/changes/kinds.ts'

/** The codes of refusals, which are stable, and NO_ANSWER. What they mean stands in the server's README. */
export type ErrorCode = ServersCode | 'NO_ANSWER'
