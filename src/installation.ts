import type { Config } from './config.ts'
import { makeDataFolder } from './data-folder.ts'
import { openStore, type Store } from './database/open.ts'
import type { Actor, WorkContext } from './graphql/context.ts'
import { type Keys, openKeys } from './keys/keys.ts'
import { masterKeySource } from './keys/master-key-source.ts'
import type { Logger } from './log.ts'
import { holdsSealedValues, sealEarlierEntries } from './modules/audit/seal-earlier.ts'
import { auditedModels } from './modules/audited.ts'
import { hooksOf } from './modules/hooks.ts'
import { modules } from './modules/index.ts'
import { createSecrets, installationSecret, type Secrets } from './secrets.ts'
import { StartError } from './start-error.ts'
import { openStorage } from './storage/storage.ts'

/** Everything that is kept, opened: database, key store and secrets. `close` gives all of it back. */
export type Installation = { store: Store; keys: Keys; secrets: Secrets; close: () => Promise<void> }

/** Opens what the settings name, and brings it up to this version. `say` tells the person who waits. */
export async function openInstallation(
  config: Config,
  { log, say }: { log: Logger; say: (line: string) => void },
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
    const close = async () => {
      await keys.close()
      await store.close()
    }
    try {
      const sealed = await sealEarlierEntries(store, keys)
      if (sealed > 0) say(`${sealed} entries of the audit log were sealed.`)
      return { store, keys, secrets, close }
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

/** What work outside of requests needs to know. */
export const workIn = (
  { store, keys, secrets }: Pick<Installation, 'keys' | 'secrets'> & { store: Pick<Store, 'database'> },
  config: Config,
  { actor, log }: { actor: Actor; log: Logger },
): Omit<WorkContext, 'requestId'> => ({
  storage: openStorage(config),
  maxDocument: config.maxDocument,
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
  publicUrl: config.publicUrl ?? `https://${config.host}:${config.port}`,
  mail: config.mail !== undefined,
  webhooks: config.webhooks,
  organisation: config.organisation,
  consent: config.consent,
  packages: config.packages,
})
