import type { IncomingRequest } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { saidIn } from './incoming.ts'
import { isRequestChannel, isRequestKind, known } from './kinds.ts'
import { takeDown } from './steps.ts'

/**
 * Makes an incoming request that of the contact with this address, if exactly one has it; otherwise it waits for somebody who finds
 * out whose it is.
 */
export async function findByAddress(
  tx: Transaction,
  context: WorkContext,
  incoming: IncomingRequest,
  email: string,
): Promise<void> {
  const { id, receivedAt } = incoming
  const found = email
    ? await tx.$queryRaw<{ contactId: string }[]>`
        SELECT DISTINCT p.contact_id AS "contactId" FROM contact_point p JOIN contact c ON c.contact_id = p.contact_id
        WHERE p.kind = 'email' AND lower(p.value) = lower(${email}) AND c.merged_into_id IS NULL LIMIT 2`
    : []
  const [only, ...others] = found
  const soughtAt = new Date()
  if (!only || others.length > 0) {
    await tx.incomingRequest.update({ where: { id }, data: { soughtAt } })
    return
  }
  const statement = saidIn(context, incoming)?.statement ?? ''
  const kinds = incoming.kinds.map((kind) => known(isRequestKind, kind))
  const channel = known(isRequestChannel, incoming.channel)
  await takeDown(tx, context, { contactId: only.contactId, kinds, channel, receivedAt, statement }, statement)
  await tx.incomingRequest.update({
    where: { id },
    data: { soughtAt, status: 'matched', said: null, decidedAt: soughtAt },
  })
}
