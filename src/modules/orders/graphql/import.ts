import type { Builder } from '../../../graphql/builder.ts'
import { noteDenied } from '../../../graphql/denials/tally.ts'
import type { Fault } from '../../../graphql/errors.ts'
import { type CsvHeader, orderColumns, readCsv } from '../import/csv.ts'
import { readJsonLines } from '../import/json-lines.ts'
import { rejectedFile } from '../import/rejected.ts'
import { importOrders, type Rejected } from '../import/run.ts'

type Result = {
  dryRun: boolean
  created: number
  unchanged: number
  rejected: Rejected[]
  header: CsvHeader | undefined
}

const mostTold = 100

/** `importOrders`. */
export function addOrderImport(builder: Builder): void {
  const auth = { read: 'orders.import' }
  const format = builder.enumType('OrderImportFormat', {
    description: 'What the orders are written in.',
    values: {
      CSV: {
        value: 'csv',
        description: 'A table: each row a line of an order, those with the same number together one order.',
      },
      JSONL: {
        value: 'jsonl',
        description:
          'One JSON object a line, in the fields of CreateOrderInput, with `contact` in the place of `contactId`: ' +
          '`{"contact": {"email": "ada@example.org"}, "number": "A-1", "placedAt": "2026-03-01", "currency": "EUR", "lines": [...]}`.',
      },
    } as const,
  })
  const fault = builder.objectRef<Fault>('OrderImportFault').implement({
    description: 'What is wrong with an order.',
    auth,
    fields: (t) => ({
      field: t.exposeString('field', { nullable: false, description: 'Such as `lines.0.quantity`.' }),
      message: t.exposeString('message', { nullable: false, description: 'What to do about it.' }),
    }),
  })
  const rejected = builder.objectRef<Rejected>('RejectedOrder').implement({
    description: 'An order that was not imported.',
    auth,
    fields: (t) => ({
      place: t.string({ nullable: false, description: 'Where it begins: `line 12`.', resolve: ({ row }) => row.place }),
      faults: t.field({
        type: [fault],
        nullable: false,
        description: 'All that is wrong with it.',
        resolve: ({ faults }) => [...faults],
      }),
    }),
  })
  const result = builder.objectRef<Result>('OrderImportResult').implement({
    description: 'What came of an import.',
    auth,
    fields: (t) => ({
      dryRun: t.exposeBoolean('dryRun', { nullable: false, description: 'True: nothing was written.' }),
      created: t.exposeInt('created', { nullable: false, description: 'New orders.' }),
      unchanged: t.exposeInt('unchanged', { nullable: false, description: 'Orders that were known by their number.' }),
      rejected: t.int({ nullable: false, description: 'Orders with faults.', resolve: (row) => row.rejected.length }),
      rejectedOrders: t.field({
        type: [rejected],
        nullable: false,
        description: `The first ${mostTold} of them.`,
        resolve: (row) => row.rejected.slice(0, mostTold),
      }),
      rejectedFile: t.string({
        nullable: true,
        description: 'The orders with faults as they stood in the file, to be mended and imported again.',
        resolve: ({ rejected: some, header }) => rejectedFile(some, header),
      }),
      unrecognisedColumns: t.stringList({
        nullable: false,
        description: 'Columns that were left out. `map` says what they mean.',
        resolve: ({ header }) => [...(header?.unrecognised ?? [])],
      }),
    }),
  })
  const column = builder.inputType('OrderColumnMapping', {
    description: 'What a column of a table means.',
    auth: { write: 'orders.import' },
    fields: (t) => ({
      column: t.string({ required: true, description: 'Its heading in the file.' }),
      field: t.string({
        required: true,
        description: `${orderColumns.map((name) => `\`${name}\``).join(', ')}; \`-\` leaves it out.`,
      }),
    }),
  })
  const input = builder.inputType('ImportOrdersInput', {
    description: 'Orders from another system.',
    auth: { write: 'orders.import' },
    fields: (t) => ({
      format: t.field({ type: format, required: true, description: 'What they are written in.' }),
      content: t.string({ required: true, description: 'The text of the file.' }),
      source: t.string({ required: true, description: 'Which shop or system: numbers are unique there.' }),
      contactSource: t.string({
        description: 'Where contacts were imported from that are named by `externalId`. Default: the same source.',
      }),
      map: t.field({ type: [column], description: 'For columns that are not recognised.' }),
      decimalComma: t.boolean({ description: 'In a table, decimals are written as `1.234,50`.' }),
      dryRun: t.boolean({ description: 'Check and count only.' }),
    }),
  })
  builder.mutationField('importOrders', (t) =>
    t.field({
      type: result,
      nullable: true,
      auth: { write: 'orders.import' },
      description:
        'Imports orders of contacts that are known by e-mail address, by the id that another system gave, or by id. Repeated, it ' +
        'changes nothing. The rights of each field hold for each order. Not for those who are bound to purposes.',
      args: { input: t.arg({ type: input, required: true }) },
      resolve: async (_root, { input: given }, context): Promise<Result> => {
        const map = Object.fromEntries((given.map ?? []).map((entry) => [entry.column, entry.field]))
        const table =
          given.format === 'csv'
            ? readCsv(given.content, { map, decimalComma: given.decimalComma ?? false })
            : undefined
        const dryRun = given.dryRun ?? false
        const contactSource = given.contactSource ?? given.source
        const rows = table?.rows ?? readJsonLines(given.content)
        const counts = await importOrders(context, rows, { source: given.source, contactSource, dryRun })
        for (const { denied = [] } of counts.rejected)
          for (const one of denied) noteDenied(context, 'importOrders', one)
        return { ...counts, dryRun, header: table?.header }
      },
    }),
  )
}
