import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { backUpKeys } from '../backup/backup.ts'
import { openCopy } from '../backup/master-key.ts'
import { fileName } from '../backup/names.ts'
import { restoreKeys } from '../backup/restore.ts'
import { type Config, dataPath, readConfig } from '../config.ts'
import { claimDataFolder } from '../data-folder.ts'
import { openStore } from '../database/open.ts'
import { createFile, readIfThere } from '../files.ts'
import { type MasterKeys, printMasterKeys } from '../keys/master-key.ts'
import { auditSigner } from '../modules/audit/checkpoint/signing-key.ts'
import { admittedBy } from '../modules/audit/sequencer/own-log.ts'
import { readVerifiers } from '../modules/audit/verify/kept.ts'
import { createSecrets, installationSecret } from '../secrets.ts'
import { StartError } from '../start-error.ts'
import { lateProgress } from './progress.ts'
import { collect, openingFrom, type ProtectionOptions, protectionFor } from './protection.ts'
import { readingBar } from './restore.ts'
import { say } from './store.ts'

/** `lethe keys backup` and `lethe keys restore` */
export function addKeyBackupCommands(keys: Command): void {
  keys
    .command('backup')
    .description('back up the key store, while the server runs; without the master key, which lies elsewhere')
    .argument('[file]', 'where to (default: a new file in the folder LETHE_KEY_BACKUPS)')
    .option(
      '--recipient <recipient>',
      'who can open it, a recipient of age; more of them by more options (default: LETHE_KEY_BACKUP_RECIPIENTS)',
      collect,
    )
    .option('--passphrase-file <file>', 'a file with a passphrase that opens it, instead')
    .action(backup)
  keys
    .command('restore')
    .description('restore a backup of the key store into an empty one, all of it or nothing')
    .argument('<file>', 'the backup')
    .option('--identity <file>', 'a file with keys that open it', collect)
    .option('--passphrase-file <file>', 'the file with the passphrase that opens it')
    .option('--signed-by <key>', 'a public key (name+id+base64, or a file) that it may be signed with', collect, [])
    .option('--master-key <file>', 'put the master key back, too, from its copy (LETHE_MASTER_KEY_COPY)')
    .action(restore)
}

async function backup(given: string | undefined, options: ProtectionOptions) {
  const config = readConfig(process.env)
  const { folder, keptFor, protection: fromSettings } = config.keyBackups
  const protection = await protectionFor(options, fromSettings, 'LETHE_KEY_BACKUP')
  const path = given === undefined ? join(folder, fileName('lethe-keys', new Date())) : resolve(given)
  const { url, keystoreUrl, close } = await openStore(config, say)
  try {
    const signer = await auditSigner(config, admittedBy(url))
    const secrets = createSecrets(await installationSecret(config))
    const progress = lateProgress()
    const source = { keystoreUrl, secrets, signer }
    const { counts, madeAt } = await backUpKeys(source, { path, protection }, progress.update).finally(progress.end)
    const until = new Date(madeAt.getTime() + keptFor).toISOString().slice(0, 10)
    say(
      `${counts.rows['contact_key'] ?? 0} keys and marks of destroyed ones were written and read back. The master key is not among ` +
        `them. Remove the file by ${until}, wherever it was copied: whoever is erased from now on can be brought back with it, until the ` +
        'master key is rotated (lethe keys rotate).',
    )
    process.stdout.write(`${path}\n`)
  } finally {
    await close()
  }
}

async function restore(given: string, options: ProtectionOptions & { signedBy: string[]; masterKey?: string }) {
  const config = readConfig(process.env)
  const path = resolve(given)
  const opening = await openingFrom(options, config.keyBackups.protection)
  const verifiers = await readVerifiers(config, options.signedBy)
  const bar = readingBar((await stat(path).catch(() => undefined))?.size ?? 1)
  const unclaim = await claimDataFolder(config)
  try {
    const { keystoreUrl, close } = await openStore(config, say)
    try {
      if (options.masterKey !== undefined) await putBack(config, await openCopy(options.masterKey, opening))
      const restoring = restoreKeys({ path, opening, verifiers }, { keystoreUrl, onProgress: bar.update })
      const { counts, header, masterKeys } = await restoring.finally(bar.end)
      process.stdout.write(
        `Restored as of ${header.madeAt}: ${counts.rows['contact_key'] ?? 0} keys and marks of destroyed ones.\n`,
      )
      say(
        `They are wrapped by the master key ${masterKeys.join(' and ')}, which must be in its place. Keys that were destroyed since are ` +
          'destroyed again by the ledger of erasures, at the next start.',
      )
    } finally {
      await close()
    }
  } finally {
    await unclaim()
  }
}

/** Where the server looks for it; never in the place of another. */
async function putBack(config: Config, keys: MasterKeys) {
  const path = dataPath(config, 'master.key')
  if (await createFile(path, printMasterKeys(keys), 0o600)) return
  if ((await readIfThere(path)) === printMasterKeys(keys)) return
  throw new StartError(
    `There is another master key in ${path}. Nothing was changed. Put it aside, if it is not needed.`,
  )
}
