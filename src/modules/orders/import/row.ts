import { z } from 'zod'
import type { Fault } from '../../../graphql/errors.ts'

const text = z.string()
const decimal = z.union([z.string(), z.number().transform(String)])
const address = z.strictObject({
  name: text.nullish(),
  organisation: text.nullish(),
  street: text.nullish(),
  postalCode: text.nullish(),
  city: text.nullish(),
  region: text.nullish(),
  country: text.nullish(),
})

/** An order as a file has it: one line of JSON, or rows of a table with the same number. */
export const orderRow = z.strictObject({
  contact: z.strictObject({ id: text.optional(), email: text.optional(), externalId: text.optional() }),
  number: text,
  placedAt: z.iso.datetime({ offset: true }).or(z.iso.date()).pipe(z.coerce.date()),
  status: text.toLowerCase().nullish(),
  currency: text,
  pricesIncludeTax: z.boolean().nullish(),
  lines: z.array(
    z.strictObject({
      articleNumber: text.nullish(),
      description: text,
      quantity: decimal,
      unitPrice: decimal,
      taxRate: decimal.nullish(),
    }),
  ),
  netTotal: decimal.nullish(),
  taxTotal: decimal.nullish(),
  total: decimal.nullish(),
  billingAddress: address.nullish(),
  shippingAddress: address.nullish(),
  notes: text.nullish(),
})

export type OrderRow = z.infer<typeof orderRow>

/** What was read: an order, or what is wrong with it. `place`: for people, `line 12`. `original`: as it stood there. */
export type ReadRow = { place: string; original: readonly string[] } & (
  | { order: OrderRow }
  | { faults: readonly Fault[] }
)

/** Checks the shape of what stood in a file. */
export function readRow(place: string, original: readonly string[], value: unknown): ReadRow {
  const { data, error } = orderRow.safeParse(value)
  if (data) return { place, original, order: data }
  return {
    place,
    original,
    faults: error.issues.map(({ path, message }) => ({ field: path.join('.') || 'row', message })),
  }
}
