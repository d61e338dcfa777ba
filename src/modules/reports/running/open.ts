import type { Context } from '../../../graphql/context.ts'
import { type DeniedInput, forbiddenInput, invalidInput, LetheError } from '../../../graphql/errors.ts'
import { selectedCondition } from '../../contacts/list/list.ts'
import type { Text } from '../../disclosed.ts'
import type { Chart } from '../../statistics/chart.ts'
import { type Definition, definitionOf } from '../definition/definition.ts'
import { deniedIn } from '../definition/filter.ts'
import { type Parameter, type ParameterValues, valuesOf } from '../definition/parameters.ts'
import { readyMadeReport } from '../ready-made.ts'
import { findSaved } from '../saved/find.ts'
import { rightOfColumn } from '../sources/custom-columns.ts'
import { parametersOf, sourceOf } from '../sources/index.ts'
import {
  type Asked,
  type ReportColumn,
  type ReportRow,
  type ReportSource,
  type SourceColumn,
  wordOf,
} from '../sources/source.ts'
import { chartOf } from './chart.ts'
import { type Grouping, grouping, mostGroups, partsOf, sqlGrouping } from './groups.ts'
import { listRows } from './list.ts'
import { requireRights } from './may-run.ts'
import { allRows, type GroupRow, type Page, type RowPage, type Rows } from './rows.ts'
import { sqlRows } from './sql.ts'
import { namesIn, withNames } from './words.ts'

/** Which report: a ready-made one, a saved one by its UUID, or one that is only tried. */
export type ReportReference = ({ key: string } | { id: string } | { definition: unknown }) & {
  /** Which of its contacts, beyond what the report itself says: not saved, so it may name somebody. As `contacts` takes it. */
  filter?: unknown
}

/** A report, as its reader may have it at this moment. */
export type OpenReport = {
  /** With the values of the parameters that hold. */
  definition: Definition
  /** The same, as people call it: `name` where a value has one. */
  said: () => Promise<readonly { parameter: Parameter; value: string | number | boolean; name: Text | undefined }[]>
  /** Null: it is only tried. */
  name: Text | null
  source: ReportSource
  /** Those that the reader may see, in the report's order. */
  columns: readonly ReportColumn[]
  /** Keys of columns that they may not. */
  withheld: readonly string[]
  /** Keys of columns that there are none of any more: of custom fields that were removed. */
  gone: readonly string[]
  /** One statement. */
  page: (page: Page) => Promise<RowPage>
  /** All of them, in pages, in bounded memory. */
  rows: () => AsyncIterable<ReportRow>
  count: (upTo?: number) => Promise<number>
  /** What it counts by, in order; their keys are those in `GroupRow.values`. */
  groupColumns: readonly ReportColumn[]
  /** Null: the report puts nothing together. */
  groups: (() => Promise<readonly GroupRow[]>) | null
  /** The UUIDs of its contacts, each once; null: it is not about contacts. */
  contactIds: (() => AsyncIterable<string>) | null
  /** With whom something can be done, as SQL; null: it is about nobody. */
  subjects: Rows['subjects']
  /** Whether each row names the purpose that it is about. */
  namesPurposes: boolean
  /** Null: it puts nothing together, and a picture would show nothing. */
  chart: (() => Promise<Chart | null>) | null
}

/**
 * Opens a report for whoever reads it: their rights and their sight bound it, at this moment, whoever made it. Columns that they may not
 * read are left out. Throws FORBIDDEN where it filters, sorts or groups by what they may not read, since what comes would tell of it;
 * NOT_FOUND for one that they don't see; INVALID_INPUT for one that doesn't fit what there is any more.
 *
 * @param options.language Of what the source tells in words, unless that is said.
 */
