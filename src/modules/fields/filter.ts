import { Prisma } from '#prisma/client.ts'
import { comparable } from '../../database/text.ts'
import { type Fault, forbiddenInput, invalidInput } from '../../graphql/errors.ts'
import { textConditions } from '../contacts/list/filter.ts'
import type { DateFilter, TagsFilter, TextFilter } from '../contacts/list/filter-inputs.ts'
import type { Seer } from '../contacts/sight.ts'
import { changeOf } from './convert.ts'
import type { Definition } from './definition.ts'
import type { Definitions } from './definitions.ts'
import { type FilterMember, fieldKinds } from './kinds.ts'
import { canonicalDecimal, howDecimalsAre } from './numbers.ts'
import { absent, type FieldCaller, mayRead, rightOfField } from './rights.ts'
import { jsonExpression, listExpression, sortExpressions, sorted, textExpression } from './sql.ts'

type Maybe<T> = T | null | undefined

export type NumberFilter = {
  equals?: Maybe<string>
  from?: Maybe<string>
  until?: Maybe<string>
  isEmpty?: Maybe<boolean>
}
export type MoneyFilter = Omit<NumberFilter, 'equals'> & { currency?: Maybe<string> }

/** What `ContactFilter.customFields` takes: a field, and conditions on its values under the member of its kind. */
export type CustomFieldFilter = {
  key: string
  is?: Maybe<{
    text?: Maybe<TextFilter>
    number?: Maybe<NumberFilter>
    money?: Maybe<MoneyFilter>
    boolean?: Maybe<boolean>
    date?: Maybe<DateFilter>
    dateTime?: Maybe<DateFilter>
    choices?: Maybe<TagsFilter>
    empty?: Maybe<boolean>
  }>
}

/** Who filters or sorts, by which fields there are. */
export type FieldSight = { caller: FieldCaller & Seer; definitions: Definitions }

/**
 * The field that somebody filters or sorts by. Throws FORBIDDEN if they may not read it, whether there is one or not, and
 * INVALID_INPUT for one that there isn't, or that is sealed.
 */
export function requireReadable({ caller, definitions }: FieldSight, key: string, path: string): Definition {
  const definition = definitions.get(key)
  if (!mayRead(caller, definition ?? absent(key))) {
    throw forbiddenInput([{ path: `${path}.key`, access: 'read', right: rightOfField(key) }])
  }
  if (!definition) throw invalidInput([{ field: `${path}.key`, message: `There is no custom field "${key}".` }])
  if (definition.sensitive) {
    throw invalidInput([{ field: `${path}.key`, message: `"${key}" is sealed: nobody can filter or sort by it.` }])
  }
  if (changeOf(definition)) {
    const message = `"${key}" is being changed: filter or sort by it again in a moment, when "changing" is false.`
    throw invalidInput([{ field: `${path}.key`, message }])
  }
  return definition
}

/** The conditions of a filter on a custom field, on the row `c` of `contact`. */
export function fieldConditions(sight: FieldSight, { key, is }: CustomFieldFilter): Prisma.Sql[] {
  const definition = requireReadable(sight, key, 'customFields')
  const given = Object.entries(is ?? {}).filter(([, value]) => value !== undefined && value !== null)
  const conditions: Prisma.Sql[] = []
  for (const [member] of given) {
    if (member === 'empty') {
      conditions.push(Prisma.sql`(${raw(jsonExpression(definition))} IS NULL) = ${is?.empty}`)
      continue
    }
    const wanted: FilterMember | null = fieldKinds[definition.kind].filter
    if (member !== wanted) {
      const message = wanted
        ? `"${key}" is filtered by "${wanted}" or "empty".`
        : `"${key}" is filtered by "empty" alone.`
      throw invalidInput([{ field: `customFields.${key}`, message }])
    }
    conditions.push(...(is ? conditionsOf(definition, is) : []))
  }
  return conditions
}

function conditionsOf(definition: Definition, is: NonNullable<CustomFieldFilter['is']>): Prisma.Sql[] {
  const { text, number, money, boolean, date, dateTime, choices } = is
  if (text) return ofText(definition, text)
  if (number) return ofNumber(definition, number)
  if (money) return ofMoney(definition, money)
  if (typeof boolean === 'boolean') {
    return sortExpressions(definition, false).map(({ sql }) => Prisma.sql`${raw(sql)} = ${String(boolean)}`)
  }
  if (date) return ofTime(definition, date, (moment) => moment.slice(0, 10), true)
  if (dateTime) return ofTime(definition, dateTime, (moment) => moment, false)
  return choices ? ofChoices(definition, choices) : []
}

function ofText(definition: Definition, given: TextFilter): Prisma.Sql[] {
  const { equals, ...others } = given
  if (equals && !definition.indexedAt) return [hasValue(definition, jsonOf(equals)), ...ofText(definition, others)]
  const conditions = textConditions(raw(textExpression(definition)), given)
  // What follows from it and stands in the index.
  const [short] = sortExpressions(definition, false)
  const begin = (text: string) => [...comparable(text)].slice(0, sorted).join('')
  if (short && typeof given.equals === 'string')
    conditions.unshift(Prisma.sql`${raw(short.sql)} = ${begin(given.equals)}`)
  if (short && given.in) conditions.unshift(Prisma.sql`${raw(short.sql)} = ANY(${given.in.map(begin)})`)
  return conditions
}

