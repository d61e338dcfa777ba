import { randomUUID } from 'node:crypto'
import { createApp } from './app.ts'
import { startBackups } from './backup/worker.ts'
import { type Config, dataPath } from './config.ts'
import { claimDataFolder } from './data-folder.ts'
import { listenToDatabase } from './database/listen.ts'
import { startScrubbing } from './database/scrubbing.ts'
import { startHousekeeping } from './housekeeping.ts'
import { listen, type RunningServer } from './http/server.ts'
import { openInstallation, workIn } from './installation.ts'
import { masterKeySource } from './keys/master-key-source.ts'
import { watchLedger } from './ledger/watch.ts'
import type { Logger } from './log.ts'
import { startSequencer } from './modules/audit/sequencer/sequencer.ts'
import { automationEngine } from './modules/automation/engine.ts'
import { startAutomation } from './modules/automation/worker.ts'
import { startWishWorker } from './modules/consent/wish-worker.ts'
import { startWebhookSender } from './modules/deliveries/sending/sender.ts'
import { startPackaging } from './modules/disclosure/worker.ts'
import { startErasing } from './modules/erasure/worker.ts'
import { startFieldChanges } from './modules/fields/change-worker.ts'
import { startIndexMaker } from './modules/fields/make-indexes.ts'
import { beginningOf } from './modules/hooks.ts'
import { type Bootstrapped, bootstrapIdentity } from './modules/identity/access/bootstrap.ts'
import { warnOfUnknownRoles } from './modules/identity/provider/roles.ts'
import { modules } from './modules/index.ts'
import { startLapseWatch } from './modules/lawfulness/lapses.ts'
import { contactMailRules } from './modules/mails/rules.ts'
import { startTellingRecipients } from './modules/recipients/worker.ts'
import { warnOfGuardFaults } from './modules/security/guards.ts'

/** Where what is meant for the person at the terminal goes. */
export type Terminal = { write: (text: string) => unknown }

/**
 * Starts everything, from the data folder to the port. `close` stops it in the opposite order, and lets requests finish
 * that run; once is enough.
 */
export async function serve(
  config: Config,
  { log, out }: { log: Logger; out: Terminal },
): Promise<{ url: string; close: () => Promise<void> }> {
  const closers: (() => Promise<void>)[] = [await claimDataFolder(config)]
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= closeAll(closers)
    return closing
  }
  try {
    const installation = await openInstallation(config, { log, say: (line) => out.write(`${line}\n`), serves: true })
    closers.push(installation.close)
    const { store, keys, secrets, signer, ledger } = installation
    // Told before anything else can go wrong: the password exists nowhere else.
    const system = workIn(installation, config, { actor: { kind: 'system', id: null }, log })
    const work = { ...system, requestId: randomUUID() }
    out.write(credentials(await bootstrapIdentity(work, config.admin, beginningOf(modules))))
    await warnOfGuardFaults(system)
    const notifications = await listenToDatabase(store.url, log)
    closers.push(notifications.close)
    const folder = dataPath(config, 'audit')
    const sequencer = await startSequencer({ url: store.url, signer, folder, log, notifications, keys })
    closers.push(sequencer.close)
    if (store.ownerUrl) closers.push(startIndexMaker({ ownerUrl: store.ownerUrl, notifications, log }).close)
    if (config.mail) {
      const { startMailSender } = await import('./mail/sender.ts') // Others need none of it.
      const { mail, grace } = config
      const rules = contactMailRules(system)
      closers.push(
        startMailSender({ database: store.database, secrets, keys, log, rules, mail, grace, notifications }).close,
      )
    }
    if (config.provider) await warnOfUnknownRoles({ database: store.database, log }, config.provider)
    const app = createApp({
      config,
      database: store.database,
      log,
      secrets,
      keys,
      ledger,
      sequencer,
      notifications,
    })
    const rules = startAutomation(automationEngine(system, app.schema, modules), { notifications })
    closers.push(rules.close)
    closers.push(startPackaging({ work: system, modules, notifications }).close)
    closers.push(startWebhookSender({ work: system, grace: config.grace, notifications }).close)
    const server = await listen(app, config, log)
    app.listensAt(server)
    closers.push(async () => {
      app.close()
      await server.close()
      await app.finish()
    })
    closers.push(watchLedger(system).close)
    closers.push(startHousekeeping(system, modules).close)
    const masterKeys = masterKeySource(config)
    closers.push(startBackups({ ...config, ...store, ...system, signer, masterKeys }).close)
    if (config.mail) closers.push(startWishWorker(system, { notifications }).close)
    closers.push(startFieldChanges(system, { notifications }).close)
    closers.push(startLapseWatch(system).close)
    if (config.scrub !== undefined) closers.push(startScrubbing(store, { hour: config.scrub, log }).close)
    closers.push(startErasing({ work: system, notifications }).close)
    closers.push(startTellingRecipients(system, { grace: config.grace }).close)
    out.write(banner(server, config))
    log.info({ url: server.url }, 'ready')
    return { url: server.url, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The latest opened is closed first, and one that fails doesn't keep the others open. */
async function closeAll(closers: readonly (() => Promise<void>)[]) {
  const errors: unknown[] = []
  for (const close of closers.toReversed()) await close().catch((error) => errors.push(error))
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors, 'stopping failed')
}

function banner({ url, certificate }: RunningServer, { graphiql, host }: Config): string {
  const lines = ['', `Lethe is ready: ${url}/graphql${graphiql ? '  (GraphiQL, in a browser)' : ''}`]
  if (certificate.selfSigned) {
    lines.push(
      '',
      'The certificate is self-signed, so browsers warn of it the first time. Your own one: LETHE_TLS_CERT, LETHE_TLS_KEY.',
    )
  }
  if (host === 'localhost') lines.push('Only this machine can reach it. For others: HOST=0.0.0.0')
  lines.push('', 'Next:', '  npx lethe seed --contacts 1000                          made-up contacts to play with')
  lines.push('  npx lethe import FILE --source "…" --ground …           your own, from vCard, CSV or JSON')
  lines.push('  Ctrl+C                                                  stops it', '')
  return `${lines.join('\n')}\n`
}

function credentials({ created }: Bootstrapped): string {
  if (!created) return ''
  const { email, password } = created
  const shown = password
    ? `${password}\n            Keep it safe: it is shown only this once.`
    : 'the one in LETHE_ADMIN_PASSWORD'
  return `\nThe first administrator, who can make further users:\n  e-mail    ${email}\n  password  ${shown}\n`
}
