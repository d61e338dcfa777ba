import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import { CountryCodeResolver, DateResolver, DateTimeISOResolver, JSONResolver, SafeIntResolver } from 'graphql-scalars'
import type { Json } from '../database/json.ts'
import { canonicalDecimal, howDecimalsAre } from '../modules/fields/numbers.ts'
import type { Builder } from './builder.ts'

/** The scalars beside GraphQL's own, with the types that resolvers see. */
export type Scalars = {
  ID: { Input: string; Output: string }
  Date: { Input: Date; Output: Date }
  DateTime: { Input: Date; Output: Date }
  CountryCode: { Input: string; Output: string }
  JSON: { Input: Json; Output: Json }
  SafeInt: { Input: number; Output: number }
  Decimal: { Input: string; Output: string }
}

export function addScalars(builder: Builder): void {
  builder.addScalarType('Date', DateResolver)
  builder.addScalarType('DateTime', DateTimeISOResolver)
  builder.addScalarType('CountryCode', CountryCodeResolver)
  builder.addScalarType('JSON', JSONResolver)
  builder.addScalarType('SafeInt', SafeIntResolver)
  builder.addScalarType('Decimal', decimal)
}

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
