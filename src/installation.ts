import { randomUUID } from 'node:crypto'
import { type Config, dataPath } from './config.ts'
import { makeDataFolder } from './data-folder.ts'
import { openStore, type Store } from './database/open.ts'
import type { Actor, WorkContext } from './graphql/context.ts'
import { type Keys, openKeys } from './keys/keys.ts'
import { masterKeySource } from './keys/master-key-source.ts'
import { refuseLedgerWithin } from './ledger/apart.ts'
import { type Ledger, openLedger } from './ledger/ledger.ts'
import { withOwnCopy } from './ledger/own-copy.ts'
import type { LedgerPlace } from './ledger/settings.ts'
import { type Kept, startFromLedger } from './ledger/start.ts'
import type { Logger } from './log.ts'
import { type AuditSigner, auditSigner } from './modules/audit/checkpoint/signing-key.ts'
import { holdsSealedValues, sealEarlierEntries } from './modules/audit/seal-earlier.ts'
import { admittedBy } from './modules/audit/sequencer/own-log.ts'
import { auditedModels } from './modules/audited.ts'
import { hooksOf } from './modules/hooks.ts'
import { modules } from './modules/index.ts'
import { createSecrets, installationSecret, type Secrets } from './secrets.ts'
import { StartError } from './start-error.ts'
import { openStorage } from './storage/storage.ts'

/** Everything that is kept, opened: database, key store, erasure ledger and secrets. `close` gives all of it back. */
export type Installation = {
  store: Store
  keys: Keys
  secrets: Secrets
  /** What the audit log and the ledger are signed with. */
  signer: AuditSigner
  ledger: Ledger
  close: () => Promise<void>
}

/**
 * Opens what the settings name, brings it up to this version, and erases again what the erasure ledger knows and the database
 * lacks, since it is a restored one. `say` tells the person who waits.
 *
 * @param options.serves Whether people will be served: then the whole ledger is read.
 * @param options.compares Without, nothing is compared with the ledger: for its rebuilding alone.
 */
export async function openInstallation(
  config: Config,
  {
    log,
    say,
    serves = false,
    compares = true,
  }: { log: Logger; say: (line: string) => void; serves?: boolean; compares?: boolean },
): Promise<Installation> {
  for (const warning of config.warnings) log.warn(warning)
  await makeDataFolder(config)
  const secrets = createSecrets(await installationSecret(config))
  const store = await openStore(config, say)
  try {
    const keys = await openKeys({
      url: store.keystoreUrl,
      masterKeys: masterKeySource(config),
      log,
      mayBegin: () => refuseLostKeys(store),
    })
    try {
      const sealed = await sealEarlierEntries(store, keys)
      if (sealed > 0) say(`${sealed} entries of the audit log were sealed.`)
      const signer = await auditSigner(config, admittedBy(store.url))
      const places = await withOwnCopy(config, signer, log)
      await refuseLedgerWithin(places, { DATABASE_URL: store.url, KEYSTORE_URL: store.keystoreUrl })
      const ledger = openLedger({ ledger: places }, signer, log)
      try {
        const work = workIn({ store, keys, secrets, ledger }, config, { actor: { kind: 'system', id: null }, log })
        const options = { whole: serves, say, kept: whereKept(config, places) }
        if (compares) await startFromLedger({ ...work, requestId: randomUUID() }, options)
      } catch (error) {
        await ledger.close()
        throw error
      }
      const close = async () => {
        await ledger.close()
        await keys.close()
        await store.close()
      }
      return { store, keys, secrets, signer, ledger, close }
    } catch (error) {
      await keys.close()
      throw error
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Values that are sealed already are sealed under keys of another key store, or of this one before it was lost. */
async function refuseLostKeys({ database }: Store): Promise<true> {
  if (await holdsSealedValues(database)) {
    throw new StartError(
      'The key store lacks the keys of this database, in which values are sealed already: it is empty, was set back, or is that ' +
        'of another installation. Check KEYSTORE_URL (without DATABASE_URL: the data folder), or restore the key store from its ' +
        'backup. New keys would open nothing of what there is.',
    )
  }
  return true
}

function whereKept(config: Config, places: readonly LedgerPlace[]): Kept {
  if (places.length > config.ledger.length) return 'copied'
  const isInside = (place: LedgerPlace) => place.kind === 'folder' && `${place.path}/`.startsWith(dataPath(config, '/'))
  return places.every(isInside) ? 'inDataFolder' : 'elsewhere'
}

/** What work outside of requests needs to know. */
export const workIn = (
  {
    store,
    keys,
    secrets,
    ledger,
  }: Pick<Installation, 'keys' | 'secrets' | 'ledger'> & { store: Pick<Store, 'database'> },
  config: Config,
  { actor, log }: { actor: Actor; log: Logger },
): Omit<WorkContext, 'requestId'> => ({
  storage: openStorage(config),
  maxDocument: config.maxDocument,
  maxMail: config.maxMail,
  requestsAtOnce: config.requestsAtOnce,
  database: store.database,
  audited: auditedModels(modules),
  ...hooksOf(modules),
  actor,
  log,
  country: config.country,
  workingDays: config.workingDays,
  secrets,
  keys,
  ledger,
  publicUrl: config.publicUrl ?? `https://${config.host}:${config.port}`,
  graphiql: config.graphiql,
  mail: config.mail !== undefined,
  mailFrom: config.mail?.from,
  bounces: config.mail?.bounces,
  webhooks: config.webhooks,
  organisation: config.organisation,
  consent: config.consent,
  packages: config.packages,
  erasure: config.erasure,
  statistics: config.statistics,
})
