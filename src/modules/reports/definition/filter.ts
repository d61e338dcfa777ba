import { z } from 'zod'
import type { Rights } from '../../../graphql/auth/rights.ts'
import type { DeniedInput } from '../../../graphql/errors.ts'
import { contactFieldList } from '../../contacts/fields.ts'
import type { ContactFilter } from '../../contacts/list/filter-inputs.ts'
import { pointKindList } from '../../contacts/points.ts'

// A filter that was saved comes as JSON, past GraphQL: here it is checked once more, and by the rights of whoever reads.

const longest = 1000
const text = z.string().max(longest)
const texts = z.array(text).max(500)
const moment = z.iso
  .datetime()
  .transform((value) => new Date(value))
  .or(z.date())
const optional = <T extends z.ZodType>(type: T) => type.nullable().optional()

const conditions = {
  text: z.strictObject({
    equals: optional(text),
    in: optional(texts),
    contains: optional(text),
    startsWith: optional(text),
    isEmpty: optional(z.boolean()),
  }),
  date: z.strictObject({
    equals: optional(moment),
    from: optional(moment),
    until: optional(moment),
    isEmpty: optional(z.boolean()),
  }),
  tags: z.strictObject({ hasAll: optional(texts), hasAny: optional(texts), isEmpty: optional(z.boolean()) }),
  number: z.strictObject({
    equals: optional(text),
    from: optional(text),
    until: optional(text),
    isEmpty: optional(z.boolean()),
  }),
  money: z.strictObject({
    currency: optional(text),
    from: optional(text),
    until: optional(text),
    isEmpty: optional(z.boolean()),
  }),
}

const custom = z.strictObject({
  key: z.string().max(100),
  is: optional(
    z.strictObject({
      text: optional(conditions.text),
      number: optional(conditions.number),
      money: optional(conditions.money),
      boolean: optional(z.boolean()),
      date: optional(conditions.date),
      dateTime: optional(conditions.date),
      choices: optional(conditions.tags),
      empty: optional(z.boolean()),
    }),
  ),
})

const conditionOf = { text: conditions.text, date: conditions.date, timestamp: conditions.date, tags: conditions.tags }

const fieldConditions = Object.fromEntries(
  contactFieldList.map(({ name, type }) => [name, optional(conditionOf[type])]),
)

const pointConditions = Object.fromEntries(
  pointKindList.map(({ field, attributes }) => [
    field,
    optional(
      z.strictObject({
        ...Object.fromEntries(['label', ...Object.keys(attributes)].map((name) => [name, optional(conditions.text)])),
        primary: optional(z.boolean()),
        verified: optional(z.boolean()),
      }),
    ),
  ]),
)

/** A filter as JSON. How deep and how large it may be, says who makes SQL of it. */
export const filterShape: z.ZodType<ContactFilter> = z.lazy(() =>
  z.strictObject({
    and: optional(z.array(filterShape).max(100)),
    or: optional(z.array(filterShape).max(100)),
    not: optional(filterShape),
    withoutBasis: optional(z.boolean()),
    customFields: optional(z.array(custom).max(100)),
    ...fieldConditions,
    ...pointConditions,
  }),
) as z.ZodType<ContactFilter> // Its members are those of the tables that ContactFilter is made of, too.

const rightOf: Readonly<Record<string, string>> = {
  withoutBasis: 'lawfulness.basis',
  ...Object.fromEntries(contactFieldList.map(({ name, right }) => [name, right])),
  ...Object.fromEntries(pointKindList.map(({ field, right }) => [field, right])),
}

/** What of a filter somebody may not filter by, of built-in fields; of custom ones, those say who make SQL of them. */
export function deniedIn(filter: ContactFilter, rights: Rights, path = 'filter'): DeniedInput[] {
  return Object.entries(filter).flatMap(([name, value]): DeniedInput[] => {
    const right = rightOf[name]
    if (value === undefined) return []
    if (right) return rights.canRead(right) ? [] : [{ path: `${path}.${name}`, access: 'read', right }]
    const parts =
      name === 'and' || name === 'or' ? (filter[name] ?? []) : name === 'not' && filter.not ? [filter.not] : []
    return parts.flatMap((part, index) =>
      deniedIn(part, rights, name === 'not' ? `${path}.not` : `${path}.${name}.${index}`),
    )
  })
}
