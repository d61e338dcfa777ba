import { v7 as uuidv7 } from 'uuid'
import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { Target } from './message.ts'
import type { PostOutcome } from './post.ts'
import { isOpen, type Pace, pauseAfter } from './queue.ts'

// When a contact is erased, what waits to be told of it goes along. Whoever was told of the contact, or was about to be, is told
// of the erasure instead (Art. 19 GDPR): by a message of its own, which outlives the contact and holds its former id alone.

/** A notice that this process sends now. */
export type ClaimedNotice = Target & {
  noticeId: string
  erasedId: string
  erasedAt: Date
  attempts: number
  perhapsTwice: boolean
}

/** A contact, and a webhook to be told of it. */
type Pair = { contactId: string; webhookId: string }

const nameOf = ({ contactId, webhookId }: Pair) => `${contactId} ${webhookId}`

/**
 * Queues the notices that contacts are being erased, before their deliveries go; `others` had got their data in other ways. Nobody is told
 * twice, also if it is called again.
 */
export async function queueErasureNotices(
  tx: Transaction,
  contactIds: readonly string[],
  at: Date,
  others: readonly Pair[] = [],
): Promise<void> {
  const contactId = { in: [...contactIds] }
  const told = await tx.webhookDelivery.groupBy({
    by: ['contactId', 'webhookId'],
    where: {
      contactId,
      webhook: { deletedAt: null },
      OR: [{ state: { not: 'cancelled' } }, { attempts: { gt: 0 } }],
    },
  })
  const untold = new Map([...told, ...others].map((pair) => [nameOf(pair), pair]))
  if (untold.size === 0) return
  for (const { erasedId, webhookId } of await tx.erasureNotice.findMany({ where: { erasedId: contactId } }))
    untold.delete(nameOf({ contactId: erasedId ?? '', webhookId }))
  const onTheWire = await tx.webhookDelivery.groupBy({
    by: ['contactId', 'webhookId'],
    where: { contactId, state: 'sending' },
    _max: { dueAt: true },
  })
  const now = new Date()
  // What is on the wire at this moment must not come after it.
  const freeAt = new Map(onTheWire.map((one) => [nameOf(one), one._max.dueAt ?? now]))
  await tx.erasureNotice.createMany({
    data: [...untold.values()].map((one) => ({
      ...{ id: uuidv7(), webhookId: one.webhookId, erasedId: one.contactId, erasedAt: at, waitsSince: now },
      dueAt: freeAt.get(nameOf(one)) ?? now,
    })),
  })
}

/** Claims a notice that is due to a webhook, as `claimDelivery` does with deliveries. */
export async function claimNotice(
  database: Database,
  webhookId: string,
  { lease }: Pace,
): Promise<ClaimedNotice | undefined> {
  const [claimed] = await database.$queryRaw<ClaimedNotice[]>`
    WITH due AS MATERIALIZED (
      SELECT n.id, n.state FROM erasure_notice n JOIN webhook w ON w.id = n.webhook_id
      WHERE n.webhook_id = ${webhookId}::uuid AND n.state IN ('queued', 'sending') AND n.due_at <= now() AND ${isOpen}
      ORDER BY n.due_at, n.id LIMIT 1 FOR UPDATE OF n SKIP LOCKED
    ), claimed AS (
      UPDATE erasure_notice n
      SET state = 'sending', attempts = n.attempts + 1, due_at = now() + ${lease} * interval '1 millisecond',
        perhaps_twice = n.perhaps_twice OR due.state = 'sending'
      FROM due WHERE n.id = due.id
      RETURNING n.id, n.webhook_id, n.erased_id, n.erased_at, n.attempts, n.perhaps_twice
    )
    SELECT n.id AS "noticeId", n.erased_id AS "erasedId", n.erased_at AS "erasedAt", n.attempts,
      n.perhaps_twice AS "perhapsTwice", w.id AS "webhookId", w.url, w.secret,
      CASE WHEN w.former_until > now() THEN w.former_secret END AS "formerSecret"
    FROM claimed n JOIN webhook w ON w.id = n.webhook_id`
  return claimed
}

type Claim = Pick<ClaimedNotice, 'noticeId' | 'attempts'>

const isOurs = ({ noticeId, attempts }: Claim) =>
  Prisma.sql`id = ${noticeId}::uuid AND attempts = ${attempts} AND state = 'sending'`

/** Notes that it was delivered, and forgets whom it was about. */
export async function noteNoticeDelivered(database: Database, claim: Claim): Promise<void> {
  await database.$executeRaw`
    UPDATE erasure_notice SET state = 'delivered', finished_at = now(), fault = '', erased_id = NULL WHERE ${isOurs(claim)}`
}

/** Notes that it was not delivered. Given up after `giveUpAfter` milliseconds. Returns what becomes of it. */
export async function noteNoticeFault(
  database: Database,
  claim: Claim,
  { fault, perhapsTaken, retryAfter }: Pick<PostOutcome, 'fault' | 'perhapsTaken' | 'retryAfter'>,
  { giveUpAfter, ...pace }: Pace & { giveUpAfter: number },
): Promise<'queued' | 'dead' | undefined> {
  const pause = pauseAfter(claim.attempts, pace, retryAfter)
  const isLate = Prisma.sql`now() + ${pause} * interval '1 millisecond' > waits_since + ${giveUpAfter} * interval '1 millisecond'`
  const [noted] = await database.$queryRaw<{ state: 'queued' | 'dead' }[]>`
    UPDATE erasure_notice
    SET state = CASE WHEN ${isLate} THEN 'dead' ELSE 'queued' END, finished_at = CASE WHEN ${isLate} THEN now() END,
      due_at = now() + ${pause} * interval '1 millisecond', fault = ${fault}, perhaps_twice = perhaps_twice OR ${perhapsTaken}
    WHERE ${isOurs(claim)} RETURNING state`
  return noted?.state
}

/** Gives up what has waited too long for a webhook that is disabled. */
export async function tidyNotices(database: Database, giveUpAfter: number): Promise<void> {
  await database.$executeRaw`
    UPDATE erasure_notice n SET state = 'dead', finished_at = now(), fault = 'DISABLED' FROM webhook w
    WHERE n.state = 'queued' AND n.waits_since + ${giveUpAfter} * interval '1 millisecond' < now() AND w.id = n.webhook_id
      AND NOT (${isOpen})`
}
