import { NIL } from 'uuid'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { recipientHash } from '../../mail/outbox.ts'

const batch = 1000

/**
 * Marks the user, and the address for reports, that a mail went to whose recipient is known by this hash. There are some hundreds of
 * them, and mails to them seldom come back: so all are looked through.
 */
export async function markStaff(
  tx: Transaction,
  { secrets }: Pick<WorkContext, 'secrets'>,
  recipient: string,
  now: Date,
): Promise<void> {
  const isTheirs = (address: string) => recipientHash(secrets, address) === recipient
  const page = (after: string) => ({ where: { id: { gt: after } }, orderBy: { id: 'asc' as const }, take: batch })
  const data = { undeliverableAt: now }
  for await (const { id, email } of all((after) => tx.user.findMany(page(after)))) {
    if (isTheirs(email)) await tx.user.updateMany({ where: { id, undeliverableAt: null }, data })
  }
  for await (const { id, address } of all((after) => tx.reportAddress.findMany(page(after)))) {
    if (isTheirs(address)) await tx.reportAddress.updateMany({ where: { id, undeliverableAt: null }, data })
  }
}

async function* all<Row extends { id: string }>(page: (after: string) => Promise<Row[]>): AsyncGenerator<Row> {
  for (let after: string = NIL; ; ) {
    const rows = await page(after)
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < batch) return
    after = last.id
  }
}
