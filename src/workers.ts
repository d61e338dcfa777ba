import type { GraphQLSchema } from 'graphql'
import { startBackups } from './backup/worker.ts'
import { closeAll } from './close-all.ts'
import type { Config } from './config.ts'
import type { Notifications } from './database/listen.ts'
import { startScrubbing } from './database/scrubbing.ts'
import type { WorkContext } from './graphql/context.ts'
import { startHousekeeping } from './housekeeping.ts'
import type { Installation } from './installation.ts'
import { masterKeySource } from './keys/master-key-source.ts'
import { watchLedger } from './ledger/watch.ts'
import type { MailSettings } from './mail/settings.ts'
import type { WorkerMeans } from './modules/background.ts'
import { contactMailRules } from './modules/mails/rules.ts'
import type { Module } from './modules/module.ts'
import { reportMailWriters } from './modules/reports/schedules/mail/write.ts'
import { startNamed } from './telemetry/spans.ts'
import type { Worker } from './worker-loop.ts'

type Means = {
  installation: Installation
  config: Config
  /** The system's. */
  work: Omit<WorkContext, 'requestId'>
  notifications: Notifications
  modules: readonly Module[]
  schema: GraphQLSchema
}

/**
 * Starts all that goes on in the background: what modules declare, in their order, then what concerns all of them. Any number of
 * processes may, on one database. `close` ends it in the opposite order.
 */
export async function startWorkers({
  installation,
  config,
  work,
  notifications,
  modules,
  schema,
}: Means): Promise<Worker> {
  const { store, signer } = installation
  const { mail, grace } = config
  const { log } = work
  const running: Worker[] = []
  const means = { work, notifications, modules, schema, grace, ownerUrl: store.ownerUrl }
  if (mail) {
    const { startMailSender } = await import('./mail/sender.ts') // Others need none of it.
    const { secrets, keys } = installation
    const [rules, writers] = [contactMailRules(work), reportMailWriters(work)]
    running.push(
      startMailSender({ database: store.database, secrets, keys, log, rules, writers, mail, grace, notifications }),
    )
  }
  running.push(...startModuleWorkers(means, mail))
  running.push(startNamed('ledger', () => watchLedger(work)))
  running.push(startNamed('housekeeping', () => startHousekeeping(work, modules)))
  const backups = { ...config, ...store, ...work, signer, masterKeys: masterKeySource(config) }
  running.push(startNamed('backups', () => startBackups(backups)))
  if (config.scrub !== undefined) running.push(startScrubbing(store, { hour: config.scrub, log }))
  return { close: () => closeAll(running.map(({ close }) => close)) }
}

/** Starts what modules declare, in their order; what needs a mail server only with one. */
export function startModuleWorkers(means: WorkerMeans, mail: MailSettings | undefined): Worker[] {
  const declared = means.modules.flatMap(({ name: module, workers = [] }) => workers.map((one) => ({ module, ...one })))
  return declared.flatMap((one) => {
    const start = () => (one.onlyWithMail ? mail && one.start({ ...means, mail }) : one.start(means))
    const worker = startNamed(one.name, start)
    if (worker) means.work.log.debug({ module: one.module, worker: one.name }, 'at work in the background')
    return worker ?? []
  })
}
