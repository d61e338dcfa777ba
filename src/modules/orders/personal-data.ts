import type { Order, OrderLine } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import { asRecord, type Disclosed, rowsOf } from '../disclosed.ts'
import type { PersonalData } from '../module.ts'
import { decimalText } from './amounts.ts'
import { orderOperations, orderTexts } from './disclosure-texts.ts'
import { isRetained, orderRetention } from './retention.ts'

/** What this module holds about a contact, and how it is disclosed and erased. */
export const orderData: PersonalData = {
  categories: ['orders'],
  models: ['Order', 'OrderLine', 'OrderKey'],
  texts: orderTexts,
  operations: orderOperations,
  async *disclose(held) {
    const include = { lines: { orderBy: { position: 'asc' as const } } }
    for await (const order of rowsOf(held, (page) => held.tx.order.findMany({ ...page, include }))) {
      yield disclosed(order)
    }
  },
  async erase(tx, contactId, { keep }) {
    const reason = keep['Order']
    const kept = reason === undefined ? [] : await stillKept(tx, contactId)
    const gone = { contactId, NOT: { orderId: { in: kept } } }
    const [lines, keys, orders] = [
      await tx.orderLine.deleteMany({ where: gone }),
      await tx.orderKey.deleteMany({ where: gone }),
      await tx.order.deleteMany({ where: { contactId, NOT: { id: { in: kept } } } }),
    ]
    const erased = { Order: orders.count, OrderLine: lines.count, OrderKey: keys.count }
    if (reason === undefined || kept.length === 0) return { erased, kept: {} }
    const rows = { contactId, orderId: { in: kept } }
    return {
      erased,
      kept: {
        Order: { rows: kept.length, reason },
        OrderLine: { rows: await tx.orderLine.count({ where: rows }), reason },
        OrderKey: { rows: await tx.orderKey.count({ where: rows }), reason },
      },
    }
  },
}

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

function disclosed({ lines, ...order }: Order & { lines: OrderLine[] }): Disclosed {
  const { until, law } = orderRetention(order)
  const { source, number, placedAt, status, currency, pricesIncludeTax, billingAddress, shippingAddress } = order
  const record = asRecord({
    ...{ source, number, placedAt, status, currency, pricesIncludeTax },
    netTotal: decimalText(order.netTotal),
    taxTotal: decimalText(order.taxTotal),
    total: decimalText(order.total),
    ...{
      billingAddress,
      shippingAddress,
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

/** The orders whose time isn't over: nothing lets a longer one be kept. */
async function stillKept(tx: Transaction, contactId: string): Promise<string[]> {
  const select = { id: true, placedAt: true, invoicedAt: true }
  const orders = await tx.order.findMany({ where: { contactId }, select })
  return orders.filter(isRetained).map(({ id }) => id)
}
