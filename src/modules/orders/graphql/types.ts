import type { Builder } from '../../../graphql/builder.ts'
import { findContact } from '../../contacts/sight.ts'
import { addressIn } from '../address.ts'
import { decimalText } from '../amounts.ts'
import { isOrderStatus, type OrderAddress } from '../draft.ts'
import { linesOf } from '../loaders.ts'
import { orderRetention } from '../retention.ts'
import { receivedOfOrders } from '../told.ts'

/** The GraphQL types of this module. */
export type OrderTypes = ReturnType<typeof addOrderTypes>

/** Adds them. */
export function addOrderTypes(builder: Builder) {
  const status = builder.enumType('OrderStatus', {
    description: 'How far an order is.',
    values: {
      PLACED: { value: 'placed', description: 'It came in.' },
      CONFIRMED: { value: 'confirmed', description: 'It was accepted: there is a contract.' },
      FULFILLED: { value: 'fulfilled', description: 'It was delivered.' },
      CANCELLED: { value: 'cancelled', description: 'Nothing comes of it.' },
    } as const,
  })
  const address = addAddress(builder)
  const line = addLine(builder)
  const amount = { type: 'Decimal', auth: { read: 'orders.amounts' }, nullable: true } as const
  const addressField = { type: address, auth: { read: 'orders.addresses' }, nullable: true } as const
  const order = builder.prismaObject('Order', {
    description: 'Something that a contact ordered, as it was agreed.',
    auth: { read: 'orders.orders' },
    about: ({ contactId }) => contactId,
    received: receivedOfOrders,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Mutations want the contact’s id beside it.' }),
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'Whose it is.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      source: t.exposeString('source', {
        nullable: false,
        description: 'Which shop or system gave the number; empty: this one.',
      }),
      number: t.exposeString('number', { nullable: false, description: 'Unique at its source.' }),
      placedAt: t.expose('placedAt', { type: 'DateTime', nullable: false, description: 'When it was placed.' }),
      status: t.field({
        type: status,
        nullable: false,
        description: 'How far it is.',
        resolve: ({ status: stored }) => {
          if (!isOrderStatus(stored)) throw new Error(`there is no status ${stored}`)
          return stored
        },
      }),
      lines: t.field({
        type: [line],
        nullable: true,
        auth: { read: 'orders.lines' },
        description: 'What was ordered, in order.',
        resolve: ({ contactId, id }, _args, context) => linesOf(context, { contactId, id }),
      }),
      currency: t.exposeString('currency', {
        auth: { read: 'orders.amounts' },
        nullable: true,
        description: 'ISO 4217: `EUR`.',
      }),
      pricesIncludeTax: t.exposeBoolean('pricesIncludeTax', {
        auth: { read: 'orders.amounts' },
        nullable: true,
        description: 'Whether the prices and amounts of the lines have the tax in them.',
      }),
      netTotal: t.field({
        ...amount,
        description: 'What the lines come to, without tax.',
        resolve: ({ netTotal }) => decimalText(netTotal),
      }),
      taxTotal: t.field({
        ...amount,
        description: 'The tax, rounded once a rate, or as it was stated.',
        resolve: ({ taxTotal }) => decimalText(taxTotal),
      }),
      total: t.field({
        ...amount,
        description: 'What is to be paid: net and tax.',
        resolve: ({ total }) => decimalText(total),
      }),
      billingAddress: t.field({
        ...addressField,
        description: 'As it was when the order was placed.',
        resolve: ({ billingAddress }) => addressIn(billingAddress),
      }),
      shippingAddress: t.field({
        ...addressField,
        description: 'Where it went to; null: to the billing address, or nowhere.',
        resolve: ({ shippingAddress }) => addressIn(shippingAddress),
      }),
      notes: t.string({
        auth: { read: 'orders.notes' },
        nullable: true,
        description: 'What staff noted on it.',
        resolve: ({ notes }) => notes || null,
      }),
      invoices: t.exposeStringList('invoiceIds', {
        nullable: false,
        description: 'The ids of the documents that invoice it, the oldest first.',
      }),
      invoicedAt: t.expose('invoicedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was last invoiced. From then on the order stays as it is.',
      }),
      retainedUntil: t.field({
        type: 'Date',
        nullable: false,
        description:
          'The last day on which the law wants it kept: six years from the end of the calendar year for the order, eight for an ' +
          'invoice (§ 257(4), (5) HGB, § 147(3), (4) AO).',
        resolve: (row) => orderRetention(row).until,
      }),
      retainedBy: t.string({
        nullable: false,
        description: 'The law that wants it kept so long.',
        resolve: (row) => orderRetention(row).law.citation,
      }),
      version: t.exposeInt('version', {
        nullable: false,
        description: 'Counts the changes. Mutations want the version that you read, so that no change is lost.',
      }),
    }),
  })
  return { order, status }
}

function addAddress(builder: Builder) {
  return builder.objectRef<OrderAddress>('OrderAddress').implement({
    description: 'An address as it was. Parts that weren’t given are null.',
    auth: { read: 'orders.addresses' },
    fields: (t) => {
      const part = (name: keyof OrderAddress, description: string) =>
        t.string({ nullable: true, description, resolve: (row) => row[name] || null })
      return {
        name: part('name', 'The person.'),
        organisation: part('organisation', 'The organisation.'),
        street: part('street', 'Street and number.'),
        postalCode: part('postalCode', 'Postal code.'),
        city: part('city', 'Town.'),
        region: part('region', 'State or region.'),
        country: part('country', 'ISO 3166-1 alpha-2, or the country’s name.'),
      }
    },
  })
}

function addLine(builder: Builder) {
  const amount = { type: 'Decimal', auth: { read: 'orders.amounts' }, nullable: true } as const
  return builder.prismaObject('OrderLine', {
    description: 'One article of an order.',
    auth: { read: 'orders.lines' },
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false }),
      position: t.exposeInt('position', { nullable: false, description: 'From 1.' }),
      articleNumber: t.string({
        nullable: true,
        description: 'Its number in the catalogue.',
        resolve: ({ articleNumber }) => articleNumber || null,
      }),
      description: t.exposeString('description', { nullable: false, description: 'What was ordered.' }),
      quantity: t.field({
        type: 'Decimal',
        nullable: false,
        description: 'How many, or how much.',
        resolve: ({ quantity }) => decimalText(quantity),
      }),
      unitPrice: t.field({
        ...amount,
        description: 'The price of one.',
        resolve: ({ unitPrice }) => decimalText(unitPrice),
      }),
      taxRate: t.field({ ...amount, description: 'Per cent.', resolve: ({ taxRate }) => decimalText(taxRate) }),
      amount: t.field({
        ...amount,
        description: 'Quantity times unit price, rounded to what the currency knows.',
        resolve: (row) => decimalText(row.amount),
      }),
    }),
  })
}
