import type { Command } from 'commander'
import { withStore } from './store.ts'

/** `lethe migrate` */
export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('bring the database up to this version (serve does so by itself)')
    .action(async () => {
      await withStore(async () => undefined)
      process.stdout.write('The database is at this version.\n')
    })
}
