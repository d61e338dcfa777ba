import { v7 as uuidv7 } from 'uuid'
import type { ConsentHandle } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import { hashToken, isToken } from '../../identity/sign-in/sessions.ts'
import { presentContact } from '../../mails/survivor.ts'

/** How long what came of a request can be seen and withdrawn by its handle: a year or so. */
const lifetime = 400 * 24 * 3_600_000

/** Lets whoever has the handle see and withdraw what came of a request. */
export async function storeHandle(
  tx: Transaction,
  handle: { contactId: string; tokenHash: string; purposes: readonly string[]; clientId: string | null },
): Promise<void> {
  const createdAt = new Date()
  const expiresAt = new Date(createdAt.getTime() + lifetime)
  await tx.consentHandle.createMany({
    data: [{ ...handle, purposes: [...handle.purposes], id: uuidv7(), createdAt, expiresAt }],
  })
}

/** What a handle leads to, unless it has expired or its contact is gone; of merged contacts, the one that is left. */
export async function findHandle(
  tx: Transaction,
  token: string,
): Promise<Pick<ConsentHandle, 'contactId' | 'purposes' | 'clientId'> | undefined> {
  if (!isToken(token)) return undefined
  const where = { tokenHash: hashToken(token), expiresAt: { gt: new Date() } }
  const handle = await tx.consentHandle.findFirst({ where })
  const contact = handle && (await presentContact(tx, handle.contactId))
  return handle && contact ? { contactId: contact.id, purposes: handle.purposes, clientId: handle.clientId } : undefined
}
