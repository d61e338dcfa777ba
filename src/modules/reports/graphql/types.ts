import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Builder } from '../../../graphql/builder.ts'
import { addTextTypes } from '../../lawfulness/texts.ts'
import type { Parameter } from '../definition/parameters.ts'
import { reportsRight } from '../rights.ts'
import type { GroupRow } from '../running/rows.ts'
import { parametersOf } from '../sources/index.ts'
import {
  type Cell,
  type CellType,
  type ReportColumn,
  type ReportRow,
  type ReportSource,
  wordOf,
} from '../sources/source.ts'

const auth = { read: reportsRight }

/** The types of what reports give. */
export type ReportTypes = ReturnType<typeof addReportTypes>

/** One value with the column that it stands in. */
export type TypedCell = { column: ReportColumn; value: Cell }

/** `ReportColumn`, `ReportRow`, `ReportSource` and what belongs to them. */
export function addReportTypes(builder: Builder) {
  const { language } = addTextTypes(builder)
  const languageArgument = { type: language, defaultValue: 'en' as const, description: 'The language of the text.' }
  const type = builder.enumType('ReportCellType', {
    description: 'What the values of a column are.',
    values: {
      TEXT: { value: 'text', description: 'Text: in `text`.' },
      NUMBER: { value: 'number', description: 'A number: in `number`.' },
      BOOLEAN: { value: 'boolean', description: 'Yes or no: in `boolean`.' },
      DATE: { value: 'date', description: 'A day: in `date`.' },
      TIME: { value: 'time', description: 'A moment: in `time`.' },
      ID: { value: 'id', description: 'What `node` takes, or the `id` of what is in no `node`: in `id`.' },
      LIST: { value: 'list', description: 'Several texts: in `list`.' },
    } as const satisfies Record<string, { value: CellType; description: string }>,
  })
  const column = builder.objectRef<ReportColumn>('ReportColumn').implement({
    description: 'A column of a report.',
    auth,
    fields: (t) => ({
      key: t.exposeString('key', {
        nullable: false,
        description: 'By this, reports name it: `birthDate`, `customFields.branch`.',
      }),
      name: t.string({
        nullable: false,
        description: 'What people call it.',
        args: { language: t.arg(languageArgument) },
        resolve: ({ name }, { language: chosen }) => name[chosen ?? 'en'],
      }),
      type: t.expose('type', { type, nullable: false, description: 'What its values are.' }),
      right: t.exposeString('right', {
        nullable: true,
        description: 'The right to read it, beyond those of the source.',
      }),
      sortable: t.exposeBoolean('sortable', { nullable: false, description: 'Whether rows can be sorted by it.' }),
      groupable: t.exposeBoolean('groupable', {
        nullable: false,
        description: 'Whether rows can be put together by it: days and moments by `:day`, `:month` or `:year`.',
      }),
    }),
  })
  const cell = builder.objectRef<TypedCell>('ReportCell').implement({
    description: 'One value: in the field of its type; all others are null, and so is that one where there is none.',
    auth,
    fields: (t) => ({
      column: t.string({
        nullable: false,
        description: 'The key of its column.',
        resolve: ({ column: { key } }) => key,
      }),
      type: t.field({ type, nullable: false, description: 'What it is.', resolve: ({ column: { type: its } }) => its }),
      text: t.string({ nullable: true, description: 'Text.', resolve: (one) => textOf(one, 'text') }),
      name: t.string({
        nullable: true,
        description:
          'How people call it, where the value is a code: of a purpose, if you may read these, of a ground, of what can be chosen in a custom field.',
        args: { language: t.arg(languageArgument) },
        resolve: ({ value, column: its }, { language: chosen }) =>
          (typeof value === 'string' && wordOf(value, its)?.[chosen ?? 'en']) || null,
      }),
      number: t.float({
        nullable: true,
        description: 'A number.',
        resolve: ({ value }) => (typeof value === 'number' ? value : null),
      }),
      boolean: t.boolean({
        nullable: true,
        description: 'Yes or no.',
        resolve: ({ value }) => (typeof value === 'boolean' ? value : null),
      }),
      date: t.field({ type: 'Date', nullable: true, description: 'A day.', resolve: (one) => momentOf(one, 'date') }),
      time: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'A moment.',
        resolve: (one) => momentOf(one, 'time'),
      }),
      id: t.id({
        nullable: true,
        description: 'An identity.',
        resolve: (one) => {
          const id = textOf(one, 'id')
          return id !== null && one.column.of ? encodeGlobalID(one.column.of, id) : id
        },
      }),
      list: t.stringList({
        nullable: true,
        description: 'Several texts.',
        resolve: ({ value }) => (Array.isArray(value) ? [...value] : null),
      }),
    }),
  })
  const row = builder.objectRef<ReportRow & { columns: readonly ReportColumn[] }>('ReportRow').implement({
    description: 'One row of a report.',
    auth,
    about: ({ contactId }) => contactId,
    sensitive: true,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'By this, `reactToReport` names it.' }),
      contactId: t.id({
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'The `id` of the contact that it is about; null: it is about none.',
        resolve: ({ contactId }) => contactId && encodeGlobalID('Contact', contactId),
      }),
      cells: t.field({
        type: [cell],
        nullable: false,
        description: 'Its values, in the order of the columns.',
        resolve: ({ columns, cells }) => columns.map((one) => ({ column: one, value: cells[one.key] ?? null })),
      }),
    }),
  })
  const group = builder.objectRef<GroupRow & { columns: readonly ReportColumn[] }>('ReportGroup').implement({
    description: 'How many rows have these values.',
    auth,
    sensitive: true,
    fields: (t) => ({
      values: t.field({
        type: [cell],
        nullable: false,
        description:
          'What they have in common; of days and moments, the first day of the month or year, as the clock of `timeZone` has it (or, unless that is ' +
          'said, of the installation).',
        resolve: ({ columns, values }) => columns.map((one) => ({ column: one, value: values[one.key] ?? null })),
      }),
      count: t.exposeInt('count', { nullable: false, description: 'How many rows.' }),
    }),
  })
  const parameter = addParameter(builder, languageArgument)
  const source = builder.objectRef<ReportSource>('ReportSource').implement({
    description: 'What a report can be about: rows of one kind.',
    auth,
    fields: (t) => ({
      key: t.exposeString('key', { nullable: false, description: 'By this, reports name it.' }),
      name: t.string({
        nullable: false,
        description: 'What people call it.',
        args: { language: t.arg(languageArgument) },
        resolve: ({ name }, { language: chosen }) => name[chosen ?? 'en'],
      }),
      description: t.string({
        nullable: false,
        description: 'What its rows are.',
        args: { language: t.arg(languageArgument) },
        resolve: ({ description }, { language: chosen }) => description[chosen ?? 'en'],
      }),
      filtered: t.exposeBoolean('filtered', {
        nullable: false,
        description: 'Whether it takes a `filter` on its contacts.',
      }),
      columns: t.field({
        type: [column],
        nullable: false,
        description: 'Its columns, custom fields among them: those that you may read.',
        resolve: async (its, _args, context) =>
          (await its.columns(context)).filter(
            ({ right, barred }) => !barred && (!right || context.rights.canRead(right)),
          ),
      }),
      usual: t.stringList({
        nullable: false,
        description: 'What is shown unless columns are chosen.',
        resolve: ({ usual }) => [...usual],
      }),
      parameters: t.field({
        type: [parameter],
        nullable: false,
        description: 'What can be said when it is run.',
        resolve: (its) => parametersOf(its),
      }),
    }),
  })
  return { language, languageArgument, column, cell, row, group, parameter, source }
}