/**
 * That the value is exactly this one, as JSON: what the index says that fields share who have none of their own. It knows how frequent values
 * are; whatever else would follow from it would only mislead PostgreSQL.
 */
const hasValue = ({ key }: Definition, json: string): Prisma.Sql =>
  Prisma.sql`c.custom_fields @> ${`{${JSON.stringify(key)}:${json}}`}::jsonb`

/** Text as JSON. Half a character, which JSON can say, is none that PostgreSQL takes, nor one that anybody has. */
const jsonOf = (text: string) => JSON.stringify(comparable(text).toWellFormed())

/** An unknown value fulfils no comparison, and NOT of one is true, as people expect. */
function known(definition: Definition, comparisons: readonly Prisma.Sql[], isEmpty: Maybe<boolean>): Prisma.Sql[] {
  const there = raw(jsonExpression(definition))
  return [
    ...comparisons,
    ...(comparisons.length > 0 ? [Prisma.sql`${there} IS NOT NULL`] : []),
    ...(typeof isEmpty === 'boolean' ? [Prisma.sql`(${there} IS NULL) = ${isEmpty}`] : []),
  ]
}

function ofNumber(definition: Definition, { equals, from, until, isEmpty }: NumberFilter): Prisma.Sql[] {
  const number = raw(sortExpressions(definition, false).at(-1)?.sql ?? '')
  const exact = definition.indexedAt ? undefined : canonicalDecimal(equals ?? '')
  if (exact === undefined) return known(definition, compared(number, definition.key, { equals, from, until }), isEmpty)
  // Decimals are kept as text.
  const value = definition.kind === 'integer' ? exact : JSON.stringify(exact)
  return [hasValue(definition, value), ...known(definition, compared(number, definition.key, { from, until }), isEmpty)]
}

function ofMoney(definition: Definition, { currency, from, until, isEmpty }: MoneyFilter): Prisma.Sql[] {
  const [code, amount] = sortExpressions(definition, false).map(({ sql }) => raw(sql))
  const comparisons = amount ? compared(amount, definition.key, { from, until }) : []
  if (code && typeof currency === 'string')
    comparisons.unshift(Prisma.sql`${code} = ${comparable(currency.toUpperCase())}`)
  return known(definition, comparisons, isEmpty)
}

function compared(number: Prisma.Sql, key: string, { equals, from, until }: NumberFilter): Prisma.Sql[] {
  const faults: Fault[] = []
  const limit = (text: string) => {
    const found = canonicalDecimal(text)
    if (found === undefined) faults.push({ field: `customFields.${key}`, message: howDecimalsAre })
    return Prisma.sql`${found ?? '0'}::numeric`
  }
  const comparisons = [
    ...(typeof equals === 'string' ? [Prisma.sql`${number} = ${limit(equals)}`] : []),
    ...(typeof from === 'string' ? [Prisma.sql`${number} >= ${limit(from)}`] : []),
    ...(typeof until === 'string' ? [Prisma.sql`${number} <= ${limit(until)}`] : []),
  ]
  if (faults.length > 0) throw invalidInput(faults)
  return comparisons
}

/** @param whole Days: the last one counts. */
function ofTime(
  definition: Definition,
  { equals, from, until, isEmpty }: DateFilter,
  written: (moment: string) => string,
  whole: boolean,
): Prisma.Sql[] {
  const time = raw(sortExpressions(definition, false)[0]?.sql ?? '')
  const at = (moment: Date) => written(momentText(moment))
  const comparisons = [
    ...(equals
      ? [definition.indexedAt ? Prisma.sql`${time} = ${at(equals)}` : hasValue(definition, JSON.stringify(at(equals)))]
      : []),
    ...(from ? [Prisma.sql`${time} >= ${at(from)}`] : []),
    ...(until ? [whole ? Prisma.sql`${time} <= ${at(until)}` : Prisma.sql`${time} < ${at(until)}`] : []),
  ]
  return known(definition, comparisons, isEmpty)
}

/** Outside of the years that are kept there is nothing to tell apart. */
function momentText(moment: Date): string {
  const year = moment.getUTCFullYear()
  if (year < 1) return '0000-00-00T00:00:00.000Z'
  return year > 9999 ? '9999-99-99T00:00:00.000Z' : moment.toISOString()
}

function ofChoices(definition: Definition, { hasAll, hasAny, isEmpty }: TagsFilter): Prisma.Sql[] {
  const json = raw(listExpression(definition))
  const conditions: Prisma.Sql[] = []
  if (hasAll) conditions.push(Prisma.sql`${json} @> ${`[${hasAll.map(jsonOf).join()}]`}::jsonb`)
  if (hasAny) conditions.push(Prisma.sql`${json} ?| ${hasAny.map(comparable)}::text[]`)
  if (typeof isEmpty === 'boolean') conditions.push(Prisma.sql`(${json} = '[]'::jsonb) = ${isEmpty}`)
  return conditions
}

const raw = (sql: string) => Prisma.raw(sql)
