import type { GraphQLSchema } from 'graphql'
import type { Notifications } from '../database/listen.ts'
import type { WorkContext } from '../graphql/context.ts'
import type { MailSettings } from '../mail/settings.ts'
import type { Worker } from '../worker-loop.ts'
import type { Module } from './module.ts'

/** What workers work with. */
export type WorkerMeans = {
  /** Of the system's; a worker gives each piece of its work a `requestId`. */
  work: Omit<WorkContext, 'requestId'>
  /** From PostgreSQL: that something was queued. */
  notifications: Notifications
  /** All of the product's, and the schema that is made of them. */
  modules: readonly Module[]
  schema: GraphQLSchema
  /** Milliseconds that what is on the wire gets at the end. */
  grace: number
  /** The database's address as the user who owns it, if we know. */
  ownerUrl: string | undefined
}

/**
 * Work that a module does in the background, for as long as the process runs. Any number of processes may do it at once, each on
 * one database: nothing is done twice, and what one that died was at, another goes on with. Most are a `startWorkerLoop`.
 */
export type BackgroundWorker =
  | {
      /** For the log. */
      name: string
      onlyWithMail?: false
      /** Undefined: there is nothing for it to do here. */
      start: (means: WorkerMeans) => Worker | undefined
    }
  | {
      name: string
      /** Runs only where a mail server is set: without, nobody could be written to. */
      onlyWithMail: true
      start: (means: WorkerMeans & { mail: MailSettings }) => Worker | undefined
    }
