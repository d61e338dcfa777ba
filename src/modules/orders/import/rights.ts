import type { Rights } from '../../../graphql/auth/rights.ts'
import type { DeniedInput } from '../../../graphql/errors.ts'
import type { OrderRow } from './row.ts'

/** What of an imported order the caller may not write: an import is no way around field rights. Nor what it is found by. */
export function deniedInOrder(order: OrderRow, rights: Rights): DeniedInput[] {
  const wanted: DeniedInput[] = [
    { path: 'number', access: 'write', right: 'orders.orders' },
    { path: 'lines', access: 'write', right: 'orders.lines' },
    { path: 'currency', access: 'write', right: 'orders.amounts' },
    ...given(order, ['billingAddress', 'shippingAddress'], 'orders.addresses'),
    ...given(order, ['notes'], 'orders.notes'),
    // What came of it tells whether there is such a contact.
    { path: 'contact', access: 'read', right: 'contacts.contact' },
    ...(order.contact.email ? [{ path: 'contact.email', access: 'read' as const, right: 'contacts.email' }] : []),
    ...(order.contact.externalId
      ? [{ path: 'contact.externalId', access: 'read' as const, right: 'contacts.import' }]
      : []),
  ]
  return wanted.filter(({ access, right }) => !(access === 'read' ? rights.canRead(right) : rights.canWrite(right)))
}

const given = (order: OrderRow, fields: readonly (keyof OrderRow)[], right: string) =>
  fields.flatMap((path) => (order[path] ? [{ path, access: 'write' as const, right }] : []))
