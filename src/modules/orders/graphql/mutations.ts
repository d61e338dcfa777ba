import { validate as isUuid } from 'uuid'
import type { Builder } from '../../../graphql/builder.ts'
import { notFound } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { changeOrderStatus, deleteOrder, type OrderVersion, updateOrder } from '../change.ts'
import { createOrder } from '../create.ts'
import { attachInvoice } from '../invoice.ts'
import { addOrderInputs } from './inputs.ts'
import type { OrderTypes } from './types.ts'

/** What is done with orders. */
export function addOrderMutations(builder: Builder, types: OrderTypes): void {
  const auth = { write: 'orders.orders' }
  const inputs = addOrderInputs(builder, types)
  builder.mutationFields((t) => ({
    createOrder: t.field({
      type: types.order,
      nullable: true,
      auth,
      description:
        'Enters an order of a contact. Amounts are worked out from the lines; totals that were stated have to match. Faults come as ' +
        '`INVALID_INPUT`, such as a number that another order of this source has.',
      args: { input: t.arg({ type: inputs.create, required: true }) },
      resolve: (_root, { input: { contactId, placedAt, ...draft } }, context) =>
        createOrder(context, uuidOf('Contact', contactId), { ...draft, placedAt: placedAt ?? new Date() }),
    }),
    updateOrder: t.field({
      type: types.order,
      nullable: true,
      auth,
      description: 'Changes an order that isn’t invoiced yet. All of it happens, or nothing.',
      args: { input: t.arg({ type: inputs.update, required: true }) },
      resolve: (_root, { input: { contactId, id, version, ...changes } }, context) =>
        updateOrder(context, versionOf({ contactId, id, version }), changes),
    }),
    changeOrderStatus: t.field({
      type: types.order,
      nullable: true,
      auth,
      description: 'Confirms, fulfils or cancels an order. `INVALID_INPUT` for a step that leads nowhere.',
      args: {
        order: t.arg({ type: inputs.version, required: true, description: 'The order, as you read it.' }),
        status: t.arg({ type: types.status, required: true, description: 'What it becomes.' }),
      },
      resolve: (_root, { order, status }, context) => changeOrderStatus(context, versionOf(order), status),
    }),
    attachInvoice: t.field({
      type: types.order,
      nullable: true,
      auth,
      description:
        'Attaches a document of the type `invoice` that belongs to the contact. From then on the order stays as it is, and the law ' +
        'wants it kept for eight years from the end of the year (§ 257(4) HGB, § 147(3) AO).',
      args: {
        order: t.arg({ type: inputs.version, required: true, description: 'The order, as you read it.' }),
        documentId: t.arg.id({
          required: true,
          auth: { read: 'documents.documents' },
          description: 'The document’s id.',
        }),
        invoicedAt: t.arg({ type: 'DateTime', description: 'When it was issued; now, unless said otherwise.' }),
      },
      resolve: (_root, { order, documentId, invoicedAt }, context) =>
        attachInvoice(context, versionOf(order), { documentId, invoicedAt: invoicedAt ?? new Date() }),
    }),
    deleteOrder: t.id({
      nullable: true,
      auth,
      description:
        'Takes away an order that was entered by mistake: still placed, and not invoiced. Others, cancelled ones included, the law wants ' +
        'kept until `retainedUntil` (§ 257 HGB, § 147 AO). Returns its id.',
      args: { order: t.arg({ type: inputs.version, required: true, description: 'The order, as you read it.' }) },
      resolve: async (_root, { order }, context) => {
        const which = versionOf(order)
        await deleteOrder(context, which)
        return which.id
      },
    }),
  }))
}

/** Which order. Throws NOT_FOUND for ids that can't be any. */
function versionOf({ contactId, id, version }: { contactId: string; id: string; version: number }): OrderVersion {
  if (!isUuid(id)) throw notFound('Order')
  return { contactId: uuidOf('Contact', contactId), id: id.toLowerCase(), version }
}
