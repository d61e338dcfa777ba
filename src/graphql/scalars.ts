import { CountryCodeResolver, DateResolver, DateTimeISOResolver, JSONResolver, SafeIntResolver } from 'graphql-scalars'
import type { Json } from '../database/json.ts'
import type { Builder } from './builder.ts'

/** The scalars beside GraphQL's own, with the types that resolvers see. */
export type Scalars = {
  ID: { Input: string; Output: string }
  Date: { Input: Date; Output: Date }
  DateTime: { Input: Date; Output: Date }
  CountryCode: { Input: string; Output: string }
  JSON: { Input: Json; Output: Json }
  SafeInt: { Input: number; Output: number }
}

export function addScalars(builder: Builder): void {
  builder.addScalarType('Date', DateResolver)
  builder.addScalarType('DateTime', DateTimeISOResolver)
  builder.addScalarType('CountryCode', CountryCodeResolver)
  builder.addScalarType('JSON', JSONResolver)
  builder.addScalarType('SafeInt', SafeIntResolver)
}
