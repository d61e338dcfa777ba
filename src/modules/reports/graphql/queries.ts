import type { Builder } from '../../../graphql/builder.ts'
import { pageSize } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { reportsRight } from '../rights.ts'
import { mayRun } from '../running/may-run.ts'
import { type OpenReport, openReport } from '../running/open.ts'
import type { RowPage } from '../running/rows.ts'
import { listSaved } from '../saved/find.ts'
import { findListed, type Listed, listReadyMade } from '../saved/listed.ts'
import { sources } from '../sources/index.ts'
import { type Given, parametersOf, type ReportInputs, referenceOf } from './inputs.ts'
import { noteOf } from './note.ts'
import type { ReportType } from './report-type.ts'
import type { ReportTypes } from './types.ts'

const auth = { read: reportsRight }

type Result = { open: OpenReport; page: RowPage }
type RunArguments = { report: Given; parameters?: unknown; filter?: object | null | undefined }

/** Reading reports: which there are, and what they show. */
export function addReportQueries(builder: Builder, report: ReportType, types: ReportTypes, inputs: ReportInputs): void {
  const result = addResult(builder, types)
  const of = {
    report: { type: inputs.reference, required: true, description: 'Which report.' } as const,
    parameters: {
      type: 'JSON',
      description: 'Values of its parameters by their keys, in the place of those that are saved: `{ "days": 7 }`.',
    } as const,
  }
  builder.queryFields((t) => ({
    reports: t.field({
      type: [report],
      nullable: true,
      auth,
      description:
        'The reports that you may run: those that every installation has, then yours and those shared with you, by name.',
      resolve: async (_root, _args, context): Promise<Listed[]> => [
        ...listReadyMade(context),
        ...(await listSaved(context)).map((saved) => ({ saved })),
      ],
    }),
    report: t.field({
      type: report,
      nullable: true,
      auth,
      description: 'One report by its key or its `id`; null if there is none that you see.',
      args: {
        key: t.arg.string({ description: 'Of a ready-made one.' }),
        id: t.arg.id({ description: 'Of a saved one.' }),
      },
      resolve: (_root, { key, id }, context) => findListed(context, { key, id }),
    }),
    reportSources: t.field({
      type: [types.source],
      nullable: true,
      auth,
      description: 'What reports can be about, as far as you may read it.',
      resolve: (_root, _args, context) => sources.filter((source) => mayRun(context, source)),
    }),
    runReport: t.field({
      type: result,
      nullable: true,
      auth,
      description:
        'A page of a report, as you may see it at this moment, whoever made it: columns that you may not read are left out; where it filters, ' +
        'sorts or groups by what you may not read, it is refused. It is logged that you read it.',
      args: {
        report: t.arg(of.report),
        parameters: t.arg(of.parameters),
        filter: t.arg(inputs.filter),
        first: t.arg.int({ defaultValue: pageSize.default, description: 'So many rows, at most 500.' }),
        after: t.arg.string({ description: 'After this cursor: `endCursor` of the page before.' }),
      },
      readLog: async (_root, args, context) => noteOf(await opened(context, args), args.report),
      resolve: async (_root, args, context): Promise<Result> => {
        const open = await opened(context, args)
        return { open, page: await open.page({ first: args.first ?? pageSize.default, after: args.after }) }
      },
    }),
    reportGroups: t.field({
      type: [types.group],
      nullable: true,
      auth,
      description:
        'How many rows a report has by what it groups by, in that order; at most 10,000. Counts contacts that you see alone.',
      args: { report: t.arg(of.report), parameters: t.arg(of.parameters), filter: t.arg(inputs.filter) },
      readLog: async (_root, args, context) => noteOf(await opened(context, args), args.report),
      resolve: async (_root, args, context) => {
        const open = await opened(context, args)
        if (!open.groups) {
          throw invalidInput([{ field: 'report', message: 'This report groups by nothing: give it a `groupBy`.' }])
        }
        return (await open.groups()).map((group) => ({ ...group, columns: open.groupColumns }))
      },
    }),
  }))
}

// What is logged and what is shown is opened once.
const known = new WeakMap<object, Promise<OpenReport>>()

function opened(context: Context, args: RunArguments): Promise<OpenReport> {
  const found =
    known.get(args) ?? openReport(context, referenceOf(args.report, args.filter), parametersOf(args.parameters))
  known.set(args, found)
  return found
}

const addResult = (builder: Builder, { column, row }: ReportTypes) =>
  builder.objectRef<Result>('ReportResult').implement({
    description: 'What a report shows its reader.',
    auth,
    sensitive: true,
    fields: (t) => ({
      columns: t.field({
        type: [column],
        nullable: false,
        description: 'Those that you may read, in order.',
        resolve: ({ open }) => open.columns,
      }),
      withheld: t.stringList({
        nullable: false,
        description: 'Keys of columns that you may not read.',
        resolve: ({ open }) => [...open.withheld],
      }),
      gone: t.stringList({
        nullable: false,
        description: 'Keys of columns that there are none of any more, such as of custom fields that were removed.',
        resolve: ({ open }) => [...open.gone],
      }),
      rows: t.field({
        type: [row],
        nullable: true,
        description: 'The rows of this page.',
        readLog: () => undefined, // As a whole, by the field that leads here.
        resolve: ({ open: { columns }, page }) => page.rows.map((one) => ({ ...one, columns })),
      }),
      hasNextPage: t.boolean({
        nullable: false,
        description: 'Whether there are more.',
        resolve: ({ page }) => page.hasNextPage,
      }),
      endCursor: t.string({
        nullable: true,
        description: 'For `after`, to go on; null: the page is empty.',
        resolve: ({ page }) => page.endCursor,
      }),
      totalCount: t.int({
        nullable: false,
        description: 'How many rows there are in all, of contacts that you see. Counted only when asked for.',
        args: {
          upTo: t.arg.int({ description: 'Count no further than to this number: much quicker, where there are many.' }),
        },
        resolve: ({ open }, { upTo }) => {
          if (typeof upTo === 'number' && upTo < 1)
            throw invalidInput([{ field: 'upTo', message: 'Must be at least 1.' }])
          return open.count(upTo ?? undefined)
        },
      }),
    }),
  })
