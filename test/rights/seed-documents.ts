import { randomUUID } from 'node:crypto'
import { transact } from '../../src/database/transact.ts'
import { stageContent } from '../../src/modules/documents/content/stage.ts'
import { storeDocument } from '../../src/modules/documents/store.ts'
import type { TestApp } from '../support/app.ts'
import type { Act } from './seed.ts'

/** Gives a contact a document, and makes a type that is given to none; returns the document's id. `contactId`: as GraphQL has it. */
export async function seedDocument({ work }: TestApp, act: Act, contactId: string): Promise<string> {
  const names = [{ language: 'en', text: 'Parchment' }]
  const create = 'mutation ($i: CreateDocumentTypeInput!) { createDocumentType(input: $i) { key } }'
  await act(create, { i: { key: 'parchment', names } })
  const retire = 'mutation ($i: UpdateDocumentTypeInput!) { updateDocumentType(input: $i) { key } }'
  await act(retire, { i: { key: 'parchment', version: 1, retired: true } })
  const contact = Buffer.from(contactId, 'base64').toString().replace('Contact:', '')
  const context = { ...work, requestId: randomUUID() }
  async function* content() {
    yield Buffer.from('%PDF-1.7\n')
  }
  const staged = await stageContent(context, { content: content() })
  const draft = { title: 'Zqpaper', typeKey: 'letter', contacts: [contact] }
  return (await transact(context, 'seed', (tx) => storeDocument(tx, context, { ...draft, staged }))).id
}

/** What somebody may announce. */
export const announced = (contactId: string | undefined) => ({
  title: 'Announced',
  type: 'letter',
  contacts: [contactId],
})
