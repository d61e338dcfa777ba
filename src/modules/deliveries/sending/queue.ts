import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import type { Queue } from '../../../database/queues.ts'
import type { ToldChange } from '../changes/kinds.ts'
import type { Target } from './message.ts'
import type { PostOutcome } from './post.ts'

/** A delivery that this process sends now. Nobody else touches it until its lease has run out. */
export type ClaimedDelivery = Target &
  ToldChange & {
    deliveryId: string
    /** This one included. */
    attempts: number
    /** The contact's addresses, where the webhook gets hashes of them and its client may still read them; else null. */
    addresses: string[] | null
    perhapsTwice: boolean
  }

/** Milliseconds. The lease has to be longer than one try may take, or two processes would send the same. */
export type Pace = { lease: number; firstPause: number; longestPause: number }

/** Milliseconds until the next try: threefold from try to try, a little different for each, and at least what was asked for. */
export function pauseAfter(attempts: number, { firstPause, longestPause }: Pace, retryAfter = 0): number {
  const usual = Math.min(firstPause * 3 ** Math.min(attempts - 1, 20), longestPause)
  return Math.max(usual * (0.8 + Math.random() * 0.4), retryAfter)
}

/** What is usual. */
export const usualPace: Pace = { lease: 60_000, firstPause: 5_000, longestPause: 6 * 3_600_000 }

const attemptsKept = 30 * 24 * 3_600_000

const waits = Prisma.sql`d.state IN ('queued', 'sending')`

/** Of what is on its way to a webhook about one contact, the first goes first, and the others wait for it. */
const isFirst = Prisma.sql`NOT EXISTS (
  SELECT FROM webhook_delivery e WHERE e.webhook_id = d.webhook_id AND e.contact_id = d.contact_id
    AND e.state IN ('queued', 'sending') AND (e.transaction_id, e.id) < (d.transaction_id, d.id))`

/** Something may be sent to the webhook `w`. */
export const isOpen = Prisma.sql`w.deleted_at IS NULL AND w.disabled_at IS NULL
  AND EXISTS (SELECT FROM client c WHERE c.id = w.client_id AND c.disabled_at IS NULL)`

/** The webhooks to which something is due, and in how many milliseconds the next will be; undefined when nothing is. */
export async function dueWebhooks(database: Database): Promise<{ ids: string[]; wait: number | undefined }> {
  const rows = await database.$queryRaw<{ id: string; wait: number }[]>`
    SELECT w.id, (extract(epoch FROM first.due_at - now()) * 1000)::float8 AS wait
    FROM webhook w CROSS JOIN LATERAL (
      SELECT least(
        (SELECT d.due_at FROM webhook_delivery d WHERE d.webhook_id = w.id AND ${waits} AND ${isFirst} ORDER BY d.due_at LIMIT 1),
        (SELECT min(n.due_at) FROM erasure_notice n WHERE n.webhook_id = w.id AND n.state IN ('queued', 'sending'))) AS due_at) first
    WHERE ${isOpen} AND first.due_at IS NOT NULL`
  const later = rows.map(({ wait }) => wait).filter((wait) => wait > 0)
  return {
    ids: rows.filter(({ wait }) => wait <= 0).map(({ id }) => id),
    wait: later.length > 0 ? Math.min(...later) : undefined,
  }
}

/**
 * Claims what is due the longest to a webhook. One whose lease has run out is claimed as well: the process that sent it has died, and
 * nobody knows how far it came. All times are PostgreSQL's, so that the clocks of several machines don't matter.
 */
export async function claimDelivery(
  database: Database,
  webhookId: string,
  { lease }: Pace,
): Promise<ClaimedDelivery | undefined> {
  const [claimed] = await database.$queryRaw<ClaimedDelivery[]>`
    WITH due AS MATERIALIZED (
      SELECT d.contact_id, d.id, d.state FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
      WHERE d.webhook_id = ${webhookId}::uuid AND ${waits} AND d.due_at <= now() AND ${isFirst} AND ${isOpen}
      ORDER BY d.due_at, d.transaction_id, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED
    ), claimed AS (
      UPDATE webhook_delivery d
      SET state = 'sending', attempts = d.attempts + 1, due_at = now() + ${lease} * interval '1 millisecond',
        perhaps_twice = d.perhaps_twice OR due.state = 'sending'
      FROM due WHERE d.contact_id = due.contact_id AND d.id = due.id
      RETURNING d.contact_id, d.id, d.webhook_id, d.change_id, d.attempts, d.perhaps_twice
    )
    SELECT d.id AS "deliveryId", d.attempts, d.perhaps_twice AS "perhapsTwice", w.id AS "webhookId", w.url, w.secret,
      CASE WHEN w.former_until > now() THEN w.former_secret END AS "formerSecret",
      h.contact_id AS "contactId", h.id, h.kind::text AS kind, h.purpose_key AS "purposeKey", h.ground::text AS ground,
      h.is_valid AS valid, h.since, h.until, h.occurred_at AS "occurredAt", h.recorded_at AS "recordedAt",
      CASE WHEN w.email_hashes AND EXISTS (SELECT FROM client_scope s WHERE s.client_id = w.client_id AND s.read
          AND s."right" IN ('contacts.email', 'contacts.*', '*'))
        THEN ARRAY(SELECT p.value FROM contact_point p WHERE p.contact_id = d.contact_id AND p.kind = 'email' ORDER BY p.id)
      END AS addresses
    FROM claimed d JOIN webhook w ON w.id = d.webhook_id
    JOIN consent_change h ON h.contact_id = d.contact_id AND h.id = d.change_id`
  return claimed
}

