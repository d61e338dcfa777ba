import fc from 'fast-check'

// What custom fields mean, written down a second time and simply.

export type Value = unknown
type More = Record<string, unknown>
type Is = Record<string, Record<string, unknown> | boolean>

/** A kind of field: how its values are given, kept, shown, filtered and sorted. */
export type KindModel = {
  kind: string
  member: string
  /** What a definition has besides, for filters and sorting. */
  more?: More
  values: fc.Arbitrary<Value>
  /** Those that are accepted, and whose order is the same in every library. */
  planted?: fc.Arbitrary<Value>
  /** What a given value reads back as, by GraphQL; null for an empty one; or that it is refused. */
  expected: (value: Value, more: More) => unknown
  /** As it is compared. */
  kept: (value: Value) => Value
  filters?: 'text' | 'number' | 'money' | 'boolean' | 'date' | 'dateTime' | 'choices'
  sorts: boolean
}

const options = [{ value: 'a' }, { value: 'b' }, { value: 'c' }]
const clean = (text: string) => text.normalize('NFC').trim()
const control = /\p{Cc}/u

const texts = fc.constantFrom(
  'a',
  'A',
  'ä',
  'Änne',
  'anna',
  'Müller',
  '%',
  '_',
  "O'Brien",
  '"',
  'x y',
  '10',
  '9',
  '😀',
  'Москва',
)
const decimals = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '1',
    '-1.5',
    '1.50',
    '12345678901234567890.0123456789',
    '-12345678901234567890',
    '0.0000000001',
  ),
  fc.tuple(fc.bigInt(-(10n ** 12n), 10n ** 12n), fc.nat(99)).map(([whole, rest]) => `${whole}.${rest}`),
)
const days = fc.constantFrom('0001-01-01', '1850-06-15', '1999-12-31', '2000-01-01', '2024-02-29', '9999-12-31')
const moments = fc.constantFrom(
  '0001-01-01T00:00:00.000Z',
  '2020-01-01T00:00:00.001Z',
  '2020-01-01T00:00:00.002Z',
  '9999-12-31T23:59:59.999Z',
)

/** A decimal number as it is kept. */
const canonical = (text: string): string => {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  const rest = fraction.replace(/0+$/, '')
  const number = `${whole.replace(/^0+(?=\d)/, '')}${rest && `.${rest}`}`
  return text.startsWith('-') && number !== '0' ? `-${number}` : number
}

/** As whole numbers, which can be compared. */
const scaled = (text: string): bigint => {
  const [whole = '0', fraction = ''] = canonical(text).replace('-', '').split('.')
  const number = BigInt(whole + fraction.padEnd(10, '0'))
  return text.startsWith('-') ? -number : number
}

const inRange = (value: bigint, { min, max }: More) =>
  (min === undefined || value >= scaled(String(min))) && (max === undefined || value <= scaled(String(max)))

