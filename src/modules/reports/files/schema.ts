import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { parametersOf, type ReportInputs, referenceOf } from '../graphql/inputs.ts'
import { eraseFile, findFile, listFiles } from './find.ts'
import type { separators } from './formats.ts'
import { createReportFile, filesRight } from './order.ts'
import { progressOf } from './progress.ts'
import { addFileTypes, type FileTypes } from './types.ts'

const auth = { read: filesRight }
const writing = { read: filesRight, write: filesRight }

/** Adds files of reports: having them made, hearing how far they are, and finding them again. */
export function addReportFiles(builder: Builder, { reference, filter }: ReportInputs): void {
  const types = addFileTypes(builder)
  const { file } = types
  const input = addInput(builder, types, { reference, filter })
  builder.queryFields((t) => ({
    reportFile: t.field({
      type: file,
      nullable: true,
      auth,
      description: 'A file of yours; null: there is none, or none any more.',
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: (_root, { id }, context) => findFile(context, uuidOf('ReportFile', id)),
    }),
    reportFiles: t.field({
      type: [file],
      nullable: true,
      auth,
      description: 'Your files, the newest first.',
      resolve: (_root, _args, context) => listFiles(context),
    }),
  }))
  builder.mutationFields((t) => ({
    createReportFile: t.field({
      type: file,
      nullable: true,
      auth: writing,
      description:
        'Has a report made as a file, as you may see it at the moment when it is made: in the background, `reportFileProgress` tells how far it is. ' +
        'It is yours alone, and gone after a day. It is logged as an export.',
      args: { input: t.arg({ type: input, required: true, description: 'What.' }) },
      resolve: (_root, { input: given }, context) => {
        const { byteOrderMark, separator } = given.csv ?? {}
        return createReportFile(context, {
          reference: referenceOf(given.report, given.filter),
          parameters: parametersOf(given.parameters),
          format: given.format,
          content: given.content ?? 'rows',
          language: given.language ?? 'en',
          csv: {
            ...(typeof byteOrderMark === 'boolean' && { byteOrderMark }),
            ...(separator && { separator }),
          },
        })
      },
    }),
    eraseReportFile: t.field({
      type: file,
      nullable: true,
      auth: writing,
      description: 'Erases a file of yours now, or stops its making.',
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: (_root, { id }, context) => eraseFile(context, uuidOf('ReportFile', id)),
    }),
  }))
  builder.subscriptionField('reportFileProgress', (t) =>
    t.field({
      type: file,
      nullable: true,
      auth,
      description:
        'A file of yours while it is made, whenever it is further on, and at last when it is ready or has failed; then it ends. It ends with an ' +
        'error when your rights do.',
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      subscribe: (_root, { id }, context) => progressOf(context, uuidOf('ReportFile', id)),
      resolve: (found) => found,
    }),
  )
}

function addInput(
  builder: Builder,
  { format, content, language }: FileTypes,
  { reference, filter }: Pick<ReportInputs, 'reference' | 'filter'>,
) {
  const separator = builder.enumType('CsvSeparator', {
    description: 'What separates the cells of a line of CSV.',
    values: {
      COMMA: { value: 'comma', description: '`,`' },
      SEMICOLON: { value: 'semicolon', description: '`;`, as spreadsheets want it where numbers have a comma.' },
      TAB: { value: 'tab', description: 'A tab.' },
    } as const satisfies Record<string, { value: keyof typeof separators; description: string }>,
  })
  const csv = builder.inputType('CsvOptionsInput', {
    description: 'How CSV is written.',
    auth: writing,
    fields: (t) => ({
      byteOrderMark: t.boolean({
        description:
          'Whether it begins with a byte order mark, without which Excel does not know that it is UTF-8. Default: yes.',
      }),
      separator: t.field({ type: separator, description: 'Default: a semicolon in German, a comma in English.' }),
    }),
  })
  return builder.inputType('CreateReportFileInput', {
    description: 'Which report is to be made as what.',
    auth: writing,
    fields: (t) => ({
      report: t.field({ type: reference, required: true, description: 'Which report.' }),
      parameters: t.field({
        type: 'JSON',
        description: 'Values of its parameters by their keys, in the place of those that are saved: `{ "days": 7 }`.',
      }),
      filter: t.field(filter),
      format: t.field({ type: format, required: true, description: 'What it is to be.' }),
      content: t.field({ type: content, description: 'What of the report. Default: `ROWS`.' }),
      language: t.field({ type: language, description: 'Of headings, numbers and dates. Default: English.' }),
      csv: t.field({ type: csv, description: 'How CSV is written.' }),
    }),
  })
}