type Noted = { contactId: string; deliveryId: string; attempts: number }
type Attempt = Pick<PostOutcome, 'status' | 'duration' | 'fault'> & { attemptId: string }

/** Adds the try to those of its delivery, unless the contact has been erased meanwhile. */
const noteAttempt = ({ contactId, deliveryId }: Noted, { attemptId, status, duration, fault }: Attempt) => Prisma.sql`
  tried AS (
    INSERT INTO webhook_attempt (contact_id, id, delivery_id, at, status, duration, fault)
    SELECT d.contact_id, ${attemptId}::uuid, d.id, now(), ${status}::int, ${duration}::int, ${fault}
    FROM webhook_delivery d WHERE d.contact_id = ${contactId}::uuid AND d.id = ${deliveryId}::uuid
  )`

/** Notes that it was delivered. */
export async function noteDelivered(database: Database, delivery: Noted, attempt: Attempt): Promise<void> {
  await database.$executeRaw`
    WITH ${noteAttempt(delivery, attempt)}
    UPDATE webhook_delivery SET state = 'delivered', finished_at = now(), fault = ''
    WHERE contact_id = ${delivery.contactId}::uuid AND id = ${delivery.deliveryId}::uuid AND attempts = ${delivery.attempts}
      AND state = 'sending'`
}

/**
 * Notes that it was not delivered: it is tried again after a pause. What is behind it about the same contact waits as long. When the next try would
 * come too late it is given up, and is a dead letter. Returns which; undefined if another process has taken it over.
 */
export async function noteFault(
  database: Database,
  delivery: Noted,
  { perhapsTaken, retryAfter, ...attempt }: Attempt & Pick<PostOutcome, 'perhapsTaken' | 'retryAfter'>,
  pace: Pace,
): Promise<'queued' | 'dead' | undefined> {
  const pause = pauseAfter(delivery.attempts, pace, retryAfter)
  const { contactId, deliveryId, attempts } = delivery
  const [noted] = await database.$queryRaw<{ state: 'queued' | 'dead' }[]>`
    WITH ${noteAttempt(delivery, attempt)}, noted AS (
      UPDATE webhook_delivery d
      SET state = CASE WHEN late THEN 'dead' ELSE 'queued' END, finished_at = CASE WHEN late THEN now() END,
        due_at = next_try, fault = ${attempt.fault}, perhaps_twice = perhaps_twice OR ${perhapsTaken}
      FROM (SELECT now() + ${pause} * interval '1 millisecond' AS next_try) t, LATERAL (SELECT d2.give_up_at < t.next_try AS late
        FROM webhook_delivery d2 WHERE d2.contact_id = ${contactId}::uuid AND d2.id = ${deliveryId}::uuid) verdict
      WHERE d.contact_id = ${contactId}::uuid AND d.id = ${deliveryId}::uuid AND d.attempts = ${attempts} AND d.state = 'sending'
      RETURNING d.state, d.webhook_id, d.due_at, d.transaction_id, d.id
    ), behind AS (
      UPDATE webhook_delivery d SET due_at = noted.due_at FROM noted
      WHERE noted.state = 'queued' AND d.contact_id = ${contactId}::uuid AND d.webhook_id = noted.webhook_id AND d.state = 'queued'
        AND d.due_at < noted.due_at AND (d.transaction_id, d.id) > (noted.transaction_id, noted.id)
    )
    SELECT state FROM noted`
  return noted?.state
}

/**
 * After a restore into another server, transactions count anew: what waited before would come after what happens since. Then what
 * was there keeps its order by its ids, which are in the order of time, and comes first.
 */
export async function settleOrder(database: Database): Promise<void> {
  const isFromElsewhere = Prisma.sql`transaction_id > pg_current_xact_id()::text::bigint`
  await database.$executeRaw`
    UPDATE webhook_delivery SET transaction_id = 0 WHERE state IN ('queued', 'sending')
      AND EXISTS (SELECT FROM webhook_delivery WHERE state IN ('queued', 'sending') AND ${isFromElsewhere})`
  await database.$executeRaw`
    UPDATE consent_change SET transaction_id = 0 WHERE position IS NULL
      AND EXISTS (SELECT FROM consent_change WHERE position IS NULL AND ${isFromElsewhere})`
}

/** Gives up what has waited too long for a webhook that is disabled, and forgets tries of long ago. */
export async function tidy(database: Database): Promise<void> {
  await database.$executeRaw`
    UPDATE webhook_delivery d SET state = 'dead', finished_at = now(), fault = 'DISABLED' FROM webhook w
    WHERE d.state = 'queued' AND d.give_up_at < now() AND w.id = d.webhook_id AND NOT (${isOpen})`
  await database.$executeRaw`DELETE FROM webhook_attempt WHERE at < now() - ${attemptsKept} * interval '1 millisecond'`
}

/** What is to be delivered to webhooks, and dead letters. */
export const webhooks: Queue = {
  name: 'webhooks',
  waiting: Prisma.sql`SELECT created_at AS since FROM webhook_delivery WHERE state IN ('queued', 'sending')
    UNION ALL SELECT waits_since FROM erasure_notice WHERE state IN ('queued', 'sending')`,
  givenUp: Prisma.sql`SELECT FROM webhook_delivery WHERE state = 'dead'
    UNION ALL SELECT FROM erasure_notice WHERE state = 'dead'`,
}

/** Changes of legal grounds that have no number yet, and so are told to nobody. */
export const changes: Queue = {
  name: 'consent_changes',
  waiting: Prisma.sql`SELECT recorded_at AS since FROM consent_change WHERE position IS NULL ORDER BY transaction_id, id`,
}
