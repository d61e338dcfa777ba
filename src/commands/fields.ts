import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { openStore } from '../database/open.ts'
import { makeFieldIndexes } from '../modules/fields/make-indexes.ts'
import { StartError } from '../start-error.ts'
import { say } from './store.ts'

/** `lethe fields` */
export function addFieldsCommand(program: Command): void {
  const fields = program.command('fields').description('look after the custom fields of contacts')
  fields
    .command('index [key]')
    .description(
      'make the indexes that requestFieldIndex asked for, of one field or of all, while the server runs and everybody writes; ' +
        'needs the owner of the database: DATABASE_OWNER_URL, unless PostgreSQL is the embedded one',
    )
    .action(index)
}

async function index(key: string | undefined) {
  const store = await openStore(readConfig(process.env), say)
  try {
    if (!store.ownerUrl) {
      throw new StartError('Indexes are made by the owner of the database: set DATABASE_OWNER_URL for this command.')
    }
    const { made, removed } = await makeFieldIndexes(store.ownerUrl, key)
    for (const name of made) process.stdout.write(`made ${name}\n`)
    for (const name of removed) process.stdout.write(`removed ${name}\n`)
    if (made.length + removed.length === 0) say('There is nothing to do: indexes are asked for with requestFieldIndex.')
  } finally {
    await store.close()
  }
}
