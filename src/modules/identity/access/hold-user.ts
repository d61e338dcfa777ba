import type { Transaction } from '../../../database/transact.ts'

/**
 * Of several changes at once to what lets a user in (password, second factors, links, sessions), one goes first; the others
 * begin again and see it. For rules that look at several rows, such as that the last factor stays.
 */
export async function holdUser(tx: Transaction, userId: string): Promise<void> {
  await tx.$executeRaw`UPDATE user_account SET name = name WHERE id = ${userId}::uuid`
}
