import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { LegalGround } from '#prisma/client.ts'
import type { Fault } from '../graphql/errors.ts'
import { importFields } from '../modules/contacts/import/import-fields.ts'
import {
  type CsvHeader,
  detectFormat,
  type ImportFormat,
  type ImportRow,
  readRows,
} from '../modules/contacts/import/reader.ts'
import { importContacts } from '../modules/contacts/import/run.ts'
import { StartError } from '../start-error.ts'
import { showProgress } from './progress.ts'
import { rejectedRows } from './rejected-rows.ts'
import { interruption, say, withStore } from './store.ts'

type ImportFlags = {
  source: string
  sourceDate: Date
  ground: LegalGround
  groundNote: string
  purpose?: string
  format?: ImportFormat
  map?: Record<string, string>
  delimiter?: string
  encoding?: string
  rejected?: string
  dryRun?: boolean
}

/** `lethe import` */
export function addImportCommand(program: Command): void {
  program
    .command('import <file>')
    .description(
      'import an address book: vCard 3 or 4, CSV (comma, semicolon or tab; exports of Google, Outlook and vtiger are known), ' +
        'or JSON Lines. Can be repeated: what was imported before only fills gaps.',
    )
    .requiredOption('--source <text>', 'where the data came from, such as "Trade fair 2026"')
    .addOption(
      new Option('--ground <ground>', 'the legal ground to keep it, Art. 6(1) GDPR')
        .choices(Object.values(LegalGround))
        .makeOptionMandatory(),
    )
    .option('--ground-note <text>', 'why that ground holds', '')
    .option(
      '--purpose <key>',
      'the purpose in the register that each contact gets the ground for, where there is none yet',
    )
    .addOption(
      new Option('--source-date <date>', 'when the data was obtained, YYYY-MM-DD')
        .argParser(day)
        .default(new Date(), 'today'),
    )
    .addOption(new Option('--format <format>', 'if the file does not show it').choices(['vcard', 'csv', 'jsonl']))
    .option(
      '--map <column=field>',
      'what a CSV column means: "Handy=phone:mobile", "No.=field:customer_number", "Newsletter since=consent:newsletter"; "-" leaves it out; repeatable',
      mapping,
    )
    .option('--delimiter <character>', 'between CSV columns, if not recognised: "," ";" or "tab"', delimiter)
    .option('--encoding <name>', 'of the file, if not recognised: utf-8, utf-16le, windows-1252')
    .option(
      '--rejected <file>',
      'where rows with faults go, to be mended and imported again (default: FILE.rejected.…)',
    )
    .option('--dry-run', 'check and count only')
    .action(importFile)
}

async function importFile(file: string, flags: ImportFlags) {
  const { size, format } = await inspect(file, flags.format)
  const counts = await withStore(async (context) => {
    const interrupted = interruption()
    const rejected = rejectedRows(flags.rejected, file, format)
    const progress = showProgress(size)
    let bytes = 0
    let header: CsvHeader | undefined
    const onHeader = (found: CsvHeader) => {
      header = found
      if (found.unrecognisedColumns.length > 0) {
        say(
          `These columns are not imported: ${found.unrecognisedColumns.join(', ')}. To import one: --map "column=field"`,
        )
      }
    }
    async function* content() {
      for await (const chunk of createReadStream(file)) {
        bytes += chunk.length
        yield chunk
      }
    }
    const { map = {}, delimiter: given, encoding } = flags
    const rows = readRows(content(), {
      format,
      map,
      fields: await importFields(context),
      onHeader,
      ...(given && { delimiter: given }),
      ...(encoding && { encoding }),
    })
    try {
      return await importContacts(
        context,
        until(interrupted, rows),
        {
          fileName: basename(file),
          format,
          source: flags.source,
          sourceAt: flags.sourceDate,
          ground: flags.ground,
          groundNote: flags.groundNote,
          purpose: flags.purpose,
        },
        {
          dryRun: flags.dryRun ?? false,
          onProgress: ({ created, changed, unchanged }) =>
            progress.update(bytes, `${created + changed + unchanged} contacts`),
          onRejected: async (row: ImportRow, faults: readonly Fault[]) => {
            const shown = faults.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join(' ')
            if (rejected.count < 10) say(`${row.place}: ${shown}`)
            else if (rejected.count === 10) say('… and more.')
            await rejected.add(row, faults, header, flags.dryRun ?? false)
          },
        },
      )
    } finally {
      progress.end()
      await rejected.close()
      if (interrupted.aborted) say('Interrupted. What was imported stays; run the same command again to go on.')
      if (rejected.path) say(`Rows with faults are in ${rejected.path}: mend them there, and import that file.`)
    }
  })
  const would = flags.dryRun ? 'Would be ' : ''
  process.stdout.write(
    `${would}${counts.created} created, ${counts.changed} completed, ${counts.unchanged} known already, ${counts.rejected} rejected.\n`,
  )
  if (counts.rejected > 0) process.exitCode = 2
}

async function* until<T>(signal: AbortSignal, rows: AsyncIterable<T>) {
  for await (const row of rows) {
    if (signal.aborted) return
    yield row
  }
}

async function inspect(file: string, format: ImportFormat | undefined) {
  try {
    const { size } = await stat(file)
    const handle = await open(file)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0)
      return { size, format: format ?? detectFormat(file, buffer.subarray(0, bytesRead)) }
    } finally {
      await handle.close()
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT') throw new StartError(`There is no file ${file}.`, { cause })
    if (code === 'EACCES' || code === 'EISDIR') throw new StartError(`${file} can't be read (${code}).`, { cause })
    throw cause
  }
}

function day(text: string): Date {
  const date = new Date(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('Write it as 2026-05-31.')
  return date
}

function mapping(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const at = text.lastIndexOf('=')
  if (at < 1) throw new InvalidArgumentError('Write it as "column=field".')
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) }
}

function delimiter(text: string): string {
  const known = new Map([
    ['tab', '\t'],
    ['\\t', '\t'],
    [',', ','],
    [';', ';'],
    ['\t', '\t'],
  ]).get(text)
  if (!known) throw new InvalidArgumentError('It is "," or ";" or "tab".')
  return known
}
