import { v7 as uuidv7 } from 'uuid'
import type { Order } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Fault, invalidInput } from '../../graphql/errors.ts'
import { readForUpdate } from '../contacts/update.ts'
import { unlessTaken } from '../unless-taken.ts'
import { type CheckedLine, type CheckedOrder, checkOrder, type OrderDraft } from './draft.ts'
import { knownOrders, numberTaken, orderKey } from './keys.ts'

/**
 * Enters an order. Throws NOT_FOUND for a contact that there isn't, or that the caller doesn't see; INVALID_INPUT with every fault,
 * such as a number that another order of the same source has, or totals that the lines don't come to.
 */
export async function createOrder(context: WorkContext, contactId: string, draft: OrderDraft): Promise<Order> {
  const faults: Fault[] = []
  const order = checkOrder(draft, faults)
  if (faults.length > 0) throw invalidInput(faults)
  return unlessTaken(numberTaken('number'), () =>
    transact(context, 'createOrder', async (tx) => {
      const { contact } = await readForUpdate(tx, context, contactId, undefined, 'contactId')
      if ((await knownOrders(tx, [order.columns])).size > 0) throw invalidInput([numberTaken('number')])
      const id = uuidv7()
      await insertOrders(tx, [{ contactId: contact.id, id, order }])
      return tx.order.findUniqueOrThrow({ where: { contactId_id: { contactId: contact.id, id } } })
    }),
  )
}

/** An order that was checked, and whose it is. */
export type NewOrder = { contactId: string; id: string; order: CheckedOrder }

/** Writes new orders with their lines: three statements, however many they are. */
export async function insertOrders(tx: Transaction, orders: readonly NewOrder[]): Promise<void> {
  if (orders.length === 0) return
  await tx.order.createMany({ data: orders.map(({ contactId, id, order }) => ({ contactId, id, ...order.columns })) })
  await tx.orderKey.createMany({
    data: orders.map(({ contactId, id, order }) => ({ key: orderKey(order.columns), contactId, orderId: id })),
  })
  await tx.orderLine.createMany({ data: orders.flatMap(({ order, ...owner }) => lineRows(owner, order.lines)) })
}

/** Writes lines of an order. */
export async function insertOrderLines(tx: Transaction, owner: Owner, lines: readonly CheckedLine[]): Promise<void> {
  await tx.orderLine.createMany({ data: lineRows(owner, lines) })
}

type Owner = { contactId: string; id: string }

const lineRows = ({ contactId, id: orderId }: Owner, lines: readonly CheckedLine[]) =>
  lines.map((line) => ({ contactId, id: uuidv7(), orderId, ...line }))
