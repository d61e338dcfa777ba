import { createHash } from 'node:crypto'
import type { Transaction } from '../../database/transact.ts'
import type { Fault } from '../../graphql/errors.ts'

/** By which an order is known at its source: `number` is unique there, whoever placed it. */
export type OrderName = { source: string; number: string }

/** What an order claims. Hashed, since it stands outside of what belongs to its contact. */
export const orderKey = ({ source, number }: OrderName): string =>
  createHash('sha256')
    .update(JSON.stringify([source, number]))
    .digest('base64url')

/** Which of these are known, and whose orders they are. */
export async function knownOrders(
  tx: Transaction,
  names: readonly OrderName[],
): Promise<Map<string, { contactId: string; orderId: string }>> {
  if (names.length === 0) return new Map()
  const rows = await tx.orderKey.findMany({ where: { key: { in: names.map(orderKey) } } })
  return new Map(rows.map(({ key, contactId, orderId }) => [key, { contactId, orderId }]))
}

/** Another order has the number. Doesn't tell whose that is. */
export const numberTaken = (field: string): Fault => ({
  field,
  message: 'There is an order with this number from this source already.',
  rule: 'taken',
})
