import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { isFault } from '../files.ts'
import { orderColumns, readCsv } from '../modules/orders/import/csv.ts'
import { readJsonLines } from '../modules/orders/import/json-lines.ts'
import { rejectedFile } from '../modules/orders/import/rejected.ts'
import { importOrders, type Rejected } from '../modules/orders/import/run.ts'
import { StartError } from '../start-error.ts'
import { say, withStore } from './store.ts'

type Flags = {
  source: string
  contactSource?: string
  format?: 'csv' | 'jsonl'
  map?: Record<string, string>
  decimalComma?: boolean
  rejected?: string
  dryRun?: boolean
}

/** Rows of one order may stand anywhere in a table, so a file is read as a whole. */
const largest = 200 * 1024 * 1024

/** `lethe import-orders` */
export function addImportOrdersCommand(program: Command): void {
  program
    .command('import-orders <file>')
    .description(
      'import orders of known contacts from another system: a table (CSV, UTF-8) in which each row is a line of an order, or JSON Lines. ' +
        'Can be repeated: what is known by its number stays as it is.',
    )
    .requiredOption('--source <text>', 'which shop or system: numbers are unique there')
    .option(
      '--contact-source <text>',
      'where contacts were imported from that are named by customer numbers: as --source',
    )
    .addOption(new Option('--format <format>', 'if the name of the file does not show it').choices(['csv', 'jsonl']))
    .option('--map <column=field>', `what a column means; repeatable. Fields: ${orderColumns.join(', ')}; "-"`, mapping)
    .option('--decimal-comma', 'in a table, decimals are written as 1.234,50')
    .option('--rejected <file>', 'where orders with faults go, to be mended and imported again: a new file')
    .option('--dry-run', 'check and count only')
    .action(run)
}

async function run(file: string, flags: Flags) {
  const { source, contactSource = source, rejected: path, dryRun = false } = flags
  if (path && existsSync(path)) throw new StartError(`${path} is there already: choose another file.`)
  const content = await textOf(file)
  const format = flags.format ?? (/\.(jsonl|ndjson|json)$/i.test(file) ? 'jsonl' : 'csv')
  const { map = {}, decimalComma = false } = flags
  const table = format === 'csv' ? readCsv(content, { map, decimalComma }) : undefined
  const { unrecognised = [] } = table?.header ?? {}
  if (unrecognised.length > 0) say(`These columns are not imported: ${unrecognised.join(', ')}.`)
  const rows = table?.rows ?? readJsonLines(content)
  const { created, unchanged, rejected } = await withStore((context) =>
    importOrders(context, rows, { source, contactSource, dryRun }),
  )
  for (const one of rejected.slice(0, 100)) say(told(one))
  if (rejected.length > 100) say('… and more.')
  const left = rejectedFile(rejected, table?.header)
  if (path && left && !dryRun) await write(path, left)
  process.stdout.write(
    `${dryRun ? 'Would be ' : ''}${created} created, ${unchanged} known already, ${rejected.length} rejected.\n`,
  )
  if (rejected.length > 0) process.exitCode = 2
}

const told = ({ row, faults }: Rejected) =>
  `${row.place}: ${faults.map(({ field, message }) => `${field}: ${message}`).join(' ')}`

function mapping(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.lastIndexOf('=')
  if (at < 1) throw new InvalidArgumentError('Write column=field.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file)
    if (size > largest) throw new StartError(`${file} has more than ${largest} bytes: import it in parts.`)
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (cause) {
    if (isFault(cause, 'ENOENT')) throw new StartError(`There is no file ${file}.`, { cause })
    if (cause instanceof TypeError) throw new StartError(`${file} is not written in UTF-8.`, { cause })
    throw cause
  }
}

/** Personal data: a new file, for nobody else to read. */
async function write(path: string, text: string) {
  await writeFile(path, text, { flag: 'wx', mode: 0o600 })
  say(`Orders with faults are in ${path}: mend them there, and import that file.`)
}