export const kinds: Record<string, KindModel> = {
  text: {
    kind: 'TEXT',
    member: 'text',
    values: fc.oneof(texts, fc.string({ unit: 'binary', maxLength: 20 })),
    planted: texts,
    expected: (value, { maxLength, pattern }) => {
      const text = clean(String(value))
      if (String(value).trim() === '') return null
      const fits =
        text.length <= Number(maxLength ?? 500) &&
        text.isWellFormed() &&
        !control.test(text) &&
        (!pattern || new RegExp(`^(?:${pattern})$`, 'u').test(text))
      return fits ? (text === '' ? null : { text }) : 'refused'
    },
    kept: (value) => clean(String(value)),
    filters: 'text',
    sorts: true,
  },
  integer: {
    kind: 'INTEGER',
    member: 'integer',
    values: fc.oneof(fc.constantFrom(0, 1, -1, 9, 10, 2 ** 53 - 1, -(2 ** 53) + 1), fc.maxSafeInteger()),
    expected: (value, more) =>
      inRange(scaled(String(value)), more) ? { integer: value === 0 ? 0 : value } : 'refused',
    kept: (value) => String(value),
    filters: 'number',
    sorts: true,
  },
  decimal: {
    kind: 'DECIMAL',
    member: 'decimal',
    values: decimals,
    expected: (value, more) =>
      inRange(scaled(String(value)), more) ? { decimal: canonical(String(value)) } : 'refused',
    kept: (value) => String(value),
    filters: 'number',
    sorts: true,
  },
  money: {
    kind: 'MONEY',
    member: 'money',
    values: fc.record({ amount: decimals, currency: fc.constantFrom('EUR', 'USD', 'JPY') }),
    expected: (value, more) => {
      const { amount, currency } = Object(value)
      return inRange(scaled(amount), more) ? { amount: canonical(amount), currency } : 'refused'
    },
    kept: (value) => value,
    filters: 'money',
    sorts: true,
  },
  boolean: {
    kind: 'BOOLEAN',
    member: 'boolean',
    values: fc.boolean(),
    expected: (value) => ({ boolean: value }),
    kept: (value) => value,
    filters: 'boolean',
    sorts: true,
  },
  date: {
    kind: 'DATE',
    member: 'date',
    values: days,
    expected: (value, { min, max }) =>
      (min !== undefined && String(value) < String(min)) || (max !== undefined && String(value) > String(max))
        ? 'refused'
        : { date: value },
    kept: (value) => value,
    filters: 'date',
    sorts: true,
  },
  dateTime: {
    kind: 'DATE_TIME',
    member: 'dateTime',
    values: moments,
    expected: (value) => ({ dateTime: value }),
    kept: (value) => value,
    filters: 'dateTime',
    sorts: true,
  },
  choice: {
    kind: 'CHOICE',
    member: 'text',
    more: { options },
    values: fc.constantFrom('a', 'b', 'c'),
    expected: (value) =>
      String(value).trim() === ''
        ? null
        : options.some((option) => option.value === value)
          ? { choice: value, choiceLabel: value }
          : 'refused',
    kept: (value) => value,
    filters: 'text',
    sorts: true,
  },
  choices: {
    kind: 'CHOICES',
    member: 'choices',
    more: { options },
    values: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
    expected: (value) => {
      const chosen = [value].flat().map(String)
      if (chosen.some((one) => !options.some((option) => option.value === one))) return 'refused'
      return chosen.length === 0
        ? null
        : { choices: options.map((option) => option.value).filter((one) => chosen.includes(one)) }
    },
    kept: (value) => value,
    filters: 'choices',
    sorts: false,
  },
  country: {
    kind: 'COUNTRY',
    member: 'text',
    values: fc.constantFrom('DE', 'AT', 'IS'),
    expected: (value) =>
      String(value).trim() === '' ? null : ['DE', 'AT', 'IS'].includes(String(value)) ? { country: value } : 'refused',
    kept: (value) => value,
    filters: 'text',
    sorts: true,
  },
}

/** Any definition, with values that are likely to fit, and some that aren't. */
export const definitions = fc.constantFrom(...Object.values(kinds)).chain((model) =>
  fc.record({
    model: fc.constant(model),
    more: restrictions(model).map((some) => ({ ...model.more, ...some })),
    sensitive: fc.boolean(),
    values: fc.array(model.values, { minLength: 1, maxLength: 3 }),
    strange: strangeValues(model),
  }),
)

function restrictions({ kind }: KindModel): fc.Arbitrary<More> {
  const range = (limits: readonly string[]) =>
    fc.record(
      { min: fc.constantFrom(limits[0], limits[1]), max: fc.constantFrom(limits[2], limits[3]) },
      { requiredKeys: [] },
    )
  if (kind === 'TEXT') {
    const pattern = fc.constantFrom('[a-z]+', '.*', '(a|ä|Änne)?', '[^x]{1,5}')
    return fc.record({ maxLength: fc.integer({ min: 1, max: 500 }), pattern }, { requiredKeys: [] })
  }
  if (['INTEGER', 'DECIMAL', 'MONEY'].includes(kind)) return range(['-100', '0', '10', '1000000'])
  if (kind === 'DATE') return range(['1000-01-01', '1900-01-01', '2000-01-01', '2030-01-01'])
  return fc.constant({})
}

function strangeValues({ member, kind }: KindModel): fc.Arbitrary<Value[]> {
  if (member === 'text') {
    const strange =
      kind === 'TEXT' ? ['', '  ', 'a\u0000b', 'a\tb', 'x'.repeat(501), 'A\u030a'] : ['', 'nowhere', 'd', 'A ']
    return fc.subarray(strange, { minLength: 1, maxLength: 2 })
  }
  return member === 'choices' ? fc.constantFrom([[]], [['a', 'd']], [['c', 'a', 'a']]) : fc.constant([])
}

