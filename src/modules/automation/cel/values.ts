import type { Json, JsonObject } from '../../../database/json.ts'
import { canonicalDecimal } from '../../fields/numbers.ts'
import type { ValueType } from '../contract.ts'
import { ExpressionFault } from './cost.ts'

/** The name of a type in CEL. */
export const celType: Readonly<Record<ValueType, string>> = {
  string: 'string',
  date: 'string',
  bool: 'bool',
  int: 'int',
  double: 'double',
  timestamp: 'google.protobuf.Timestamp',
  'list<string>': 'list<string>',
  any: 'dyn',
}

/** Values as CEL wants them; what doesn't fit its type is left out, as if it weren't there. */
export function toCel(values: JsonObject, types: Readonly<Record<string, ValueType>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(types).flatMap(([name, type]) => {
      const value = typed(values[name], type)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function typed(value: Json | undefined, type: ValueType): unknown {
  switch (type) {
    // What is empty is not logged, so that absent and empty are the same.
    case 'string':
    case 'date':
      return typeof value === 'string' ? value : value === undefined || value === null ? '' : undefined
    case 'list<string>':
      return Array.isArray(value) ? value.map(String) : value === undefined || value === null ? [] : undefined
    case 'bool':
      return typeof value === 'boolean' ? value : undefined
    case 'int':
      return Number.isSafeInteger(value) ? BigInt(Number(value)) : undefined
    case 'double':
      return typeof value === 'number' || isDecimal(value) ? Number(value) : undefined
    case 'timestamp': {
      const date = typeof value === 'string' ? new Date(value) : undefined
      return date && !Number.isNaN(date.getTime()) ? date : undefined
    }
    case 'any':
      return value
  }
}

/** Exact decimals are logged as text; conditions compare them as numbers. */
const isDecimal = (value: Json | undefined) => typeof value === 'string' && canonicalDecimal(value) !== undefined

/** What an expression came to, as JSON. Times are ISO 8601. Throws for what JSON can't carry. */
export function fromCel(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value)
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(fromCel)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [String(key), fromCel(one)]))
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fromCel(one)]))
  }
  throw new ExpressionFault('It comes to something that is no text, number, time or list.', 0)
}
