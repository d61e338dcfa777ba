import { Command, CommanderError } from 'commander'
import package_ from '../package.json' with { type: 'json' }
import { addAuditCommand } from './commands/audit.ts'
import { addBackupCommand } from './commands/backup.ts'
import { addCalendarCommand } from './commands/calendar.ts'
import { addClientCommand } from './commands/client.ts'
import { addDashboardCommand } from './commands/dashboard.ts'
import { addDistributeCommand } from './commands/distribute.ts'
import { addFieldsCommand } from './commands/fields.ts'
import { addImportCommand } from './commands/import.ts'
import { addImportDocumentsCommand } from './commands/import-documents.ts'
import { addImportOrdersCommand } from './commands/import-orders.ts'
import { addImportPackageCommand } from './commands/import-package.ts'
import { addKeysCommand } from './commands/keys.ts'
import { addLedgerCommand } from './commands/ledger.ts'
import { addMigrateCommand } from './commands/migrate.ts'
import { addRestoreCommand } from './commands/restore.ts'
import { addSchemaCommand } from './commands/schema.ts'
import { addScrubCommand } from './commands/scrub.ts'
import { addSeedCommand } from './commands/seed.ts'
import { addServeCommand } from './commands/serve.ts'
import { addUserCommand } from './commands/user.ts'
import { sqlState } from './database/sql-errors.ts'
import { LetheError } from './graphql/errors.ts'
import { ImportFileError } from './modules/contacts/import/reader.ts'
import { StartError } from './start-error.ts'

const { version } = package_

/** Runs the command line. Exit codes: 0 done, 1 not possible (the message says why), 2 done in part, 70 a fault of ours. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('lethe')
    .description('Keeps personal data lawfully: contacts under field-level rights, with a log of every change.')
    .version(version, '-v, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError('(lethe --help shows what there is)')
    .exitOverride()
    .addHelpText('after', settingsHelp)
  addServeCommand(program)
  addImportCommand(program)
  addCalendarCommand(program)
  addImportDocumentsCommand(program)
  addImportOrdersCommand(program)
  addImportPackageCommand(program)
  addSeedCommand(program)
  addUserCommand(program)
  addFieldsCommand(program)
  addKeysCommand(program)
  addAuditCommand(program)
  addScrubCommand(program)
  addLedgerCommand(program)
  addBackupCommand(program)
  addRestoreCommand(program)
  addMigrateCommand(program)
  addDistributeCommand(program)
  addSchemaCommand(program)
  addClientCommand(program)
  addDashboardCommand(program)
  try {
    await program.parseAsync(argv.length > 2 ? [...argv] : [...argv, 'serve'])
  } catch (error) {
    process.exitCode = report(error)
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode // It has told by itself.
  if (error instanceof ImportFileError) {
    process.stderr.write(`${error.place}: ${error.message}\n`)
    return 1
  }
  if (error instanceof StartError || error instanceof LetheError) {
    process.stderr.write(`${error.message}\n`)
    return 1
  }
  if (sqlState(error) === '53100') {
    process.stderr.write("The database's disk is full. Make room, and run the command again.\n")
    return 1
  }
  process.stderr.write(`Something broke on our side: ${error instanceof Error ? error.stack : String(error)}\n`)
  return 70
}

const settingsHelp = `
Settings come from the environment, the same for every command:
  LETHE_DATA     folder of everything that is kept (default: data)
  DATABASE_URL   a PostgreSQL 15 or newer to use instead of the embedded one (goes with KEYSTORE_URL)
  HOST, PORT     where to listen (default: localhost, 4000)
The README lists all of them.

Examples:
  lethe serve
  lethe import contacts.vcf --source "Trade fair 2026" --ground consent
  lethe seed --contacts 1000
  lethe user add anna@example.org --name "Anna" --role analyst
`
