import type { Command } from 'commander'
import { withStore } from './store.ts'

/** `lethe migrate` */
export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('bring the databases up to this version and grant what Lethe needs there (serve does so by itself)')
    .action(async () => {
      await withStore(async () => undefined)
      process.stdout.write('The database is at this version.\n')
    })
}
