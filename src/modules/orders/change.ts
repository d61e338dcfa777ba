import type { Order, OrderLine } from '#prisma/client.ts'
import { Prisma } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { conflict, type Fault, invalidInput, notFound } from '../../graphql/errors.ts'
import { seenAmong } from '../contacts/sight.ts'
import { unlessTaken } from '../unless-taken.ts'
import { addressIn } from './address.ts'
import { decimalText } from './amounts.ts'
import { insertOrderLines } from './create.ts'
import { checkOrder, type OrderDraft, type OrderStatus } from './draft.ts'
import { knownOrders, numberTaken, orderKey } from './keys.ts'
import { isRetained, orderRetention } from './retention.ts'

/** Which order, and the version of it that the caller read. */
export type OrderVersion = { contactId: string; id: string; version: number }

/** What to change of an order: what is absent stays, `null` empties what may be empty. */
export type OrderChanges = { [K in Exclude<keyof OrderDraft, 'status'>]?: OrderDraft[K] | null | undefined }

type WithLines = Order & { lines: OrderLine[] }

/**
 * Changes an order, as long as it isn't invoiced; what is left out stays, `null` empties. Throws NOT_FOUND, CONFLICT, and
 * INVALID_INPUT with every fault.
 */
export function updateOrder(context: WorkContext, which: OrderVersion, changes: OrderChanges): Promise<Order> {
  return unlessTaken(numberTaken('number'), () =>
    transact(context, 'updateOrder', async (tx) => {
      const order = await readOrder(tx, context, which)
      if (order.invoicedAt) throw invalidInput([invoiced])
      const faults: Fault[] = []
      const { columns, lines } = checkOrder(changed(order, changes), faults)
      if (faults.length > 0) throw invalidInput(faults)
      const key = orderKey(columns)
      if (key !== orderKey(order)) {
        if ((await knownOrders(tx, [columns])).size > 0) throw invalidInput([numberTaken('number')])
        await tx.orderKey.deleteMany({ where: { contactId: order.contactId, orderId: order.id } })
        await tx.orderKey.create({ data: { key, contactId: order.contactId, orderId: order.id } })
      }
      if (changes.lines) {
        await tx.orderLine.deleteMany({ where: { contactId: order.contactId, orderId: order.id } })
        await insertOrderLines(tx, order, lines)
      }
      const none = Prisma.DbNull
      const { billingAddress = none, shippingAddress = none, ...rest } = columns
      return write(tx, order, { ...rest, billingAddress, shippingAddress })
    }),
  )
}

// Forward, and out at any time before it is over: what was fulfilled can't be cancelled, only credited.
const next: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  placed: ['confirmed', 'fulfilled', 'cancelled'],
  confirmed: ['fulfilled', 'cancelled'],
  fulfilled: [],
  cancelled: [],
}

/** Takes an order a step further. Throws NOT_FOUND, CONFLICT, and INVALID_INPUT for a step that leads nowhere. */
export function changeOrderStatus(context: WorkContext, which: OrderVersion, status: OrderStatus): Promise<Order> {
  return transact(context, 'changeOrderStatus', async (tx) => {
    const order = await readOrder(tx, context, which)
    const steps = Object.entries(next).find(([from]) => from === order.status)?.[1] ?? []
    if (order.status === status) return order
    if (steps.includes(status)) return write(tx, order, { status })
    const message = `An order that is ${order.status} can't become ${status}.`
    throw invalidInput([{ field: 'status', message, rule: 'step' }])
  })
}

/**
 * Takes an order away that was entered by mistake: one that is still placed, and isn't invoiced. Others the law wants kept (§ 257 HGB,
 * § 147 AO), also if they were cancelled since, until their time is over. Throws NOT_FOUND, CONFLICT and INVALID_INPUT.
 */
export function deleteOrder(context: WorkContext, which: OrderVersion): Promise<void> {
  return transact(context, 'deleteOrder', async (tx) => {
    const order = await readOrder(tx, context, which)
    const { contactId, id, invoicedAt, status } = order
    const isMistake = status === 'placed' && !invoicedAt
    if (!isMistake && isRetained(order)) throw invalidInput([invoicedAt ? invoiced : retained(order)])
    await tx.orderLine.deleteMany({ where: { contactId, orderId: id } })
    await tx.orderKey.deleteMany({ where: { contactId, orderId: id } })
    await tx.order.deleteMany({ where: { contactId, id } })
  })
}

const retained = (order: Order): Fault => ({
  field: 'id',
  message:
    'The law wants an order kept that was confirmed or cancelled (§ 257 HGB, § 147 AO), this one until ' +
    `${orderRetention(order).until.toISOString().slice(0, 10)}.`,
  rule: 'kept',
})

const invoiced: Fault = {
  field: 'id',
  message: 'The order was invoiced: it is kept as it is (§ 257 HGB, § 147 AO). Credit it, and enter another one.',
  rule: 'invoiced',
}

/** Reads an order that is about to change. Throws NOT_FOUND, also where the caller doesn't see the contact; and CONFLICT. */
export async function readOrder(
  tx: Transaction,
  context: WorkContext,
  { contactId, id, version }: OrderVersion,
): Promise<WithLines> {
  const [seen] = await seenAmong(tx, context, [contactId])
  const order =
    seen &&
    (await tx.order.findUnique({
      where: { contactId_id: { contactId, id } },
      include: { lines: { orderBy: { position: 'asc' } } },
    }))
  if (!order) throw notFound('Order')
  if (order.version !== version) throw conflict(order.version)
  return order
}

/** Writes columns of an order and counts its version up. */
export async function write(tx: Transaction, { contactId, id, version }: Order, data: Prisma.OrderUpdateInput) {
  return tx.order.update({
    where: { contactId_id: { contactId, id } },
    data: { ...data, version: version + 1, updatedAt: new Date() },
  })
}

/** An order as somebody would give it now, so that what is left out of a change is checked with what isn't. */
function changed(
  { lines, netTotal: _net, taxTotal, total: _total, ...order }: WithLines,
  changes: OrderChanges,
): OrderDraft {
  const repriced = changes.lines || changes.currency || typeof changes.pricesIncludeTax === 'boolean'
  const stored = lines.map((line) => ({
    ...line,
    quantity: decimalText(line.quantity),
    unitPrice: decimalText(line.unitPrice),
    taxRate: decimalText(line.taxRate),
  }))
  return {
    ...order,
    billingAddress: addressIn(order.billingAddress),
    shippingAddress: addressIn(order.shippingAddress),
    // Stated once; for other prices it is worked out, or stated, anew.
    ...(!repriced && { taxTotal: decimalText(taxTotal) }),
    ...changes,
    number: changes.number ?? order.number,
    placedAt: changes.placedAt ?? order.placedAt,
    currency: changes.currency ?? order.currency,
    pricesIncludeTax: changes.pricesIncludeTax ?? order.pricesIncludeTax,
    lines: changes.lines ?? stored,
  }
}
