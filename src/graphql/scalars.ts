import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import { CountryCodeResolver, DateResolver, DateTimeISOResolver, JSONResolver, SafeIntResolver } from 'graphql-scalars'
import type { Json } from '../database/json.ts'
import { canonicalDecimal, howDecimalsAre } from '../modules/fields/numbers.ts'
import type { Builder } from './builder.ts'

/** A moment that is given out; as text, it is as PostgreSQL writes it in JSON, in any time zone. */
export type Moment = Date | string

/** The scalars beside GraphQL's own, with the types that resolvers see. */
export type Scalars = {
  ID: { Input: string; Output: string }
  Date: { Input: Date; Output: Date | string }
  DateTime: { Input: Date; Output: Moment }
  CountryCode: { Input: string; Output: string }
  JSON: { Input: Json; Output: Json }
  SafeInt: { Input: number; Output: number }
  Decimal: { Input: string; Output: string }
}

export function addScalars(builder: Builder): void {
  builder.addScalarType('Date', serializing(DateResolver, dayText))
  builder.addScalarType('DateTime', serializing(DateTimeISOResolver, momentText))
  builder.addScalarType('CountryCode', CountryCodeResolver)
  builder.addScalarType('JSON', JSONResolver)
  builder.addScalarType('SafeInt', SafeIntResolver)
  builder.addScalarType('Decimal', decimal)
}

/** The library's scalar, but for what is given out most: of that, it looks at the text several times over. */
function serializing<Input, Output>(
  scalar: GraphQLScalarType<Input, Output>,
  textOf: (value: unknown) => string | undefined,
) {
  const serialize = (value: unknown) => textOf(value) ?? scalar.serialize(value)
  return new GraphQLScalarType<Input, string | Output>({ ...scalar.toConfig(), serialize })
}

const isoText = (value: unknown) =>
  value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined

function dayText(value: unknown): string | undefined {
  const text = isoText(value)
  return text?.slice(0, text.indexOf('T'))
}

const momentText = (value: unknown): string | undefined =>
  typeof value === 'string' && inUtc.test(value) ? `${value.slice(0, 19)}.000Z` : isoText(value)

// As PostgreSQL writes whole seconds, which most are.
const inUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/

const decimalText = (value: unknown): string => {
  const found = typeof value === 'string' || typeof value === 'number' ? canonicalDecimal(String(value)) : undefined
  if (found === undefined) throw new GraphQLError(howDecimalsAre)
  return found
}

/** As text, since JavaScript's numbers, and those of many clients, don't keep every digit. */
const decimal = new GraphQLScalarType<string, string>({
  name: 'Decimal',
  description:
    'A decimal number to the digit, as text: `"12.5"`. At most 20 digits before the point and 10 after it; numbers are taken, too.',
  serialize: decimalText,
  parseValue: decimalText,
  parseLiteral: (node) => decimalText('value' in node && node.kind !== Kind.BOOLEAN ? node.value : undefined),
})
