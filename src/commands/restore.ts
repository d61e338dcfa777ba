import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Lost } from '../backup/check.ts'
import type { LeftOut } from '../backup/left-out.ts'
import { checkArchive, type OnReading, restoreBackup } from '../backup/restore.ts'
import { type Config, dataPath, readConfig } from '../config.ts'
import { claimDataFolder } from '../data-folder.ts'
import { openStore } from '../database/open.ts'
import { readIfThere } from '../files.ts'
import { openInstallation } from '../installation.ts'
import { openKeys } from '../keys/keys.ts'
import { masterKeySource } from '../keys/master-key-source.ts'
import { createLog } from '../log.ts'
import { readVerifiers } from '../modules/audit/verify/kept.ts'
import { createSecrets, installationSecret } from '../secrets.ts'
import { StartError } from '../start-error.ts'
import { openStorage } from '../storage/storage.ts'
import { lateProgress } from './progress.ts'
import { collect, openingFrom, type ProtectionOptions } from './protection.ts'
import { say } from './store.ts'

type Options = ProtectionOptions & {
  check: boolean
  signedBy: string[]
  leaveOutUnknown: boolean
  anotherSecret: boolean
}

/** `lethe restore` */
export function addRestoreCommand(program: Command): void {
  program
    .command('restore')
    .description('restore a backup into an empty database, all of it or nothing, and erase again who was erased since')
    .argument('<file>', 'the backup')
    .option('--identity <file>', 'a file with keys that open it, as lethe backup-key and age-keygen make them', collect)
    .option('--passphrase-file <file>', 'the file with the passphrase that opens it')
    .option('--check', 'only read it, open every part of it, and say what is in it', false)
    .option('--signed-by <key>', 'a public key (name+id+base64, or a file) that it may be signed with', collect, [])
    .option('--leave-out-unknown', 'go on though the key store never had the keys of some contacts', false)
    .option('--another-secret', 'go on though the secret of the installation is another one', false)
    .addHelpText('after', examples)
    .action(restore)
}

async function restore(given: string, options: Options) {
  const config = readConfig(process.env)
  const path = resolve(given)
  const archive = {
    path,
    opening: await openingFrom(options, config.backups.protection),
    verifiers: await readVerifiers(config, options.signedBy),
  }
  if (!options.anotherSecret && !options.check) await refuseNoSecret(config)
  const bar = readingBar(await sizeOf(path))
  const unclaim = options.check ? undefined : await claimDataFolder(config)
  try {
    const store = await openStore(config, say)
    try {
      const keys = await openKeys({
        url: store.keystoreUrl,
        masterKeys: masterKeySource(config),
        log: createLog('silent', false), // A key that can't be used fails where it is used.
        mayBegin: refuseNoKeys,
      })
      try {
        if (options.check) {
          const reading = checkArchive({ ...archive, sort: 'lethe backup 1', keys }, (bytes) =>
            bar.update('checked', bytes),
          )
          const { header, counts, lost } = await reading.finally(bar.end)
          tell(`Made at ${header.madeAt}; nothing is wrong with it`, { ...counts, lost, rows: sum(counts.rows) })
          return
        }
        const { ownerUrl } = store
        if (!ownerUrl) throw new StartError('Restoring needs DATABASE_OWNER_URL, the database as the user who owns it.')
        const secrets = createSecrets(await installationSecret(config))
        const { leaveOutUnknown, anotherSecret } = options
        const into = { ownerUrl, storage: openStorage(config), secrets, leaveOutUnknown, anotherSecret }
        const restoring = restoreBackup({ ...archive, keys }, { ...into, onProgress: bar.update })
        const { header, counts, lost, rows, files, leftOut } = await restoring.finally(bar.end)
        tell(`Restored as of ${header.madeAt}`, { ...counts, lost, rows, files })
        tellLeftOut(leftOut)
      } finally {
        await keys.close()
      }
    } finally {
      await store.close()
    }
    await replay(config)
  } finally {
    await unclaim?.()
  }
}

/** What every start does before anybody gets in: who was erased since the backup is erased again. */
async function replay(config: Config) {
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel, process.stderr.isTTY)
  const { close } = await openInstallation(config, { log, say })
  await close()
  say(
    'The database is up to the ledger of erasures. lethe serve starts with it. All else is as it was then: users, roles and keys that ' +
      'were taken away since, and consents that were withdrawn, are back (see the README).',
  )
}

type Told = { contacts: number; rows: number; files: number; lost: Lost }

function tell(what: string, { contacts, rows, files, lost: { erased, unknown, waiting } }: Told) {
  process.stdout.write(`${what}: ${contacts - erased - unknown} contacts, ${rows} rows, ${files} files.\n`)
  if (erased > 0) say(`${erased} contacts were erased since, and are left out: their keys are gone.`)
  if (unknown > 0) say(`${unknown} contacts are left out: the key store never had their keys.`)
  if (waiting) say('Somebody was erased since, so what waited for a person to be recognised is left out.')
}

function tellLeftOut({ removed, unlinked }: LeftOut) {
  if (removed > 0) say(`${removed} documents that were about these alone are removed.`)
  if (unlinked > 0)
    say(
      `${unlinked} documents without personal data belong to nobody now: nobody can tell any more whether they were to go along. ` +
        'Look through them: documents(filter: { unlinked: true }).',
    )
}

const sum = (rows: Readonly<Record<string, number>>) => Object.values(rows).reduce((all, count) => all + count, 0)

async function refuseNoSecret(config: Config) {
  if (config.secret !== undefined || (await readIfThere(dataPath(config, 'secret'))) !== undefined) return
  throw new StartError(
    `The secret of the installation is missing: put the file ${dataPath(config, 'secret')} back (or set LETHE_SECRET). Without it second ` +
      'factors, webhooks, documents that are about nobody and requests that wait can not be read: --another-secret goes on with a new one.',
  )
}

async function refuseNoKeys(): Promise<never> {
  throw new StartError(
    'The key store is empty, and without the keys of contacts nothing of them can be read. Restore it first: lethe keys restore FILE',
  )
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (cause) {
    throw new StartError(`${path} can't be read: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause })
  }
}

/** Of two readings of a file. */
export function readingBar(size: number): { update: OnReading; end: () => void } {
  const progress = lateProgress()
  return {
    update: (reading, bytes) => {
      const done = reading === 'checked' ? bytes : size + bytes
      progress.update(done, 2 * size, `${reading}: ${Math.floor((100 * bytes) / size)} %`)
    },
    end: progress.end,
  }
}

const examples = `
Examples:
  lethe restore --check lethe-20261130T020000Z.age --identity backup.key
  LETHE_DATA=/srv/lethe lethe restore lethe-20261130T020000Z.age --identity backup.key
`
