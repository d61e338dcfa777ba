import { Prisma } from '#prisma/client.ts'
import { comparable } from '../../../database/text.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { type FieldSight, fieldConditions } from '../../fields/filter.ts'
import { fieldsOfType } from '../fields.ts'
import { pointColumns, pointKindList } from '../points.ts'
import { hasBasis } from '../sight.ts'
import type { ContactFilter, DateFilter, PointFilter, TagsFilter, TextFilter } from './filter-inputs.ts'

const deepest = 10
const most = 200

/**
 * The SQL condition for a filter on the row `c` of `contact`. Values are parameters, names come from our own tables.
 * Rights were checked before, on the input.
 *
 * @param fields Which custom fields there are.
 */
export function filterCondition(
  filter: ContactFilter,
  fields: FieldSight,
  depth = 0,
  seen = { filters: 0 },
): Prisma.Sql {
  if (depth > deepest) throw new LetheError('LIMIT_EXCEEDED', `Filters may be nested ${deepest} deep.`)
  if (++seen.filters > most) throw new LetheError('LIMIT_EXCEEDED', `A filter may have ${most} parts.`)
  const conditions: Prisma.Sql[] = []
  if (filter.and) conditions.push(...filter.and.map((part) => filterCondition(part, fields, depth + 1, seen)))
  if (filter.or) conditions.push(any(filter.or.map((part) => filterCondition(part, fields, depth + 1, seen))))
  if (filter.not) conditions.push(Prisma.sql`NOT ${filterCondition(filter.not, fields, depth + 1, seen)}`)
  for (const { name, column, searched } of fieldsOfType('text')) {
    const given = filter[name]
    if (given) conditions.push(...textConditions(columnOf(column), given, searched))
  }
  for (const { name, column, type } of [...fieldsOfType('date'), ...fieldsOfType('timestamp')]) {
    const given = filter[name]
    if (given) conditions.push(...dateConditions(columnOf(column), type === 'date' ? 'date' : 'timestamptz', given))
  }
  for (const { name, column } of fieldsOfType('tags')) {
    const given = filter[name]
    if (given) conditions.push(...tagsConditions(columnOf(column), given))
  }
  for (const { kind, field, attributes } of pointKindList) {
    const given = filter[field]
    if (given) conditions.push(pointCondition(kind, attributes, given))
  }
  if (typeof filter.withoutBasis === 'boolean') {
    const basis = hasBasis(fields.caller, 'any')
    conditions.push(filter.withoutBasis ? Prisma.sql`NOT ${basis}` : basis)
  }
  for (const given of filter.customFields ?? []) {
    if (++seen.filters > most) throw new LetheError('LIMIT_EXCEEDED', `A filter may have ${most} parts.`)
    conditions.push(...fieldConditions(fields, given))
  }
  return all(conditions)
}

const columnOf = (name: string) => Prisma.raw(`c.${name}`)

/** @param searched An indexed expression that contains the column's text. */
export function textConditions(column: Prisma.Sql, given: TextFilter, searched?: Prisma.Sql): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = []
  if (typeof given.equals === 'string') conditions.push(Prisma.sql`${column} = ${comparable(given.equals)}`)
  if (given.in) conditions.push(Prisma.sql`${column} = ANY(${given.in.map(comparable)})`)
  const folded = Prisma.sql`lethe_fold(${column})`
  if (typeof given.contains === 'string') {
    if (searched) conditions.push(contains(searched, given.contains))
    conditions.push(contains(folded, given.contains))
  }
  if (typeof given.startsWith === 'string') {
    if (searched) conditions.push(contains(searched, given.startsWith))
    conditions.push(startsWith(folded, given.startsWith))
  }
  if (typeof given.isEmpty === 'boolean') conditions.push(Prisma.sql`(${column} = '') = ${given.isEmpty}`)
  return conditions
}

