import type { Order } from '#prisma/client.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { invalidInput } from '../../graphql/errors.ts'
import { uuidOrNobody } from '../../graphql/ids.ts'
import { type OrderVersion, readOrder, write } from './change.ts'

/** The key of the type of documents that invoices are of. */
const invoiceType = 'invoice'

/**
 * Attaches an invoice to an order: a document of the type `invoice` that belongs to the same contact. From then on the order stays as
 * it is, and is kept as long as a voucher. Throws NOT_FOUND, CONFLICT, INVALID_INPUT.
 *
 * @param invoice.invoicedAt When the invoice was issued: its retention is counted from the end of that year.
 * @param invoice.wasCancelled The order comes from elsewhere, where it was cancelled only after it had been invoiced.
 */
export function attachInvoice(
  context: WorkContext,
  which: OrderVersion,
  { documentId, invoicedAt, wasCancelled }: { documentId: string; invoicedAt: Date; wasCancelled?: boolean },
): Promise<Order> {
  return transact(context, 'attachInvoice', async (tx) => {
    const order = await readOrder(tx, context, which)
    const id = uuidOrNobody(documentId).toLowerCase()
    if (order.status === 'cancelled' && !wasCancelled) {
      throw invalidInput([{ field: 'order', message: 'The order was cancelled: there is nothing to invoice.' }])
    }
    const link = await tx.documentContact.findUnique({
      where: { contactId_documentId: { contactId: order.contactId, documentId: id } },
    })
    const document = link && (await tx.document.findUnique({ where: { id } }))
    if (document?.typeKey !== invoiceType) {
      const message = `There is no document of the type ${invoiceType} with this id that belongs to the contact.`
      throw invalidInput([{ field: 'documentId', message, rule: 'unknown_document' }])
    }
    if (order.invoiceIds.includes(id)) return order
    const latest = order.invoicedAt && order.invoicedAt > invoicedAt ? order.invoicedAt : invoicedAt
    return write(tx, order, { invoiceIds: [...order.invoiceIds, id], invoicedAt: latest })
  })
}
