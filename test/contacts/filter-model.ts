import fc from 'fast-check'

// What a filter means, written down a second time and simply: the tests compare the answers of PostgreSQL with it.

export type ModelPoint = { kind: string; primary: boolean; verifiedAt: Date | null } & Record<string, unknown>
export type ModelContact = Record<string, unknown> & { tags: string[]; points: ModelPoint[] }
type Filter = Record<string, unknown>
type Given = Record<string, unknown>

const textFields = [
  'title',
  'givenName',
  'familyName',
  'displayName',
  'organisation',
  'jobTitle',
  'language',
  'timeZone',
  'source',
]
const momentFields = ['sourceAt', 'createdAt', 'updatedAt']
const points: Record<string, { kind: string; attributes: Record<string, string> }> = {
  emails: { kind: 'email', attributes: { address: 'value' } },
  phones: { kind: 'phone', attributes: { number: 'value' } },
  addresses: {
    kind: 'address',
    attributes: { street: 'street', postalCode: 'postalCode', city: 'city', region: 'region', country: 'country' },
  },
  websites: { kind: 'website', attributes: { url: 'value' } },
  messengers: { kind: 'messenger', attributes: { service: 'service', handle: 'value' } },
}

/** Text that is awkward for SQL, for patterns, or for comparing. */
export const values = [
  '',
  'a',
  'A',
  'ä',
  'Ä',
  'Anna',
  'Änne',
  'ann',
  'Müller',
  'Muller',
  'mueller',
  'Straße',
  'STRASSE',
  '%',
  '_',
  '\\',
  'a%b',
  'a_b',
  'a\\b',
  '％',
  "O'Brien",
  '"',
  "'; DROP TABLE contact; --",
  '$1',
  '{a,b}',
  '😀',
  'Zoë 😀',
  'Москва',
  'МОСКВА',
  ' ',
  'null',
  'x'.repeat(200),
]

/** Lower case without accents. */
export const fold = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ß', 'ss').replaceAll('％', '%').toLowerCase()

/** Whether a contact fulfils a filter. */
export function fulfils(contact: ModelContact, filter: Filter): boolean {
  return Object.entries(filter).every(([name, given]) => {
    if (name === 'and') return (given as Filter[]).every((part) => fulfils(contact, part))
    if (name === 'or') return (given as Filter[]).some((part) => fulfils(contact, part))
    if (name === 'not') return !fulfils(contact, given as Filter)
    if (name === 'tags') return tagsFulfil(contact.tags, given as Given)
    const kind = points[name]
    if (kind)
      return contact.points.some(
        (point) => point.kind === kind.kind && pointFulfils(point, kind.attributes, given as Given),
      )
    if (name === 'birthDate') return dateFulfils(contact[name], given as Given, true)
    if (momentFields.includes(name)) return dateFulfils(contact[name], given as Given, false)
    return textFulfils(String(contact[name]), given as Given)
  })
}

function textFulfils(text: string, given: Given): boolean {
  const ways: Record<string, (value: never) => boolean> = {
    equals: (value: string) => text === value,
    in: (value: string[]) => value.includes(text),
    contains: (value: string) => fold(text).includes(fold(value)),
    startsWith: (value: string) => fold(text).startsWith(fold(value)),
    isEmpty: (value: boolean) => (text === '') === value,
  }
  return Object.entries(given).every(([way, value]) => ways[way]?.(value as never))
}

function dateFulfils(date: unknown, given: Given, wholeDays: boolean): boolean {
  const time = date instanceof Date ? date.getTime() : undefined
  const at = (value: unknown) => new Date(String(value)).getTime()
  return Object.entries(given).every(([way, value]) => {
    if (way === 'isEmpty') return (time === undefined) === value
    if (time === undefined) return false
    if (way === 'equals') return time === at(value)
    if (way === 'from') return time >= at(value)
    return wholeDays ? time <= at(value) : time < at(value)
  })
}

function tagsFulfil(tags: readonly string[], given: Given): boolean {
  return Object.entries(given).every(([way, value]) => {
    if (way === 'isEmpty') return (tags.length === 0) === value
    const asked = value as string[]
    return way === 'hasAll' ? asked.every((tag) => tags.includes(tag)) : asked.some((tag) => tags.includes(tag))
  })
}

