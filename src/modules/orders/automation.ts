import type { EventDeclaration } from '../automation/contract.ts'

/** What happens to orders. */
export const orderEvents = {
  'orders.placed': {
    description: 'An order of the contact was entered.',
    right: 'orders.orders',
    entries: [{ entity: 'Order', action: 'created' }],
    data: { source: 'string', number: 'string', placedAt: 'timestamp', currency: 'string', total: 'double' },
  },
  'orders.statusChanged': {
    description: 'An order of the contact was confirmed, fulfilled or cancelled.',
    right: 'orders.orders',
    entries: [{ entity: 'Order', action: 'updated' }],
    where: ({ changes }) => 'status' in changes,
    data: { status: 'string' },
  },
  'orders.invoiced': {
    description: 'An invoice was attached to an order of the contact.',
    right: 'orders.orders',
    entries: [{ entity: 'Order', action: 'updated' }],
    where: ({ changes }) => 'invoicedAt' in changes,
    data: { invoicedAt: 'timestamp' },
  },
} as const satisfies Record<string, EventDeclaration>
