import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { newIdentity } from '../backup/age.ts'
import { backUp } from '../backup/backup.ts'
import { fileName } from '../backup/names.ts'
import { readConfig } from '../config.ts'
import { createFile } from '../files.ts'
import { openInstallation } from '../installation.ts'
import { createLog } from '../log.ts'
import { StartError } from '../start-error.ts'
import { openStorage } from '../storage/storage.ts'
import { lateProgress } from './progress.ts'
import { collect, type ProtectionOptions, protectionFor } from './protection.ts'
import { say } from './store.ts'

type Options = ProtectionOptions & { files: boolean }

/** `lethe backup` and `lethe backup-key` */
export function addBackupCommand(program: Command): void {
  program
    .command('backup')
    .description('back up the database and the files, while the server runs or not, and open what was written')
    .argument('[file]', 'where to (default: a new file in the folder LETHE_BACKUPS)')
    .option(
      '--recipient <recipient>',
      'who can open it, a recipient of age; more of them by more options (default: LETHE_BACKUP_RECIPIENTS)',
      collect,
    )
    .option('--passphrase-file <file>', 'a file with a passphrase that opens it, instead')
    .option('--no-files', 'without documents and other files')
    .addHelpText('after', examples)
    .action(backup)
  program
    .command('backup-key')
    .description(
      'make a key that opens backups; keep its file off this machine, and put its recipient into the settings',
    )
    .argument('<file>', 'a new file for the key')
    .action(makeKey)
}

async function backup(given: string | undefined, options: Options) {
  const config = readConfig(process.env)
  const protection = await protectionFor(options, config.backups.protection, 'LETHE_BACKUP')
  const path = given === undefined ? join(config.backups.folder, fileName('lethe', new Date())) : resolve(given)
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel, process.stderr.isTTY)
  const { store, keys, secrets, signer, close } = await openInstallation(config, { log, say })
  try {
    const storage = options.files && config.backups.files ? openStorage(config) : undefined
    const progress = lateProgress()
    const { url, keystoreUrl } = store
    const source = { url, keystoreUrl, keys, secrets, signer }
    const { bytes, counts } = await backUp(source, { path, protection }, storage, progress.update).finally(progress.end)
    const rows = Object.values(counts.rows).reduce((sum, count) => sum + count, 0)
    say(
      `${counts.contacts} contacts, ${rows} rows and ${counts.files} files were written and read back (${bytes} bytes).`,
    )
    if (counts.gone > 0) say(`${counts.gone} contacts were erased meanwhile, and are not in it.`)
    process.stdout.write(`${path}\n`)
  } finally {
    await close()
  }
}

async function makeKey(path: string) {
  const { file, recipient } = await newIdentity(new Date())
  if (!(await createFile(path, file, 0o600))) throw new StartError(`${path} is there already. Choose another name.`)
  say(
    `The key is in ${path}. Keep it off this machine, in two places: without it no backup can be opened. Its recipient:`,
  )
  process.stdout.write(`${recipient}\n`)
}

const examples = `
Examples:
  lethe backup --recipient age1…
  LETHE_BACKUP_RECIPIENTS=age1… lethe backup /mnt/backups/before-the-update.age
  lethe backup --passphrase-file /run/secrets/passphrase --no-files
`
