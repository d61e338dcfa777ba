import { replaced, type Telling } from '../recipients/told.ts'

/** What partners may have wrong of an order: how far it is goes on by itself. */
export const receivedOfOrders = {
  fields: [
    ...['source', 'number', 'placedAt', 'lines', 'currency', 'pricesIncludeTax', 'netTotal', 'taxTotal', 'total'],
    ...['billingAddress', 'shippingAddress', 'notes'],
  ],
  record: ({ id }: { id: string }) => id,
  contacts: ({ contactId }: { contactId: string }) => [contactId],
}

/** Who read an order, or brought it, is told when it is corrected (Art. 19 GDPR). */
export const orderTelling: Telling = {
  entities: ['Order', 'OrderLine'],
  news: async (_tx, entries) =>
    entries.flatMap((entry) => {
      const { entity, entityId, changes } = entry
      if (entity === 'Order') {
        const fields = replaced(changes, receivedOfOrders.fields).map((name) => `Order.${name}`)
        return [{ entry, kind: 'rectified' as const, fields, record: entityId }]
      }
      const record = changes['order']?.old
      return typeof record === 'string' ? [{ entry, kind: 'rectified' as const, fields: ['Order.lines'], record }] : []
    }),
}