export async function openReport(
  context: Context,
  reference: ReportReference,
  parameters: Readonly<Record<string, unknown>> = {},
  { language }: { language?: 'de' | 'en' } = {},
): Promise<OpenReport> {
  const { definition: saved, name } = narrowed(await findReport(context, reference), reference.filter)
  const source = sourceOf(saved.source)
  requireRights(context, source)
  const all = new Map<string, SourceColumn>((await source.columns(context)).map((one) => [one.key, one]))
  refuseHidden(context, saved, all)
  const usual = language && source.parameters.some(({ key }) => key === 'language') ? { language } : {}
  const values = await valuesOf(context, parametersOf(source), { ...usual, ...saved.parameters, ...parameters })
  const definition = { ...saved, parameters: values }
  const wanted = saved.columns.length > 0 ? saved.columns : source.usual
  const there = wanted.flatMap((key) => all.get(key) ?? [])
  const columns = await withNames(
    context,
    there.filter((one) => mayRead(context, one)),
  )
  const rows = await rowsOf(context, source, definition, new Set(columns.map(({ key }) => key)))
  const by = saved.groupBy.map((key) => grouping(key, required(all, key, 'groupBy')))
  const named = await withNames(
    context,
    by.map(({ column }) => column),
  )
  const groupings = by.map((one, index) => ({ ...one, column: named[index] ?? one.column }))
  const { groups } = rows
  const bounded = async () => {
    const found = await groups()
    if (found.length > mostGroups)
      throw new LetheError('LIMIT_EXCEEDED', `More than ${mostGroups} groups: group by what has fewer values.`)
    return found
  }
  return {
    ...{ definition, name, source, columns },
    said: () => saidIn(context, source, values),
    withheld: wanted.filter((key) => isWithheld(context, all, key)),
    gone: wanted.filter((key) => !all.has(key) && !isWithheld(context, all, key)),
    page: rows.page,
    rows: () => allRows(rows),
    count: rows.count,
    groupColumns: groupings.map(({ key, column, every }) => ({ ...column, key, ...(every && { type: 'date' }) })),
    groups: groupings.length > 0 ? bounded : null,
    contactIds: rows.contactIds,
    subjects: rows.subjects,
    namesPurposes: rows.namesPurposes,
    chart:
      groupings.length > 0
        ? async () => chartOf(groupings, await bounded())
        : chartOfList(source, { context, parameters: values, timeZone: zoneOf(context, values) }),
  }
}

/** The picture that a source makes of itself. */
function chartOfList(source: ReportSource, asked: Asked): OpenReport['chart'] {
  const chart = source.kind === 'list' ? source.chart : undefined
  return chart ? () => chart(asked) : null
}

async function saidIn(context: Context, source: ReportSource, values: ParameterValues) {
  const parameters = parametersOf(source)
  const purposes = parameters.some(({ key, type }) => type === 'purpose' && Object.hasOwn(values, key))
  const names = purposes ? await namesIn(context, 'purpose') : {}
  return parameters.flatMap((parameter) => {
    const { key, type, words = type === 'purpose' ? names : {} } = parameter
    const value = values[key]
    if (value === undefined) return []
    return [{ parameter, value, name: wordOf(String(value), { values: words }) }]
  })
}

/** By whose clock days begin. */
const zoneOf = ({ workingDays }: Context, { timeZone }: ParameterValues): string =>
  typeof timeZone === 'string' ? timeZone : (workingDays?.timeZone ?? 'UTC')

async function findReport(
  context: Context,
  reference: ReportReference,
): Promise<{ definition: Definition; name: Text | null }> {
  if ('key' in reference) return readyMadeReport(reference.key)
  if ('definition' in reference) return { definition: definitionOf(reference.definition), name: null }
  const saved = await findSaved(context, reference.id)
  return { definition: definitionOf(saved.definition), name: { de: saved.name, en: saved.name } }
}

/** With what is asked for this once. */
function narrowed(found: { definition: Definition; name: Text | null }, filter: unknown): typeof found {
  if (filter === null || filter === undefined) return found
  const { definition, name } = found
  const { filter: own } = definition
  return { definition: definitionOf({ ...definition, filter: own ? { and: [own, filter] } : filter }), name }
}