const textOf = ({ column: { type }, value }: TypedCell, wanted: CellType) =>
  type === wanted && typeof value === 'string' ? value : null

const momentOf = ({ column: { type }, value }: TypedCell, wanted: CellType) =>
  type === wanted && value instanceof Date ? value : null

function addParameter(
  builder: Builder,
  languageArgument: { type: ReturnType<typeof addTextTypes>['language']; defaultValue: 'en'; description: string },
) {
  const type = builder.enumType('ReportParameterType', {
    description: 'What a parameter takes.',
    values: {
      INTEGER: { value: 'integer', description: 'A whole number.' },
      BOOLEAN: { value: 'boolean', description: 'True or false.' },
      DATE: { value: 'date', description: 'A day: `"2027-01-31"`.' },
      PURPOSE: { value: 'purpose', description: 'The key of a purpose.' },
      CHOICE: { value: 'choice', description: 'One of `choices`.' },
      CONTACT: { value: 'contact', description: 'The `id` of a contact.' },
      TIME_ZONE: { value: 'timeZone', description: 'An IANA time zone: `Europe/Berlin`.' },
    } as const satisfies Record<string, { value: Parameter['type']; description: string }>,
  })
  return builder.objectRef<Parameter>('ReportParameter').implement({
    description: 'Something that can be said when a report is run.',
    auth,
    fields: (t) => ({
      key: t.exposeString('key', { nullable: false, description: 'Its key in `parameters`.' }),
      name: t.string({
        nullable: false,
        description: 'What people call it.',
        args: { language: t.arg(languageArgument) },
        resolve: ({ name }, { language: chosen }) => name[chosen ?? 'en'],
      }),
      type: t.expose('type', { type, nullable: false, description: 'What it takes.' }),
      choices: t.stringList({
        nullable: true,
        description: 'One of these.',
        resolve: ({ choices }) => choices && [...choices],
      }),
      choiceNames: t.stringList({
        nullable: true,
        description: 'How people call these, in the same order.',
        args: { language: t.arg(languageArgument) },
        resolve: ({ choices, words }, { language: chosen }) =>
          choices?.map((one) => words?.[one]?.[chosen ?? 'en'] ?? one),
      }),
      default: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What holds unless it is said; null: nothing.',
        resolve: ({ default: usual }) => usual,
      }),
    }),
  })
}
