import { type Command, InvalidArgumentError } from 'commander'
import type { ImportRow } from '../modules/contacts/import/reader.ts'
import { type ImportOptions, importContacts } from '../modules/contacts/import/run.ts'
import { seedDraft } from '../modules/contacts/seed/generate.ts'
import type { Definition } from '../modules/fields/definition.ts'
import { definitionsOf } from '../modules/fields/definitions.ts'
import { madeUpFields } from '../modules/fields/made-up.ts'
import { showProgress } from './progress.ts'
import { interruption, say, withStore } from './store.ts'

/** `lethe seed` */
export function addSeedCommand(program: Command): void {
  program
    .command('seed')
    .description(
      'fill the database with made-up German and international contacts and their custom fields, the same each time',
    )
    .option('--contacts <number>', 'how many', wholeNumber, 1000)
    .action(async ({ contacts: total }: { contacts: number }) => {
      await withStore(async (context) => {
        const interrupted = interruption()
        const progress = showProgress(total)
        let rows = 0
        const { all: definitions } = await definitionsOf(context)
        async function* drafts(): AsyncGenerator<ImportRow> {
          for (; rows < total && !interrupted.aborted; rows++) yield seedRow(rows, definitions)
        }
        const onProgress: ImportOptions['onProgress'] = ({ created }) => progress.update(rows, `${created} contacts`)
        const counts = await importContacts(context, drafts(), statement, { onProgress, incomplete: true })
        progress.end()
        say(`${counts.created} contacts made, ${counts.unchanged + counts.changed} were there already.`)
      })
    })
}

const statement = {
  fileName: 'seed',
  format: 'jsonl',
  source: 'Made up for demonstration',
  sourceAt: new Date(0),
  ground: 'legitimate_interests',
  groundNote: 'These persons do not exist.',
} as const

function seedRow(index: number, definitions: readonly Definition[]): ImportRow {
  const { externalId, ...person } = seedDraft(index)
  const draft = { ...person, customFields: madeUpFields(definitions, index) }
  return { place: `contact ${index}`, draft, externalId, faults: [], original: { format: 'jsonl', line: '' } }
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('Give a whole number from 1.')
  return number
}
