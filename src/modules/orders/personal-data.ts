import type { Order, OrderLine } from '#prisma/client.ts'
import { asRecord, type Disclosed, type Held, rowsOf } from '../disclosed.ts'
import { filesUnlessKept } from '../documents/retained.ts'
import { concerns, nothingErased, type PersonalData } from '../module.ts'
import { decimalText } from './amounts.ts'
import { orderOperations, orderTexts } from './disclosure-texts.ts'
import { addressParts } from './draft.ts'
import { isRetained, orderRetention } from './retention.ts'

/** What this module holds about a contact, and how it is disclosed and erased. */
export const orderData: PersonalData = {
  categories: ['orders'],
  models: ['Order', 'OrderLine', 'OrderKey'],
  logged: { Order: 'orders', OrderLine: 'orders' },
  texts: orderTexts,
  operations: orderOperations,
  async *disclose(held) {
    for await (const order of ordersOf(held)) yield disclosed(order)
  },
  async *retained(held, at) {
    for await (const order of ordersOf(held)) {
      const { until: lastDay, law } = orderRetention(order)
      if (!isRetained(order, at)) continue
      const until = new Date(lastDay.getTime() + day)
      const files = await filesUnlessKept(held, order.invoiceIds, until)
      const retention = { until, citation: law.citation, key: law.kind }
      yield { ...disclosed(order), ...(files.length > 0 && { files }), model: 'Order', id: order.id, retention }
    }
  },
  async erase(tx, contactIds, decision) {
    if (!concerns(decision, 'orders')) return nothingErased
    const where = { contactId: { in: [...contactIds] } }
    const [lines, keys, orders] = [
      await tx.orderLine.deleteMany({ where }),
      await tx.orderKey.deleteMany({ where }),
      await tx.order.deleteMany({ where }),
    ]
    return { ...nothingErased, erased: { Order: orders.count, OrderLine: lines.count, OrderKey: keys.count } }
  },
}

const day = 24 * 3_600_000

const ordersOf = (held: Held) =>
  rowsOf(held, (page) =>
    held.tx.order.findMany({ ...page, include: { lines: { orderBy: { position: 'asc' as const } } } }),
  )

/** What the contact gave: what they ordered, where to, and what came of it. Notes, invoices and how long it is kept are ours. */
const given = [
  'source',
  'number',
  'placedAt',
  'status',
  'currency',
  'pricesIncludeTax',
  'lines',
  'billingAddress',
  'shippingAddress',
]

/** An address as it is written: PostgreSQL keeps no order. */
const inOrder = (address: unknown): unknown =>
  typeof address === 'object' && address !== null
    ? Object.fromEntries(Object.entries(address).sort(([one], [other]) => placeOf(one) - placeOf(other)))
    : address

const placeOf = (part: string) => [...addressParts, part].indexOf(part)

function disclosed({ lines, ...order }: Order & { lines: OrderLine[] }): Disclosed {
  const { until, law } = orderRetention(order)
  const { source, number, placedAt, status, currency, pricesIncludeTax, billingAddress, shippingAddress } = order
  const record = asRecord({
    ...{ source, number, placedAt, status, currency, pricesIncludeTax },
    netTotal: decimalText(order.netTotal),
    taxTotal: decimalText(order.taxTotal),
    total: decimalText(order.total),
    ...{
      billingAddress: inOrder(billingAddress),
      shippingAddress: inOrder(shippingAddress),
      notes: order.notes,
      invoices: order.invoiceIds,
      invoicedAt: order.invoicedAt,
    },
    retainedUntil: until.toISOString().slice(0, 10),
    retainedBy: law.citation,
    lines: lines.map(({ articleNumber, description, quantity, unitPrice, taxRate, amount }) => ({
      ...{ articleNumber, description },
      quantity: decimalText(quantity),
      unitPrice: decimalText(unitPrice),
      taxRate: decimalText(taxRate),
      amount: decimalText(amount),
    })),
  })
  return { kind: 'order', category: 'orders', record, portable: given }
}
