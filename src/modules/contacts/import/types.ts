import type { Builder } from '../../../graphql/builder.ts'
import { noteDenied } from '../../../graphql/denials/tally.ts'
import { type Fault, invalidInput } from '../../../graphql/errors.ts'
import { legalGroundType } from '../legal-ground.ts'
import { badRowsWriter } from './bad-rows.ts'
import { importFields } from './import-fields.ts'
import { addPastImports } from './past-imports.ts'
import { type CsvHeader, ImportFileError, type ImportFormat, readRows } from './reader.ts'
import { deniedInRow } from './rights.ts'
import { type ImportCounts, importContacts } from './run.ts'

const longestRejectedFile = 1_000_000

type RejectedRow = { place: string; faults: readonly Fault[] }
type ImportResult = ImportCounts & {
  dryRun: boolean
  rejectedRows: RejectedRow[]
  rejectedFile: string | null
  unrecognisedColumns: readonly string[]
}

/** `importContacts`, and with it what became of past imports. */
export function addImport(builder: Builder): void {
  const ground = legalGroundType(builder)
  const format = builder.enumType('ImportFormat', {
    description: 'What an address book is written in.',
    values: {
      VCARD: { value: 'vcard' satisfies ImportFormat, description: 'vCard 3 or 4.' },
      CSV: {
        value: 'csv' satisfies ImportFormat,
        description: 'A table; exports of Google, Outlook and vtiger are known.',
      },
      JSONL: {
        value: 'jsonl' satisfies ImportFormat,
        description:
          'One JSON object a line, in the fields of CreateContactInput; `bases` are legal grounds: ' +
          '`[{"purpose": "newsletter", "ground": "consent", "since": "2026-04-12"}]`.',
      },
    } as const,
  })
  const fault = builder.objectRef<Fault>('ImportFault').implement({
    description: 'What is wrong with a row.',
    auth: { read: 'contacts.import' },
    fields: (t) => ({
      field: t.exposeString('field', { nullable: false, description: 'Such as `emails.0.address`.' }),
      message: t.exposeString('message', { nullable: false, description: 'What to do about it.' }),
    }),
  })
  const rejectedRow = builder.objectRef<RejectedRow>('RejectedRow').implement({
    description: 'A row that was not imported.',
    auth: { read: 'contacts.import' },
    fields: (t) => ({
      place: t.exposeString('place', { nullable: false, description: 'Where it stands: `line 12`.' }),
      faults: t.field({
        type: [fault],
        nullable: false,
        description: 'All that is wrong with it.',
        resolve: (row) => [...row.faults],
      }),
    }),
  })
  const result = builder.objectRef<ImportResult>('ImportResult').implement({
    description: 'What came of an import.',
    auth: { read: 'contacts.import' },
    fields: (t) => ({
      dryRun: t.exposeBoolean('dryRun', { nullable: false, description: 'True: nothing was written.' }),
      created: t.exposeInt('created', { nullable: false, description: 'New contacts.' }),
      changed: t.exposeInt('changed', {
        nullable: false,
        description: 'Known contacts that got something they lacked.',
      }),
      unchanged: t.exposeInt('unchanged', { nullable: false, description: 'Contacts known already.' }),
      rejected: t.exposeInt('rejected', { nullable: false, description: 'Rows with faults.' }),
      rejectedRows: t.expose('rejectedRows', {
        type: [rejectedRow],
        nullable: false,
        description: 'The first 100 of them.',
      }),
      rejectedFile: t.exposeString('rejectedFile', {
        nullable: true,
        description:
          'The rows with faults in the same format, to be mended and imported again; of many, the first million characters.',
      }),
      unrecognisedColumns: t.stringList({
        nullable: false,
        description: 'Columns that were left out. `map` says what they mean.',
        resolve: (imported) => [...imported.unrecognisedColumns],
      }),
    }),
  })
  const column = builder.inputType('ColumnMapping', {
    description: 'What a column of a table means.',
    auth: { write: 'contacts.import' },
    fields: (t) => ({
      column: t.string({ required: true, description: 'Its heading in the file.' }),
      field: t.string({
        required: true,
        description:
          '`familyName`, `email:work`, `address.city`, `tags`, `field:customer_number` …; `consent:newsletter` for since when a ground ' +
          'holds; `-` leaves it out.',
      }),
    }),
  })
  const input = builder.inputType('ImportContactsInput', {
    description: 'An address book, where it came from, and the ground to keep it.',
    auth: { write: 'contacts.import' },
    fields: (t) => ({
      fileName: t.string({ description: 'For the record.' }),
      format: t.field({ type: format, required: true, description: 'What it is written in.' }),
      content: t.string({
        required: true,
        description: 'The text of the file. For large files there is `lethe import`.',
      }),
      map: t.field({ type: [column], description: 'For columns that are not recognised.' }),
      source: t.string({
        required: true,
        description: 'Where the data came from: `Trade fair 2026` (Art. 14(2)(f) GDPR).',
      }),
      sourceAt: t.field({ type: 'DateTime', description: 'When it was obtained; now, unless said otherwise.' }),
      ground: t.field({ type: ground, required: true, description: 'The legal ground to keep it.' }),
      groundNote: t.string({ description: 'Why that ground holds.' }),
      purpose: t.string({
        // The counts tell who has one.
        auth: { read: 'lawfulness.basis', write: 'lawfulness.basis' },
        description: 'The key of a purpose: each contact gets the ground for it, where there is none yet.',
      }),
      dryRun: t.boolean({ description: 'Check and count only.' }),
    }),
  })

  builder.mutationField('importContacts', (t) =>
    t.field({
      type: result,
      nullable: true,
      auth: { write: 'contacts.import' },
      description:
        'Imports an address book. Good rows come in, rows with faults come back. Repeated, it only fills gaps. The rights ' +
        'of each field hold for each row. Not for those who are bound to purposes: rows are compared with all contacts.',
      args: { input: t.arg({ type: input, required: true }) },
      resolve: async (_root, { input: given }, context): Promise<ImportResult> => {
        const rejectedRows: RejectedRow[] = []
        const texts: string[] = []
        let length = 0
        let header: CsvHeader | undefined
        const rows = readRows(inPieces(given.content), {
          format: given.format,
          map: Object.fromEntries((given.map ?? []).map((entry) => [entry.column, entry.field])),
          encoding: 'utf-8',
          fields: await importFields(context),
          onHeader: (found) => {
            header = found
          },
        })
        const statement = {
          fileName: given.fileName ?? '',
          format: given.format,
          source: given.source,
          sourceAt: given.sourceAt ?? new Date(),
          ground: given.ground,
          groundNote: given.groundNote ?? '',
          purpose: given.purpose ?? undefined,
        }
        const dryRun = given.dryRun ?? false
        const counts = await refusing(() =>
          importContacts(context, rows, statement, {
            dryRun,
            rights: context.rights,
            onRejected: (row, faults) => {
              for (const denied of deniedInRow({ ...row.draft, bases: row.bases }, context.rights))
                noteDenied(context, 'importContacts', denied)
              const writer = badRowsWriter(given.format, header)
              if (texts.length === 0) texts.push(writer.header())
              if (length < longestRejectedFile) texts.push(writer.write(row, faults))
              length += texts.at(-1)?.length ?? 0
              if (rejectedRows.length < 100) rejectedRows.push({ place: row.place, faults })
            },
          }),
        )
        return {
          ...counts,
          dryRun,
          rejectedRows,
          rejectedFile: texts.length > 0 ? texts.join('') : null,
          unrecognisedColumns: header?.unrecognisedColumns ?? [],
        }
      },
    }),
  )
  addPastImports(builder, ground)
}

/** The text as readers want it, without a second copy of all of it. */
async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  const size = 65_536
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + size, text.length)
    const last = text.charCodeAt(end - 1)
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end++ // not between the halves of a character
    yield encoder.encode(text.slice(start, end))
    start = end
  }
}

/** A file that can't be read at all is a fault of the input. */
async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof ImportFileError)) throw error
    throw invalidInput([{ field: 'input.content', message: `${error.place}: ${error.message}` }])
  }
}
