import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { openStore } from '../database/open.ts'
import { scrubStore, scrubTargets } from '../database/scrubbing.ts'
import { StartError } from '../start-error.ts'
import { showProgress } from './progress.ts'
import { interruption, say } from './store.ts'

/** `lethe scrub` */
export function addScrubCommand(program: Command): void {
  program
    .command('scrub')
    .description(
      'write the databases anew, so that nothing of what was erased is left in their files; the server does so every night ' +
        '(exit code 2: not everywhere)',
    )
    .action(scrubNow)
}

async function scrubNow(): Promise<void> {
  const store = await openStore(readConfig(process.env), say)
  try {
    const targets = scrubTargets(store)
    if (!targets) {
      throw new StartError(
        'Tables are written anew by the user who owns them: set DATABASE_OWNER_URL, for this command alone.',
      )
    }
    const bar = showProgress(1)
    const scrubbing = scrubStore(store, targets, {
      signal: interruption(),
      progress: (database, done, total, table) => bar.update(done / total, `${database}: ${table}`),
    })
    const scrubbed = await scrubbing.finally(bar.end)
    if (!scrubbed) throw new StartError('Another process scrubs at this moment.')
    for (const fault of scrubbed.faults) say(fault)
    process.stdout.write(`${scrubbed.tables} tables were written anew.\n`)
    if (scrubbed.faults.length > 0) process.exitCode = 2
  } finally {
    await store.close()
  }
}
