import { Prisma } from '#prisma/client.ts'
import { readRows } from '../../../database/rows.ts'
import type { Context } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { nameExpression, organisationExpression } from '../fields.ts'
import { pointKindList } from '../points.ts'
import { seenContacts } from '../sight.ts'
import { contains, patternOf } from './filter.ts'

const mostWords = 20

/** The words of a search, each of which has to be somewhere in a name, an organisation or a contact point. */
export function wordsOf(search: string | null | undefined): string[] {
  const words = new Set((search ?? '').split(/\s+/).filter(Boolean))
  if (words.size > mostWords) throw new LetheError('LIMIT_EXCEEDED', `A search may have ${mostWords} words.`)
  return [...words]
}

/** Contacts that have a word, by the indexes of parts of texts: from each index, all that it has. */
export function byIndex(word: string, context: Context): Prisma.Sql {
  const where = places(context, (text) => contains(text, word))
  // As an array, so that it is looked for once, and not once for each row when statistics mislead the planner.
  return where.length > 0 ? Prisma.sql`c.contact_id = ANY(ARRAY(${union(where)}))` : Prisma.sql`false`
}

/** The same of one contact after the other: nothing is read but its own row and its points. */
export function byLooking(word: string, context: Context): Prisma.Sql {
  const { names, organisation, kinds } = readable(context)
  const parts = [
    ...(names ? [contains(nameExpression, word)] : []),
    ...(organisation ? [contains(organisationExpression, word)] : []),
    // A value, and not whether there is one: that could become a search through the points of all.
    ...(kinds.length > 0
      ? [
          Prisma.sql`(SELECT true FROM contact_point p WHERE p.contact_id = c.contact_id
            AND ${contains(Prisma.sql`lethe_fold(p.value)`, word)}${ofKinds(kinds)} LIMIT 1)`,
        ]
      : []),
  ]
  return parts.length > 0 ? Prisma.sql`(${Prisma.join(parts, ' OR ')})` : Prisma.sql`false`
}

// Up to so many contacts have a rare word: these are read, and sorted.
const rare = 500
/** So many contacts tell whether words are frequent: of whom at least so many have them. */
export const sample = { contacts: 300, frequent: 3 }
/** So many contacts are gone through one after the other, where a page of them can be expected to have what is frequent. */
export const near = 5000

/** How a page of contacts can be found that have all words. */
export type Search = {
  /** Conditions on the row `c` of `contact` that come to few contacts; undefined where all words are frequent. */
  few: Prisma.Sql[] | undefined
  /** That all words are there, by indexes: all that have them. */
  indexed: Prisma.Sql[]
}

/**
 * Looks which words are rare. Where one of them is, the others are looked for in the contacts that have it; what all contacts have that
 * have frequent words is never put together for a page of fifty.
 */
export async function searchFor(words: readonly string[], context: Context): Promise<Search> {
  const looking = words.map((word) => byLooking(word, context))
  const indexed = words.map((word) => byIndex(word, context))
  const found = await readRare(words, context)
  const few = found.some((ids) => ids && ids.length <= rare)
    ? found.map((ids, index) =>
        ids && ids.length <= rare
          ? Prisma.sql`c.contact_id = ANY(${ids}::uuid[])`
          : (looking[index] ?? Prisma.sql`false`),
      )
    : undefined
  return { few, indexed }
}

/** The contacts that have each word: all, or more than there are of a rare one; undefined of words too short to be looked up. */
async function readRare(words: readonly string[], context: Context): Promise<(string[] | undefined)[]> {
  if (!words.some(isIndexed)) return words.map(() => undefined)
  const columns = words.map((word, index) => {
    // PostgreSQL is not told the word as it plans: of one that it takes for frequent, it would go through the whole table instead of the index.
    const where = places(context, (text) => Prisma.sql`${text} LIKE (SELECT ${patternOf(word)})`)
    const ids =
      where.length === 0
        ? Prisma.sql`'{}'`
        : isIndexed(word)
          ? Prisma.sql`ARRAY(${union(where)} LIMIT ${Prisma.raw(String(rare + 1))})`
          : Prisma.sql`NULL`
    return Prisma.sql`${ids}::text[] AS ${Prisma.raw(`word_${index}`)}`
  })
  type Row = Record<string, string[] | null>
  const [row] = await readRows<Row>(context.database, Prisma.sql`SELECT ${Prisma.join(columns)}`)
  return words.map((_word, index) => row?.[`word_${index}`] ?? undefined)
}

/** Texts are indexed by three letters each. */
const isIndexed = (word: string) => /[\p{L}\p{M}\p{N}]{3}/u.test(word)

/** What the caller may look into. */
function readable({ rights }: Context) {
  return {
    names: rights.canRead('contacts.name'),
    organisation: rights.canRead('contacts.organisation'),
    kinds: pointKindList.filter(({ right }) => rights.canRead(right)).map(({ kind }) => kind),
  }
}

/** Where a word can stand, each by an index of its own: statements that give ids of contacts. */
function places(context: Context, has: (folded: Prisma.Sql) => Prisma.Sql): Prisma.Sql[] {
  const { names, organisation, kinds } = readable(context)
  const contact = (expression: Prisma.Sql) =>
    Prisma.sql`SELECT c.contact_id FROM ${seenContacts(context)} c WHERE ${has(expression)}`
  return [
    ...(names ? [contact(nameExpression)] : []),
    ...(organisation ? [contact(organisationExpression)] : []),
    ...(kinds.length > 0
      ? [
          Prisma.sql`SELECT p.contact_id FROM contact_point p
            WHERE ${has(Prisma.sql`lethe_fold(p.value)`)}${ofKinds(kinds)}`,
        ]
      : []),
  ]
}

const ofKinds = (kinds: readonly string[]) =>
  kinds.length < pointKindList.length ? Prisma.sql` AND p.kind = ANY(${kinds})` : Prisma.empty

const union = (parts: readonly Prisma.Sql[]) => Prisma.join([...parts], ' UNION ALL ')
