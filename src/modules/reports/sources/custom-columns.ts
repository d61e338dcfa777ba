import { Prisma } from '#prisma/client.ts'
import type { Json } from '../../../database/json.ts'
import type { Context } from '../../../graphql/context.ts'
import type { Text } from '../../disclosed.ts'
import { changeOf } from '../../fields/convert.ts'
import { type Definition, textIn } from '../../fields/definition.ts'
import { definitionsOf } from '../../fields/definitions.ts'
import { type FieldKind, fieldKinds } from '../../fields/kinds.ts'
import { openField } from '../../fields/read.ts'
import { mayRead, rightOfField } from '../../fields/rights.ts'
import { jsonExpression, sortExpressions } from '../../fields/sql.ts'
import { type FieldValue, isFile, isSealed } from '../../fields/values.ts'
import { column } from './column.ts'
import type { Cell, CellType, SqlColumn } from './source.ts'

/** What stands before the key of a custom field in the key of its column. */
export const customPrefix = 'customFields.'

/** The columns of custom fields, as they are defined now. */
export async function customColumns(context: Context): Promise<SqlColumn[]> {
  const { all } = await definitionsOf(context)
  return all.map((definition) => customColumn(context, definition))
}

/** As if there were one of this key: so who may not read it hears the same whether there is or not. */
export const rightOfColumn = (key: string): string | undefined =>
  key.startsWith(customPrefix) ? rightOfField(key.slice(customPrefix.length)) : undefined

function customColumn(context: Context, definition: Definition): SqlColumn {
  const { kind, sensitive, options } = definition
  const { rights: _, ...caller } = context
  const json = Prisma.raw(jsonExpression(definition))
  const ordered = !sensitive && !changeOf(definition)
  const type = types[kind] ?? 'text'
  return column(`${customPrefix}${definition.key}`, nameOf(definition), type, json, {
    right: rightOfField(definition.key),
    barred: !mayRead(caller, definition),
    sealed: sensitive,
    json: true,
    ...(kind === 'money' && { money: true }),
    ...(kind === 'country' && { codes: 'region' }),
    ...(options.length > 0 && { values: wordsOf(options) }),
    sortable: ordered && fieldKinds[kind].sortable,
    groupable: ordered && groupable.includes(kind),
    sort: (descending) =>
      sortExpressions(definition, descending).map(({ sql, type }) => ({ expression: Prisma.raw(`(${sql})`), type })),
    cell: async (value, { contactId }) => {
      if (value === null || value === undefined) return null
      if (!isSealed(value) && !changeOf(definition)) return shown(type, value)
      if (contactId === null) return null
      const customFields = { [definition.key]: value as Json } // As it stands in the column.
      return shown(type, (await openField(context, { id: contactId, customFields }, definition))?.value)
    },
  })
}

const types: Partial<Record<FieldKind, CellType>> = {
  integer: 'number',
  decimal: 'number',
  boolean: 'boolean',
  date: 'date',
  date_time: 'time',
  choices: 'list',
}

/** What has few values, as a rule. */
const groupable: readonly FieldKind[] = ['boolean', 'choice', 'country', 'integer', 'date', 'date_time', 'text']

const nameOf = ({ labels, key }: Definition): Text => ({
  de: textIn(labels, 'de') ?? key,
  en: textIn(labels, 'en') ?? key,
})

/** What can be chosen, as people call it. */
const wordsOf = (options: Definition['options']): Readonly<Record<string, Text>> =>
  Object.fromEntries(
    options.map(({ value, labels }) => [
      value,
      { de: textIn(labels, 'de') ?? value, en: textIn(labels, 'en') ?? value },
    ]),
  )

/** A value as a cell. Files by their names; money with its currency. */
export function shown(type: CellType, given: unknown): Cell {
  if (given === undefined) return null
  const value = given as FieldValue // As it was checked when it was written.
  if (type === 'date' || type === 'time') return new Date(String(value))
  if (type === 'number') return Number(value)
  if (Array.isArray(value) || typeof value === 'boolean') return value
  if (typeof value === 'object') return isFile(value) ? value.name : `${value.amount} ${value.currency}`
  return String(value)
}