const pointFulfils = (point: ModelPoint, attributes: Record<string, string>, given: Given) =>
  Object.entries(given).every(([name, value]) => {
    if (name === 'primary') return point.primary === value
    if (name === 'verified') return (point.verifiedAt !== null) === value
    return textFulfils(String(point[attributes[name] ?? name]), value as Given)
  })

const value = fc.constantFrom(...values)
const some = <T>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc
    .subarray(Object.keys(shape), { maxLength: 2 })
    .chain((keys) =>
      fc.record(Object.fromEntries(Object.entries<fc.Arbitrary<unknown>>(shape).filter(([key]) => keys.includes(key)))),
    )
const textGiven = some({
  equals: value,
  in: fc.array(value, { maxLength: 4 }),
  contains: value,
  startsWith: value,
  isEmpty: fc.boolean(),
})
const day = fc.constantFrom('0000-01-01', '1850-01-01', '1985-04-11', '1985-04-12', '2000-02-29', '9999-12-31')
const moment = fc.constantFrom(
  '0000-01-01T00:00:00Z',
  '2020-01-01T00:00:00.001Z',
  '2020-01-01T02:00:00.002+02:00',
  '9999-12-31T23:59:59-10:00',
)
const tag = fc.array(fc.constantFrom('vip', 'press', "it's", '{x}', 'a,b'), { maxLength: 2 })
const pointGiven = ({ attributes }: { attributes: Record<string, string> }) =>
  some({
    ...Object.fromEntries(['label', ...Object.keys(attributes)].map((name) => [name, textGiven])),
    primary: fc.boolean(),
    verified: fc.boolean(),
  })

const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.tuple(fc.constantFrom(...textFields), textGiven).map(([name, given]) => ({ [name]: given })),
  some({ equals: day, from: day, until: day, isEmpty: fc.boolean() }).map((birthDate) => ({ birthDate })),
  fc
    .tuple(fc.constantFrom(...momentFields), some({ from: moment, until: moment, isEmpty: fc.boolean() }))
    .map(([name, given]) => ({ [name]: given })),
  some({ hasAll: tag, hasAny: tag, isEmpty: fc.boolean() }).map((tags) => ({ tags })),
  ...Object.entries(points).map(([name, definition]) => pointGiven(definition).map((given) => ({ [name]: given }))),
)

/** Any filter, nested a few levels deep. */
export const anyFilter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([one, other]) => ({ ...one, ...other })) },
    { weight: 1, arbitrary: fc.array(tie('filter'), { maxLength: 3 }).map((and) => ({ and })) },
    { weight: 2, arbitrary: fc.array(tie('filter'), { maxLength: 3 }).map((or) => ({ or })) },
    { weight: 2, arbitrary: tie('filter').map((not) => ({ not })) },
  ),
})).filter

const pointOf = (kind: string, primary: boolean) =>
  fc.record({
    kind: fc.constant(kind),
    primary: fc.constant(primary),
    verifiedAt: fc.constantFrom(null, new Date('2024-01-01')),
    ...Object.fromEntries(
      ['label', 'value', 'service', 'street', 'postalCode', 'city', 'region', 'country'].map((name) => [name, value]),
    ),
  })

/** A contact made of awkward values. */
export const anyContact = fc.record({
  ...Object.fromEntries(textFields.map((name) => [name, value])),
  birthDate: fc.constantFrom(null, new Date('1850-01-01'), new Date('1985-04-12')),
  sourceAt: fc.constantFrom(null, new Date('2020-01-01T00:00:00.002Z')),
  createdAt: fc.constantFrom(new Date('2020-01-01T00:00:00.001Z'), new Date('2021-01-01')),
  updatedAt: fc.constantFrom(new Date('2020-01-01T00:00:00.002Z'), new Date('2021-01-01')),
  tags: fc.subarray(['vip', 'press', "it's", '{x}', 'a,b']),
  points: fc
    .tuple(
      ...Object.values(points).flatMap(({ kind }) => [fc.option(pointOf(kind, true)), fc.option(pointOf(kind, false))]),
    )
    .map((made) => made.filter((point) => point !== null)),
}) as unknown as fc.Arbitrary<ModelContact>
