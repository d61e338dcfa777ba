import { randomUUID } from 'node:crypto'
import { transact } from '../../src/database/transact.ts'
import { stageContent } from '../../src/modules/documents/content/stage.ts'
import { storeDocument } from '../../src/modules/documents/store.ts'
import type { TestApp } from '../support/app.ts'
import type { Act } from './seed.ts'

/** What tells of orders and of recipients, by right. */
export const orderSecrets = {
  'orders.orders': ['zqordernumber', 'zqshopname'],
  'orders.lines': ['zqordered', 'zqarticle'],
  'orders.amounts': ['73313.07'],
  'orders.addresses': ['zqbilled', 'zqshipped'],
  'orders.notes': ['zqordernote'],
  'recipients.notices': ['zqtold', 'zqletter', 'zqfault'],
}

const parts = (name: string) => ({
  ...{ name, organisation: name, street: name, postalCode: name, city: name, region: name, country: 'DE' },
})

/**
 * Gives a contact an order with all that one can have, and somebody who was told of a rectification. `contactId`: as GraphQL has it.
 */
export async function seedOrders({ work }: TestApp, act: Act, contactId: string): Promise<void> {
  const contact = Buffer.from(contactId, 'base64').toString().replace('Contact:', '')
  const context = { ...work, requestId: randomUUID() }
  const { createOrder } = await act('mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }', {
    input: {
      ...{ contactId, source: 'Zqshopname', number: 'Zqordernumber', currency: 'EUR', notes: 'Zqordernote' },
      lines: [{ articleNumber: 'Zqarticle', description: 'Zqordered', quantity: '1', unitPrice: '73313.07' }],
      ...{ billingAddress: parts('Zqbilled'), shippingAddress: parts('Zqshipped') },
    },
  })
  async function* content() {
    yield Buffer.from('%PDF-1.7\n')
  }
  const staged = await stageContent(context, { content: content() })
  const draft = { title: 'Zqpaper of an order', typeKey: 'invoice', contacts: [contact], staged }
  const { id: document } = await transact(context, 'seed', (tx) => storeDocument(tx, context, draft))
  const order = { contactId, id: createOrder?.['id'], version: 1 }
  await act('mutation ($o: OrderVersionInput!, $d: ID!) { attachInvoice(order: $o, documentId: $d) { id } }', {
    ...{ o: order, d: document },
  })
  const notice = {
    contactId: contact,
    kind: 'rectified',
    record: 'Zqrecord',
    recipient: 'Zqtold',
    changedAt: new Date(),
  }
  const told = { state: 'told', how: 'Zqletter', toldAt: new Date(), fault: 'Zqfault' }
  await transact(context, 'seed', (tx) =>
    tx.recipientNotice.create({ data: { ...notice, ...told, id: randomUUID(), fields: ['familyName'] } }),
  )
}

/** Orders that nobody can import. */
export const badOrders = { format: 'JSONL', source: 'a shop', content: '{"number":"none"}\n', dryRun: true }