const mayRead = ({ rights }: Context, { right, barred }: SourceColumn) => !barred && (!right || rights.canRead(right))

/** Of a custom field whether there is one or not: that is not told to those who may not read it. */
function isWithheld(context: Context, all: ReadonlyMap<string, SourceColumn>, key: string): boolean {
  const column = all.get(key)
  if (column) return !mayRead(context, column)
  const right = rightOfColumn(key)
  return right !== undefined && !context.rights.canRead(right)
}

/** Throws FORBIDDEN with all that the report goes by and the caller may not read. */
function refuseHidden(context: Context, definition: Definition, all: ReadonlyMap<string, SourceColumn>) {
  const { filter, groupBy, orderBy } = definition
  const by = [
    ...groupBy.map((key, index) => ({ path: `definition.groupBy.${index}`, key: partsOf(key).column })),
    ...orderBy.map(({ column: key }, index) => ({ path: `definition.orderBy.${index}`, key })),
  ]
  const denied = by.flatMap(({ path, key }): DeniedInput[] =>
    isWithheld(context, all, key)
      ? [{ path, access: 'read', right: all.get(key)?.right ?? rightOfColumn(key) ?? key }]
      : [],
  )
  if (filter) denied.push(...deniedIn(filter, context.rights, 'definition.filter'))
  if (denied.length > 0) throw forbiddenInput(denied)
}

function required<Column extends SourceColumn>(all: ReadonlyMap<string, Column>, given: string, field: string): Column {
  const key = field === 'groupBy' ? partsOf(given).column : given
  const found = all.get(key)
  if (found) return found
  const message = `There is no column "${key}" any more, or never was: take it out of the report.`
  throw invalidInput([{ field: `definition.${field}`, message, rule: 'no_such_column' }])
}

async function rowsOf(
  context: Context,
  source: ReportSource,
  { filter, groupBy, orderBy, parameters, columns: chosen }: Definition,
  shown: ReadonlySet<string>,
): Promise<Rows> {
  const order = chosen.length > 0 ? chosen : source.usual
  const timeZone = zoneOf(context, parameters)
  if (filter && !source.filtered) {
    throw invalidInput([
      { field: 'definition.filter', message: 'What this report is about is not filtered as contacts are.' },
    ])
  }
  const inOrder = <Column extends SourceColumn>(all: ReadonlyMap<string, Column>) =>
    [...new Set(order)].flatMap((key) => (shown.has(key) ? (all.get(key) ?? []) : []))
  const sortable = <Column extends SourceColumn>(all: ReadonlyMap<string, Column>) =>
    orderBy.map(({ column: key, direction }) => {
      const column = required(all, key, 'orderBy')
      if (!column.sortable || column.sealed)
        throw invalidInput([{ field: 'definition.orderBy', message: `Nothing can be sorted by "${key}".` }])
      return { column, descending: direction === 'DESC' }
    })
  if (source.kind === 'list') {
    const all = new Map((await source.columns(context)).map((one) => [one.key, one]))
    const by: Grouping[] = groupBy.map((key) => grouping(key, required(all, key, 'groupBy')))
    return listRows({
      all: () => source.rows({ context, parameters, timeZone }),
      ...{ columns: inOrder(all), orderBy: sortable(all), groupBy: by, timeZone },
    })
  }
  const all = new Map((await source.columns(context)).map((one) => [one.key, one]))
  const selected = await source.select({ context, parameters, filtered: filter !== null, timeZone })
  const filtered = filter ? [await selectedCondition(context, filter)] : []
  return sqlRows({
    context,
    selected: { ...selected, conditions: [...selected.conditions, ...filtered] },
    ...{ columns: inOrder(all), orderBy: sortable(all) },
    groupBy: groupBy.map((key) => sqlGrouping(key, required(all, key, 'groupBy'), timeZone)),
  })
}
