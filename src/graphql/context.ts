import type { AuditedModels } from '../database/audited.ts'
import type { Database } from '../database/client.ts'
import type { Logger } from '../log.ts'
import type { Rights } from './auth/rights.ts'

/** Who acts. `operator` is the command line, `system` the product itself. */
export type Actor = { kind: 'user' | 'operator' | 'system' | 'anonymous'; id: string | null }

/** What an operation on data needs to know, wherever it comes from: GraphQL, the command line, a job. */
export type WorkContext = {
  database: Database
  /** How the changes of each audited model are told; from the modules. */
  audited: AuditedModels
  actor: Actor
  /** Ties log lines, audit entries and error messages together. UUID. */
  requestId: string
  log: Logger
  /** Aborted when nobody waits for the outcome any more; nothing is committed after that. */
  signal?: AbortSignal
  /** ISO 3166-1 alpha-2; phone numbers without a prefix are of this country. */
  country: string
}

/** The GraphQL context: one a request. */
export type Context = WorkContext & {
  rights: Rights
  /** The session that the caller is signed in with. */
  sessionId: string | null
  /** The caller's address, for the log of sign-ins. */
  address: string
  /** Sets or clears the session cookie on the response. */
  setSessionCookie: (token: string | null) => void
  /** Signs bearer tokens (HMAC-SHA-256, 32 bytes). */
  sessionKey: Uint8Array
  loaders: Loaders
}

/** Batching loaders, made anew for each request. Modules add theirs here by declaration merging. */
// biome-ignore lint/suspicious/noEmptyInterface: extended by modules
export interface Loaders {}
