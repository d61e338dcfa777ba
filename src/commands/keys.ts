import type { Command } from 'commander'
import { withCopy } from '../backup/master-key.ts'
import { type Config, readConfig } from '../config.ts'
import { openStore } from '../database/open.ts'
import { checkKeys } from '../keys/check.ts'
import { openKeys } from '../keys/keys.ts'
import { masterKeySource } from '../keys/master-key-source.ts'
import { type Rotation, rotateMasterKey } from '../keys/rotate.ts'
import { openKeyStore } from '../keys/store.ts'
import { createLog } from '../log.ts'
import { addKeyBackupCommands } from './key-backup.ts'
import { lateProgress } from './progress.ts'
import { interruption, say } from './store.ts'

/** `lethe keys` */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('look after the keys that contacts’ data is sealed under')
  keys
    .command('rotate')
    .description(
      'wrap all keys by another master key, while the server runs; interrupted, it goes on when it is called again',
    )
    .option('--keep', 'leave the earlier master key in its file, for earlier backups of the key store', false)
    .action(({ keep }: { keep: boolean }) => rotate(keep))
  keys
    .command('check')
    .description('prove that key store and database fit together (exit code 2: they do not)')
    .option('--all', 'open every sealed value, not only the newest of each contact', false)
    .action(({ all }: { all: boolean }) => check(all))
  addKeyBackupCommands(keys)
}

async function rotate(keep: boolean) {
  const config = readWarned()
  const source = withCopy(masterKeySource(config), config.keyBackups)
  const store = await openStore(config, say)
  try {
    const bar = barOf('keys')
    const rotating = rotateMasterKey({
      url: store.keystoreUrl,
      source,
      keep,
      onProgress: bar.update,
      onWaiting: (lacking) =>
        say(
          `Waiting until every running process has the new master key (at most 45 seconds); so far ${lacking} without it …`,
        ),
      signal: interruption(),
    })
    const rotation = await rotating.finally(bar.end)
    for (const line of told(rotation, source.place)) say(line)
  } finally {
    await store.close()
  }
}

function told({ current, rewrapped, prepared, retired }: Rotation, place: string): string[] {
  const lines = [
    `${prepared ? 'The rotation that had been begun is done: all' : 'All'} keys are wrapped by the master key ${current} (${rewrapped} anew).`,
  ]
  if (retired.ids.length > 0) {
    const which = retired.ids.join(', ')
    lines.push(
      retired.removed
        ? `The earlier one, ${which}, was taken out of ${place}. Back up the key store and the master key now: earlier backups of the key store need the earlier one.`
        : `Nothing needs ${which} any more, which may be taken out of ${place}. Back up the key store now: its earlier backups need the earlier one.`,
    )
  }
  return lines
}

async function check(all: boolean) {
  const config = readWarned()
  const log = createLog('silent', false) // What it would tell is told as a misfit.
  const source = masterKeySource(config)
  const opened = await openStore(config, say)
  const store = openKeyStore(opened.keystoreUrl)
  try {
    const keys = await openKeys({
      url: opened.keystoreUrl,
      masterKeys: source,
      log,
      mayBegin: async () => false, // It only looks.
    })
    try {
      const counts = { misfits: 0, unused: 0 }
      const bar = barOf(all ? 'contacts, keys and values' : 'contacts and keys')
      const checking = checkKeys({
        database: opened.database,
        store,
        keys,
        all,
        onMisfit: ({ kind, text }) => {
          counts[kind === 'unused' ? 'unused' : 'misfits']++
          process.stdout.write(`${text}\n`)
        },
        onProgress: bar.update,
      })
      const checked = await checking.finally(bar.end)
      const values = all ? `, ${checked.entries} values were opened` : ''
      say(`${checked.contacts} contacts and ${checked.keys} keys were compared${values}.`)
      if (counts.unused > 0) {
        say(`Keys that belong to nobody: ${counts.unused}. They do no harm; changes that failed leave some.`)
      }
      if (counts.misfits > 0) process.exitCode = 2
      say(counts.misfits > 0 ? `What does not fit: ${counts.misfits}.` : fits(all))
    } finally {
      await keys.close()
    }
  } finally {
    await store.close()
    await opened.close()
  }
}

/** What fitting together means, and what nobody can know who sees no more than the two. */
const fits = (all: boolean) =>
  `Key store and database fit together${all ? '' : ', as far as the newest value of each contact tells (--all opens every one)'}. ` +
  'Whether a restore brought back keys that had been destroyed they do not tell.'

/** The settings; what is wrong with them is told. */
function readWarned(): Config {
  const config = readConfig(process.env)
  for (const warning of config.warnings) say(warning)
  return config
}

function barOf(what: string) {
  const progress = lateProgress()
  return {
    update: (done: number, total: number) => progress.update(done, total, `${done} of ${total} ${what}`),
    end: progress.end,
  }
}
