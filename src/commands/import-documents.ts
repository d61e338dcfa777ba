import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { isFault } from '../files.ts'
import { type ManifestHeader, manifestColumns, readManifest } from '../modules/documents/import/manifest.ts'
import { importDocuments } from '../modules/documents/import/run.ts'
import { StartError } from '../start-error.ts'
import { showProgress } from './progress.ts'
import { rejectedRows } from './rejected-rows.ts'
import { interruption, say, withStore } from './store.ts'

type Flags = { source: string; rejected?: string; dryRun?: boolean }

/** `lethe import-documents` */
export function addImportDocumentsCommand(program: Command): void {
  program
    .command('import-documents <manifest>')
    .description(
      'import files as documents, by a table (CSV, UTF-8) that lies in their folder, with the columns ' +
        `${manifestColumns.join(', ')}; lists have semicolons between their parts. Can be repeated: what a contact has already ` +
        'stays as it is.',
    )
    .option('--source <text>', 'the source that contacts were imported from, for contact_external_ids', '')
    .option(
      '--rejected <file>',
      'where rows with faults go, to be mended and imported again (default: FILE.rejected.csv)',
    )
    .option('--dry-run', 'check and count only')
    .action(run)
}

async function run(file: string, { source, rejected: wanted, dryRun = false }: Flags) {
  const size = await sizeOf(file)
  const counts = await withStore(async (context) => {
    const interrupted = interruption()
    const rejected = rejectedRows(wanted, file, 'csv')
    const progress = showProgress(size)
    let header: ManifestHeader | undefined
    let bytes = 0
    async function* content() {
      for await (const chunk of createReadStream(file)) {
        bytes += chunk.length
        yield chunk
      }
    }
    async function* rows() {
      for await (const row of readManifest(content(), { onHeader })) {
        if (interrupted.aborted) return
        yield row
      }
    }
    const onHeader = (found: ManifestHeader) => {
      header = found
      if (found.unrecognisedColumns.length > 0)
        say(`These columns are not imported: ${found.unrecognisedColumns.join(', ')}.`)
    }
    try {
      return await importDocuments(context, rows(), {
        ...{ folder: dirname(file), source, dryRun },
        onProgress: ({ created, unchanged }) => progress.update(bytes, `${created + unchanged} documents`),
        onRejected: async ({ place, cells }, faults) => {
          if (rejected.count < 10)
            say(`${place}: ${faults.map(({ field, message }) => `${field}: ${message}`).join(' ')}`)
          else if (rejected.count === 10) say('… and more.')
          if (header) await rejected.add({ original: { format: 'csv', header, cells } }, faults, header, dryRun)
        },
      })
    } finally {
      progress.end()
      await rejected.close()
      if (interrupted.aborted) say('Interrupted. What was imported stays; run the same command again to go on.')
      if (rejected.path) say(`Rows with faults are in ${rejected.path}: mend them there, and import that file.`)
    }
  })
  process.stdout.write(
    `${dryRun ? 'Would be ' : ''}${counts.created} created, ${counts.unchanged} known already, ${counts.rejected} rejected.\n`,
  )
  if (counts.rejected > 0) process.exitCode = 2
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (cause) {
    if (isFault(cause, 'ENOENT')) throw new StartError(`There is no file ${file}.`, { cause })
    throw cause
  }
}
