import { encodeGlobalID } from '@pothos/plugin-relay'
import DataLoader from 'dataloader'
import type { ReportFile, ReportFileWork } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { addTextTypes } from '../../lawfulness/texts.ts'
import { downloadPath } from './download.ts'
import { isContent, isFormat, isLanguage } from './formats.ts'
import { filesRight } from './order.ts'

declare module '../../../graphql/context.ts' {
  interface Loaders {
    reportFileWork?: DataLoader<string, ReportFileWork | null>
  }
}

/** The types of files. */
export type FileTypes = ReturnType<typeof addFileTypes>

const auth = { read: filesRight }

/** How far the making of files is, of many in one statement. */
function workOf(context: Context, id: string) {
  context.loaders.reportFileWork ??= new DataLoader(async (ids: readonly string[]) => {
    const rows = await context.database.reportFileWork.findMany({ where: { id: { in: [...ids] } } })
    const byId = new Map(rows.map((row) => [row.id, row]))
    return ids.map((one) => byId.get(one) ?? null)
  })
  return context.loaders.reportFileWork.load(id)
}

/** `ReportFile` and what belongs to it. */
export function addFileTypes(builder: Builder) {
  const { language } = addTextTypes(builder)
  const format = builder.enumType('ReportFileFormat', {
    description: 'What a file is.',
    values: {
      PDF: {
        value: 'pdf',
        description:
          'For people: PDF/UA, what is counted as a chart and a table, then the rows: 2,000 at most, 20,000 cells.',
      },
      CSV: {
        value: 'csv',
        description:
          'For spreadsheets: RFC 4180, UTF-8. Days and moments are `2027-01-31 09:30:00`, numbers as the language has them. What a ' +
          'spreadsheet would take for a formula (text that begins with `=`, `+`, `-` or `@`, also behind a separator or a line break within it) ' +
          'has an apostrophe before it.',
      },
      XLSX: {
        value: 'xlsx',
        description: 'For spreadsheets: numbers, days and moments are such, and text is never a formula.',
      },
      JSON_LINES: {
        value: 'json_lines',
        description:
          'For programs: an object a line, by the keys of the columns; values as they are, moments in UTC (ISO 8601).',
      },
    } as const,
  })
  const content = builder.enumType('ReportFileContent', {
    description: 'What of a report is in a file.',
    values: {
      ROWS: { value: 'rows', description: 'Each row; in a PDF what is counted besides.' },
      GROUPS: { value: 'groups', description: 'How many rows there are of each group, as `reportGroups` has it.' },
    } as const,
  })
  const state = builder.enumType('ReportFileState', {
    description: 'How far a file is.',
    values: {
      QUEUED: { value: 'queued', description: 'It waits to be made.' },
      BUILDING: { value: 'building', description: 'It is being made.' },
      READY: { value: 'ready', description: 'It can be fetched.' },
      FAILED: { value: 'failed', description: 'It could not be made: see `fault`.' },
    } as const,
  })
  const file = builder.objectRef<ReportFile>('ReportFile').implement({
    description:
      'A report as a file: for you alone, for a day. It is gone sooner when anybody in it is erased: have it made anew then.',
    auth,
    // What it tells of contacts that others see, they may not.
    extensions: { aboutSeveral: true },
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description: 'Its identity.',
        resolve: ({ id }) => encodeGlobalID('ReportFile', id),
      }),
      report: t.string({
        nullable: true,
        description: 'The key of the report, or its `id`; null: it was only tried.',
        resolve: ({ report }) => report || null,
      }),
      format: t.field({
        type: format,
        nullable: true,
        description: 'What it is.',
        resolve: ({ format: its }) => (isFormat(its) ? its : null),
      }),
      content: t.field({
        type: content,
        nullable: true,
        description: 'What of the report is in it.',
        resolve: ({ content: its }) => (isContent(its) ? its : null),
      }),
      language: t.field({
        type: language,
        nullable: true,
        description: 'Of headings, numbers and dates.',
        resolve: ({ language: its }) => (isLanguage(its) ? its : null),
      }),
      state: t.field({
        type: state,
        nullable: false,
        description: 'How far it is.',
        resolve: async ({ id, state: its }, _args, context) => {
          if (its === 'ready' || its === 'failed') return its
          return (await workOf(context, id))?.running ? 'building' : 'queued'
        },
      }),
      rowsDone: t.int({
        nullable: true,
        description: 'How many rows are written, while it is made.',
        resolve: async ({ id }, _args, context) => (await workOf(context, id))?.rowsDone ?? null,
      }),
      rowsTotal: t.int({
        nullable: true,
        description:
          'How many there are to write, while it is made; null: nobody has counted yet, or groups are written.',
        resolve: async ({ id }, _args, context) => (await workOf(context, id))?.rowsTotal ?? null,
      }),
      columns: t.exposeStringList('columns', {
        nullable: false,
        description: 'The keys of the columns that are in it.',
      }),
      rows: t.exposeInt('rows', {
        nullable: true,
        description: 'How many rows, or groups, it has; null: it is not made.',
      }),
      size: t.float({
        nullable: true,
        description: 'In bytes.',
        resolve: ({ size }) => (size === null ? null : Number(size)),
      }),
      sha256: t.string({ nullable: true, description: 'SHA-256 of it, hex.', resolve: ({ sha256 }) => sha256 || null }),
      url: t.string({
        nullable: true,
        description:
          'Where you fetch it, with your own credentials. Your rights are looked at again, and the log tells of it. Null: it is not made.',
        resolve: ({ id, state: its }, _args, { publicUrl }) =>
          its === 'ready'
            ? `${publicUrl}${downloadPath}?id=${encodeURIComponent(encodeGlobalID('ReportFile', id))}`
            : null,
      }),
      fault: t.string({
        nullable: true,
        description:
          'Why it could not be made, as a code of errors: `LIMIT_EXCEEDED`; null: it could, or nobody has tried yet.',
        resolve: ({ fault }) => fault || null,
      }),
      faultMessage: t.string({
        nullable: true,
        description: 'What to do about it. Null: nothing, since it broke on our side: the log of the server tells why.',
        resolve: ({ faultText }) => faultText || null,
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When you asked for it.' }),
      producedAt: t.expose('producedAt', { type: 'DateTime', nullable: true, description: 'When it was made.' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: false, description: 'When it is erased.' }),
    }),
  })
  return { file, format, content, language }
}
