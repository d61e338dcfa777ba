import { randomUUID } from 'node:crypto'
import { transact } from '../../src/database/transact.ts'
import { stageContent } from '../../src/modules/documents/content/stage.ts'
import { storeDocument } from '../../src/modules/documents/store.ts'
import type { TestApp } from '../support/app.ts'

/** Gives a contact a document; returns its id. `contactId`: as GraphQL has it. */
export async function seedDocument({ work }: TestApp, contactId: string): Promise<string> {
  const contact = Buffer.from(contactId, 'base64').toString().replace('Contact:', '')
  const context = { ...work, requestId: randomUUID() }
  async function* content() {
    yield Buffer.from('%PDF-1.7\n')
  }
  const staged = await stageContent(context, { content: content() })
  const draft = { title: 'Zqdocument', typeKey: 'letter', contacts: [contact] }
  return (await transact(context, 'seed', (tx) => storeDocument(tx, context, { ...draft, staged }))).id
}

/** What somebody may announce. */
export const announced = (contactId: string | undefined) => ({
  title: 'Announced',
  type: 'letter',
  contacts: [contactId],
})
