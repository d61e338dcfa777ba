import { randomUUID } from 'node:crypto'
import { makeNext } from '../../src/modules/disclosure/worker.ts'
import { modules } from '../../src/modules/index.ts'
import type { TestApp } from '../support/app.ts'
import type { Act } from './seed.ts'
import type { Examples } from './values.ts'

const disclose = 'mutation ($input: DiscloseContactInput!) { discloseContact(input: $input) { id } }'

/** Lets a package be made about a contact, which is ready. Returns its id. */
export async function seedPackage({ work }: TestApp, act: Act, contactId: string): Promise<string> {
  const { discloseContact } = await act(disclose, { input: { contactId } })
  await makeNext(work, modules)
  return discloseContact?.['id'] ?? ''
}

/** What leads to it; what would take it away is tried on one that there is not. */
export const packageExamples = (id: string, contacts: readonly string[]): Examples => ({
  'Query.accessPackage.id': id,
  'Mutation.createAccessPackageLink': () => ({ id, handOver: true }),
  'Mutation.markAccessPackageDelivered': () => ({ id, how: 'LETTER' }),
  'Mutation.eraseAccessPackage.id': Buffer.from(`AccessPackage:${randomUUID()}`).toString('base64'),
  'Mutation.discloseContact': () => ({ input: { contactId: contacts[0] } }),
})
