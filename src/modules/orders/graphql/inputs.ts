import type { Builder, InputFields } from '../../../graphql/builder.ts'
import type { OrderTypes } from './types.ts'

/** The input types of orders: each field under the right to write what it sets. */
export function addOrderInputs(builder: Builder, { status }: OrderTypes) {
  const address = builder.inputType('OrderAddressInput', {
    description: 'An address as it was when the order was placed.',
    auth: { write: 'orders.addresses' },
    fields: (t) => ({
      name: t.string(),
      organisation: t.string(),
      street: t.string(),
      postalCode: t.string(),
      city: t.string(),
      region: t.string(),
      country: t.string({ description: 'ISO 3166-1 alpha-2, or the country’s name.' }),
    }),
  })
  const line = builder.inputType('OrderLineInput', {
    description: 'One article of an order.',
    auth: { write: 'orders.lines' },
    fields: (t) => ({
      articleNumber: t.string(),
      description: t.string({ required: true, description: 'What was ordered.' }),
      quantity: t.field({ type: 'Decimal', required: true, description: 'At most 4 digits after the point.' }),
      unitPrice: t.field({
        type: 'Decimal',
        required: true,
        auth: { write: 'orders.amounts' },
        description: 'At most 6 digits after the point.',
      }),
      taxRate: t.field({
        type: 'Decimal',
        auth: { write: 'orders.amounts' },
        description: 'Per cent: `19`. Without: no tax.',
      }),
    }),
  })
  const amounts = { write: 'orders.amounts' }
  const common = (t: InputFields) => ({
    pricesIncludeTax: t.boolean({
      auth: amounts,
      description: 'Whether the prices have the tax in them. Default: they don’t.',
    }),
    netTotal: t.field({ type: 'Decimal', auth: amounts, description: 'As it was stated: checked against the lines.' }),
    taxTotal: t.field({
      type: 'Decimal',
      auth: amounts,
      description:
        'As it was stated: it may differ by the smallest unit of the currency a line. Else it is worked out.',
    }),
    total: t.field({ type: 'Decimal', auth: amounts, description: 'As it was stated: checked against the lines.' }),
    billingAddress: t.field({ type: address, auth: { write: 'orders.addresses' } }),
    shippingAddress: t.field({ type: address, auth: { write: 'orders.addresses' } }),
    notes: t.string({ auth: { write: 'orders.notes' } }),
  })
  const create = builder.inputType('CreateOrderInput', {
    description: 'A new order.',
    auth: { write: 'orders.orders' },
    fields: (t) => ({
      contactId: t.id({ required: true, description: 'Whose it is.' }),
      source: t.string({ description: 'Which shop or system gave the number.' }),
      number: t.string({ required: true, description: 'Unique at its source.' }),
      placedAt: t.field({ type: 'DateTime', description: 'Now, unless said otherwise.' }),
      status: t.field({ type: status, description: '`PLACED`, unless said otherwise.' }),
      currency: t.string({ required: true, auth: amounts, description: 'ISO 4217: `EUR`.' }),
      lines: t.field({ type: [line], required: true, auth: { write: 'orders.lines' }, description: 'At most 500.' }),
      ...common(t),
    }),
  })
  const which = (t: InputFields) => ({
    contactId: t.id({ required: true, description: 'Whose order it is.' }),
    id: t.id({ required: true, description: 'The order.' }),
    version: t.int({
      required: true,
      description: 'The version that you read. If somebody changed it since: `CONFLICT`.',
    }),
  })
  const update = builder.inputType('UpdateOrderInput', {
    description: 'What to change. Fields that are left out stay as they are; `null` empties.',
    auth: { write: 'orders.orders' },
    fields: (t) => ({
      ...which(t),
      source: t.string(),
      number: t.string(),
      placedAt: t.field({ type: 'DateTime' }),
      currency: t.string({ auth: amounts }),
      lines: t.field({ type: [line], auth: { write: 'orders.lines' }, description: 'All of them, not only new ones.' }),
      ...common(t),
    }),
  })
  const version = builder.inputType('OrderVersionInput', {
    description: 'Which order, as you read it.',
    auth: { write: 'orders.orders' },
    fields: which,
  })
  return { create, update, version }
}
