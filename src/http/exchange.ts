import type { Caller } from '../modules/identity/sign-in/authenticate.ts'

/** How a request reached us. */
export type Connection = {
  /** The address of the other side: behind trusted proxies, of whoever sent the request to them. */
  address: string
  /** Whether it came by TLS. */
  secure: boolean
  /** Aborted when the other side goes away before it has its answer. */
  left?: AbortSignal
}

/** One request and its answer, as the parts that handle it see them: made when it comes, filled on the way. */
export type Exchange = {
  readonly requestId: string
  readonly connection: Connection
  /** Aborted when the client has gone away or the time is up. */
  readonly signal: AbortSignal
  /** Who calls, once that is known. */
  caller: Caller | undefined
  /** Something came along that looks like the key of a client, good or not. */
  hasKey: boolean
  /** Finds out again who calls: for what goes on after its answer began. It doesn't count as a use of the session. */
  again: (() => Promise<Caller>) | undefined
  /** The origin of the page that calls, as its browser says; absent for programs. */
  origin?: string | undefined
  /** The kind of the GraphQL operation, once that is known. */
  operation: 'query' | 'mutation' | 'subscription' | undefined
  /** The name that the caller gave it. */
  operationName: string | undefined
  /** `OK`, or the code of the first error, of a GraphQL operation. */
  outcome: string | undefined
  /** What the GraphQL operation costs, once that is known. */
  cost: number | undefined
  /** The caller's browser or program, as it names itself. */
  userAgent: string
  /** The name of the last event that the client got of a stream like this one (`Last-Event-ID`). */
  lastEventId: string | undefined
  /** The name of the next event, if it has one. */
  eventId: string | undefined
  /** The value of the device cookie that came along. */
  deviceCookie: string | undefined
  /** Says that something came or went: on routes that stream, the time of the request begins anew. */
  moved: () => void
  /** Values of `set-cookie` for the answer. */
  readonly cookies: string[]
}
