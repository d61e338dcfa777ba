import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Fault } from '../graphql/errors.ts'
import { invalidInput } from '../graphql/errors.ts'
import { importCalendar } from '../modules/calendar/ical/import.ts'
import { checkTimeZone } from '../modules/contacts/check-values.ts'
import { contactIdOf } from '../modules/contacts/queries.ts'
import { StartError } from '../start-error.ts'
import { showProgress } from './progress.ts'
import { say, withStore } from './store.ts'

type Flags = { timeZone: string; contact?: string; dryRun?: boolean }

/** `lethe import-calendar` */
export function addCalendarCommand(program: Command): void {
  program
    .command('import-calendar <file>')
    .description(
      'import appointments from an iCalendar file (.ics). Can be repeated: by UID, what changed since is changed. Who takes part is found ' +
        'among contacts and users by mail address.',
    )
    .option('--time-zone <zone>', 'of times that come without one: Europe/Berlin', 'UTC')
    .option('--contact <id>', 'a contact who takes part in all of it: the id that the API tells')
    .option('--dry-run', 'check and count only')
    .action(importFile)
}

async function importFile(file: string, flags: Flags) {
  const faults: Fault[] = []
  const timeZone = checkTimeZone(flags.timeZone, '--time-zone', faults) || 'UTC'
  if (faults.length > 0) throw invalidInput(faults)
  const size = await sizeOf(file)
  const counts = await withStore(async (context) => {
    const progress = showProgress(size)
    let bytes = 0
    async function* content() {
      for await (const chunk of createReadStream(file)) {
        bytes += chunk.length
        yield chunk
      }
    }
    let told = 0
    try {
      return await importCalendar(context, content(), {
        timeZone,
        ...(flags.contact && { contactId: contactIdOf(flags.contact) }),
        dryRun: flags.dryRun ?? false,
        onRejected: (line, found) => {
          told++
          if (told <= 100) say(`line ${line}: ${found.map(({ field, message }) => `${field}: ${message}`).join(' ')}`)
          else if (told === 101) say('… and more.')
        },
        onProgress: ({ created, updated, unchanged }) =>
          progress.update(bytes, `${created + updated + unchanged} appointments`),
      })
    } finally {
      progress.end()
    }
  })
  const { created, updated, cancelled, unchanged, rejected } = counts
  process.stdout.write(
    `${flags.dryRun ? 'Would be ' : ''}${created} created, ${updated} changed, ${cancelled} called off, ${unchanged} known already, ${rejected} rejected.\n`,
  )
  if (rejected > 0) process.exitCode = 2
}

async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file)
    if (!found.isFile()) throw new StartError(`${file} is no file.`)
    return found.size
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT') throw new StartError(`There is no file ${file}.`, { cause })
    throw cause
  }
}