/** Any condition on the values of a kind. */
export function filtersOf({ filters, values }: KindModel): fc.Arbitrary<Is> {
  const some = <T>(shape: Record<string, fc.Arbitrary<T>>) =>
    fc
      .subarray(Object.keys(shape), { maxLength: 2 })
      .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, shape[key] ?? fc.constant(null)]))))
  const isEmpty = fc.boolean()
  const given: Record<string, fc.Arbitrary<Record<string, unknown> | boolean>> = {
    text: some<unknown>({
      equals: texts,
      in: fc.array(texts, { maxLength: 3 }),
      contains: texts,
      startsWith: texts,
      isEmpty,
    }),
    number: some<unknown>({ equals: decimals, from: decimals, until: decimals, isEmpty }),
    money: some<unknown>({ currency: fc.constantFrom('EUR', 'usd', 'GBP'), from: decimals, until: decimals, isEmpty }),
    boolean: fc.boolean(),
    date: some<unknown>({ equals: days, from: days, until: days, isEmpty }),
    dateTime: some<unknown>({ from: moments, until: moments, isEmpty }),
    choices: some<unknown>({ hasAll: values as fc.Arbitrary<unknown>, hasAny: fc.subarray(['a', 'b', 'z']), isEmpty }),
  }
  return fc.oneof(
    { weight: 5, arbitrary: (given[filters ?? ''] ?? fc.constant({})).map((is): Is => ({ [filters ?? '']: is })) },
    { weight: 1, arbitrary: fc.boolean().map((empty): Is => ({ empty })) },
  )
}

const fold = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ß', 'ss').toLowerCase()

/** Whether a value, or none, fulfils a condition. */
export function fulfils({ filters }: KindModel, value: Value | null, is: Is): boolean {
  if ('empty' in is) return (value === null) === is['empty']
  const given = is[filters ?? '']
  if (filters === 'boolean') return value === given
  return Object.entries(Object(given)).every(([way, wanted]) => {
    if (way === 'isEmpty') return (value === null || value === '') === wanted
    if (filters === 'text') return textFulfils(String(value ?? ''), way, wanted)
    if (filters === 'choices') {
      const chosen = ([] as unknown[]).concat(value ?? [])
      const asked = ([] as unknown[]).concat(wanted)
      return way === 'hasAll' ? asked.every((one) => chosen.includes(one)) : asked.some((one) => chosen.includes(one))
    }
    if (value === null) return false
    if (way === 'currency') return Object(value).currency === String(wanted).toUpperCase()
    if (filters === 'number' || filters === 'money') {
      const [own, limit] = [scaled(filters === 'money' ? Object(value).amount : String(value)), scaled(String(wanted))]
      return way === 'equals' ? own === limit : way === 'from' ? own >= limit : own <= limit
    }
    const [own, limit] = [String(value), String(wanted)]
    if (way === 'equals') return own === limit
    if (way === 'from') return own >= limit
    return filters === 'date' ? own <= limit : own < limit
  })
}

function textFulfils(text: string, way: string, wanted: unknown): boolean {
  if (way === 'equals') return text === wanted
  if (way === 'in') return ([] as unknown[]).concat(wanted).includes(text)
  return way === 'contains' ? fold(text).includes(fold(String(wanted))) : fold(text).startsWith(fold(String(wanted)))
}

const collator = new Intl.Collator('und')

/** Negative or zero if the one may stand before the other. Empty text comes first, all else that is unknown last. */
export function compareValues(
  { filters }: KindModel,
  one: Value | null,
  other: Value | null,
  descending: boolean,
): number {
  const turned = descending ? -1 : 1
  if (filters === 'text') return turned * collator.compare(String(one ?? ''), String(other ?? ''))
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1
  if (filters === 'boolean') return turned * (Number(one) - Number(other))
  if (filters === 'number') return turned * Number(scaled(String(one)) - scaled(String(other)))
  if (filters === 'money') {
    const [a, b] = [Object(one), Object(other)]
    if (a.currency !== b.currency) return turned * (a.currency < b.currency ? -1 : 1)
    return turned * Number(scaled(a.amount) - scaled(b.amount))
  }
  return turned * (String(one) < String(other) ? -1 : String(one) > String(other) ? 1 : 0)
}