function dateConditions(column: Prisma.Sql, type: 'date' | 'timestamptz', given: DateFilter): Prisma.Sql[] {
  const value = (date: Date) => Prisma.sql`${dateText(date, type)}::${Prisma.raw(type)}`
  const comparisons: Prisma.Sql[] = []
  if (given.equals) comparisons.push(Prisma.sql`${column} = ${value(given.equals)}`)
  if (given.from) comparisons.push(Prisma.sql`${column} >= ${value(given.from)}`)
  if (given.until) {
    const sign = type === 'date' ? Prisma.sql`<=` : Prisma.sql`<`
    comparisons.push(Prisma.sql`${column} ${sign} ${value(given.until)}`)
  }
  // NOT of an unknown comparison must be true, as people expect: somebody without a birth date was not born before 1990.
  const known = comparisons.length > 0 ? [Prisma.sql`${column} IS NOT NULL`] : []
  const empty = typeof given.isEmpty === 'boolean' ? [Prisma.sql`(${column} IS NULL) = ${given.isEmpty}`] : []
  return [...known, ...comparisons, ...empty]
}

/** Before the year 1 and after 9999, where JavaScript and PostgreSQL write differently, there is nothing to tell apart. */
function dateText(date: Date, type: 'date' | 'timestamptz'): string {
  const year = date.getUTCFullYear()
  if (year < 1 || year > 9999) return year < 1 ? '-infinity' : 'infinity'
  return date.toISOString().slice(0, type === 'date' ? 10 : undefined)
}

function tagsConditions(column: Prisma.Sql, given: TagsFilter): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = []
  if (given.hasAll) conditions.push(Prisma.sql`${column} @> ${given.hasAll.map(comparable)}::text[]`)
  if (given.hasAny) conditions.push(Prisma.sql`${column} && ${given.hasAny.map(comparable)}::text[]`)
  if (typeof given.isEmpty === 'boolean') conditions.push(Prisma.sql`(cardinality(${column}) = 0) = ${given.isEmpty}`)
  return conditions
}

function pointCondition(kind: string, attributes: Readonly<Record<string, string>>, given: PointFilter): Prisma.Sql {
  const conditions = [Prisma.sql`p.contact_id = c.contact_id`, Prisma.sql`p.kind = ${kind}`]
  for (const [attribute, column] of Object.entries({ label: 'label', ...attributes })) {
    const filter = given[attribute]
    const name = Object.entries(pointColumns).find(([prismaName]) => prismaName === column)?.[1]
    if (!name || typeof filter !== 'object' || !filter) continue
    const searched = column === 'value' ? Prisma.sql`lethe_fold(p.value)` : undefined
    conditions.push(...textConditions(Prisma.raw(`p.${name}`), filter, searched))
    if (searched) conditions.push(...alsoInLowerCase(filter))
  }
  if (typeof given.primary === 'boolean') conditions.push(Prisma.sql`p.is_primary = ${given.primary}`)
  if (typeof given.verified === 'boolean') conditions.push(Prisma.sql`(p.verified_at IS NOT NULL) = ${given.verified}`)
  return Prisma.sql`EXISTS (SELECT FROM contact_point p WHERE ${all(conditions)})`
}

/** The same of the text in lower case, by which the values of contact points are indexed. */
function alsoInLowerCase({ equals, in: given }: TextFilter): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = []
  if (typeof equals === 'string') conditions.push(Prisma.sql`lower(p.value) = lower(${comparable(equals)})`)
  if (given) {
    const texts = given.map(comparable)
    conditions.push(Prisma.sql`lower(p.value) = ANY(ARRAY(SELECT lower(t) FROM unnest(${texts}::text[]) t))`)
  }
  return conditions
}

/** Whether a text is somewhere in a folded one: case and accents don't count. */
export const contains = (folded: Prisma.Sql, text: string): Prisma.Sql => Prisma.sql`${folded} LIKE ${patternOf(text)}`

/** What a folded text is like that has this somewhere. */
export const patternOf = (text: string): Prisma.Sql => Prisma.sql`'%' || ${prefix(text)}`

const startsWith = (folded: Prisma.Sql, text: string) => Prisma.sql`${folded} LIKE ${prefix(text)}`

// Wildcards are made literal after folding, because folding makes some: `％` becomes `%`.
const prefix = (text: string) =>
  Prisma.sql`regexp_replace(lethe_fold(${comparable(text)}), '[\\\\%_]', '\\\\\\&', 'g') || '%'`

const all = (conditions: readonly Prisma.Sql[]) =>
  conditions.length > 0 ? Prisma.sql`(${Prisma.join([...conditions], ' AND ')})` : Prisma.sql`true`

const any = (conditions: readonly Prisma.Sql[]) =>
  conditions.length > 0 ? Prisma.sql`(${Prisma.join([...conditions], ' OR ')})` : Prisma.sql`false`
