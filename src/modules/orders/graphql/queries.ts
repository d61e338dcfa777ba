import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { addSortDirection } from '../../fields/inputs.ts'
import { listOrders, type OrderOrder } from '../list.ts'
import { ordersOf } from '../loaders.ts'
import type { OrderTypes } from './types.ts'

/** `orders` and `Contact.orders`. */
export function addOrderQueries(builder: Builder, types: OrderTypes): void {
  const auth = { read: 'orders.orders' }
  const filter = addFilter(builder, types)
  const direction = addSortDirection(builder)
  const orderBy = builder.inputType('OrderOrder', {
    description: 'What orders are sorted by: one of these.',
    auth,
    isOneOf: true,
    fields: (t) => ({
      placedAt: t.field({ type: direction }),
      total: t.field({
        type: direction,
        auth: { read: 'orders.amounts' },
        description: 'As a number, whatever the currency.',
      }),
    }),
  })
  const edge = builder.edgeObject({ type: types.order, name: 'OrderEdge' })
  const connection = builder.connectionObject({ type: types.order, name: 'OrderConnection' }, edge)

  builder.queryField('orders', (t) =>
    t.connection(
      {
        type: types.order,
        nullable: true,
        auth,
        description: 'Orders, the newest first unless said otherwise; only of contacts that you see.',
        args: { filter: t.arg({ type: filter }), orderBy: t.arg({ type: orderBy }) },
        resolve: (_root, { filter: given, orderBy: order, ...page }, context) => {
          const { contact, ...conditions } = given ?? {}
          const contactId = contact ? uuidOf('Contact', contact) : undefined
          return listOrders(context, { ...conditions, contactId }, chosen(order), page)
        },
      },
      connection,
      edge,
    ),
  )
  builder.prismaObjectField('Contact', 'orders', (t) =>
    t.connection(
      {
        type: types.order,
        nullable: true,
        auth,
        description:
          'What the contact ordered, the newest first; with the orders of contacts that were merged into this one.',
        resolve: ({ id }, page, context) => ordersOf(context, id, page),
      },
      connection,
      edge,
    ),
  )
}

type Chosen = { placedAt?: 'ASC' | 'DESC' | null | undefined; total?: 'ASC' | 'DESC' | null | undefined }

function chosen(order: Chosen | null | undefined): OrderOrder {
  if (order?.total) return { by: 'total', descending: order.total === 'DESC' }
  return { by: 'placedAt', descending: order?.placedAt !== 'ASC' }
}

const addFilter = (builder: Builder, { status }: OrderTypes) =>
  builder.inputType('OrderFilter', {
    description: 'Which orders. All parts have to hold.',
    auth: { read: 'orders.orders' },
    fields: (t) => ({
      contact: t.id({ auth: { read: 'contacts.contact' }, description: 'Of this contact alone.' }),
      number: t.string({ description: 'Exactly this number.' }),
      source: t.string({ description: 'Of this shop or system.' }),
      status: t.field({ type: [status], description: 'One of these.' }),
      placedFrom: t.field({ type: 'DateTime', description: 'Placed at this moment or later.' }),
      placedUntil: t.field({ type: 'DateTime', description: 'Placed before this moment.' }),
      invoiced: t.boolean({ description: 'Whether there is an invoice.' }),
      articleNumber: t.string({ auth: { read: 'orders.lines' }, description: 'With this article.' }),
      currency: t.string({ auth: { read: 'orders.amounts' }, description: 'ISO 4217.' }),
      totalFrom: t.field({ type: 'Decimal', auth: { read: 'orders.amounts' }, description: 'This or more.' }),
      totalUntil: t.field({ type: 'Decimal', auth: { read: 'orders.amounts' }, description: 'This or less.' }),
    }),
  })
