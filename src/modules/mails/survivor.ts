import type { Contact } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import type { Transaction } from '../../database/transact.ts'

// Merges of merged contacts make chains; a circle can't be, but nothing may hang on that.
const longestChain = 20

/** The contact with this id, or the one that it was merged into; nothing if there is none (any more). */
export async function presentContact(tx: Transaction | Database, id: string): Promise<Contact | undefined> {
  let contact = await tx.contact.findUnique({ where: { id } })
  for (let step = 0; contact?.mergedIntoId && step < longestChain; step++) {
    contact = await tx.contact.findUnique({ where: { id: contact.mergedIntoId } })
  }
  return contact?.mergedIntoId ? undefined : (contact ?? undefined)
}
