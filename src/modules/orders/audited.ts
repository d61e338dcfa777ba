import type { Order, OrderLine } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import { present } from '../lawfulness/audited.ts'
import { addressIn } from './address.ts'
import { decimalText } from './amounts.ts'

// How the rows of this module read in the audit log. Amounts are decimals as text.

type Amounts<T, K extends keyof T> = Partial<Omit<T, K>> & { [P in K]?: T[P] | string }
type Row<T> = T & { contactId: string; id: string }

const amount = (value: Order['total'] | string | undefined) => (value === undefined ? undefined : decimalText(value))

export const describeOrder = (row: Row<Amounts<Order, 'netTotal' | 'taxTotal' | 'total'>>): AuditedRow => ({
  ...{ contactId: row.contactId, entity: 'Order', entityId: row.id },
  values: present({
    source: row.source,
    number: row.number,
    placedAt: row.placedAt,
    status: row.status?.toUpperCase(),
    currency: row.currency,
    pricesIncludeTax: row.pricesIncludeTax,
    netTotal: amount(row.netTotal),
    taxTotal: amount(row.taxTotal),
    total: amount(row.total),
    billingAddress: addressIn(row.billingAddress),
    shippingAddress: addressIn(row.shippingAddress),
    notes: row.notes,
    invoices: row.invoiceIds,
    invoicedAt: row.invoicedAt,
  }),
})

export const describeLine = (
  row: Row<Amounts<OrderLine, 'quantity' | 'unitPrice' | 'taxRate' | 'amount'>>,
): AuditedRow => ({
  ...{ contactId: row.contactId, entity: 'OrderLine', entityId: row.id },
  values: present({
    order: row.orderId,
    position: row.position,
    articleNumber: row.articleNumber,
    description: row.description,
    quantity: amount(row.quantity),
    unitPrice: amount(row.unitPrice),
    taxRate: amount(row.taxRate),
    amount: amount(row.amount),
  }),
})
