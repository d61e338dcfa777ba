import { type Command, InvalidArgumentError } from 'commander'
import pg from 'pg'
import { readConfig } from '../config.ts'
import { distribute } from '../database/distribute/distribute.ts'
import { openStore } from '../database/open.ts'
import { StartError } from '../start-error.ts'
import { showProgress } from './progress.ts'
import { say } from './store.ts'

/** `lethe distribute` */
export function addDistributeCommand(program: Command): void {
  program
    .command('distribute')
    .description('spread the tables over several machines, by contact, with Citus; while no server runs')
    .option('--shards <number>', 'into how many parts the tables about contacts are cut', numberOf, 32)
    .action(distributeNow)
}

async function distributeNow({ shards }: { shards: number }): Promise<void> {
  const store = await openStore(readConfig(process.env), say)
  try {
    if (!store.ownerUrl) {
      throw new StartError(
        'Tables are moved by the user who owns them: set DATABASE_OWNER_URL, for this command alone.',
      )
    }
    const owner = new pg.Client({ connectionString: store.ownerUrl })
    await owner.connect()
    try {
      const bar = showProgress(1)
      const moving = distribute(owner, { shards, progress: (done, total, table) => bar.update(done / total, table) })
      const { distributed, everywhere, coordinator, before } = await moving.finally(bar.end)
      process.stdout.write(
        `${distributed} tables are distributed by contact, ${everywhere} are on each machine, ${coordinator} on the coordinator; ${before} were so before.\n`,
      )
    } finally {
      await owner.end()
    }
  } finally {
    await store.close()
  }
}

function numberOf(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 4096)
    throw new InvalidArgumentError('a number from 1 to 4096')
  return number
}
