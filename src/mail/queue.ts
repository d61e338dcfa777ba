import { Prisma } from '#prisma/client.ts'
import type { Database } from '../database/client.ts'
import type { Queue } from '../database/queues.ts'

/** A mail that this process sends now. Nobody else touches it until its lease has run out. */
export type ClaimedMail = {
  id: string
  kind: string
  /** Sealed. */
  message: Uint8Array
  /** Whom it is about, if that decides whether it may be sent. */
  contactId: string | null
  purposes: string[]
  aboutRequest: string | null
  /** This one included. */
  attempts: number
  createdAt: Date
  /** Nobody wants it any more. */
  expired: boolean
  perhapsTwice: boolean
}

/** Why a mail was not sent. */
export type Fault = {
  /** For whoever looks after the queue; names nobody. */
  text: string
  /** Trying again would not help. */
  permanent: boolean
  /** The mail server may have taken it all the same. */
  perhapsTaken: boolean
  /** The mail has more bytes than the mail server takes. */
  tooLarge?: boolean | undefined
  /** The enhanced status code of a refusal (RFC 3463): `5.1.1`. */
  status?: string | undefined
}

// Milliseconds. The lease is longer than one try may take, or two processes would send the same mail.
const lease = 180_000
const firstPause = 60_000
const longestPause = 6 * 3_600_000
const giveUpAfter = 3 * 24 * 3_600_000
const keptAfterwards = 30 * 24 * 3_600_000

/**
 * Claims the mail that is due the longest. One whose lease has run out is claimed as well: the process that sent it has
 * died, and nobody knows how far it came. All times are PostgreSQL's, so that the clocks of several machines don't matter.
 */
export async function claimMail(database: Database): Promise<ClaimedMail | undefined> {
  const [mail] = await database.$queryRaw<ClaimedMail[]>`
    WITH due AS MATERIALIZED (
      SELECT id, state FROM outgoing_mail
      WHERE state IN ('queued', 'sending') AND due_at <= now()
      ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE outgoing_mail m
    SET state = 'sending', attempts = m.attempts + 1, due_at = now() + ${lease} * interval '1 millisecond',
      perhaps_twice = m.perhaps_twice OR due.state = 'sending'
    FROM due WHERE m.id = due.id
    RETURNING m.id, m.kind, m.message, m.attempts, m.created_at AS "createdAt", m.perhaps_twice AS "perhapsTwice",
      m.contact_id AS "contactId", m.purposes, m.request_id AS "aboutRequest",
      least(m.expires_at, m.created_at + ${giveUpAfter} * interval '1 millisecond') <= now() AS expired`
  return mail
}

/**
 * Holds on to a mail for the time that one try may take, since making it took its time. False if another process has taken it
 * over, or it was cancelled meanwhile: then it is not ours to send.
 */
export async function holdOn(database: Database, { id, attempts }: ClaimedMail): Promise<boolean> {
  const held = await database.$executeRaw`
    UPDATE outgoing_mail SET due_at = now() + ${lease} * interval '1 millisecond'
    WHERE id = ${id}::uuid AND attempts = ${attempts} AND state = 'sending'`
  return held === 1
}

/** What can note it: the database, or a transaction. */
export type Writer = Pick<Database, '$executeRaw'>

/** Notes that a mail was sent, and forgets what it said. */
export async function noteSent(database: Writer, { id, attempts }: ClaimedMail): Promise<void> {
  await database.$executeRaw`
    UPDATE outgoing_mail SET state = 'sent', sent_at = now(), message = NULL, fault = ''
    WHERE id = ${id}::uuid AND attempts = ${attempts}`
}

/** Notes that a mail may not be sent any more, and forgets what it said. */
export async function noteCancelled(database: Writer, { id, attempts }: ClaimedMail, reason: string): Promise<void> {
  await database.$executeRaw`
    UPDATE outgoing_mail SET state = 'cancelled', message = NULL, fault = ${reason}
    WHERE id = ${id}::uuid AND attempts = ${attempts}`
}

/**
 * Notes that a mail was not sent: it is tried again after a pause, which grows from a minute to six hours, but is at most
 * half of the time that is left; or given up: when trying again would not help, and after three days or at its own expiry.
 * Returns which; undefined if another process has taken it over, or it was cancelled meanwhile.
 */
export async function noteFault(
  database: Database,
  { id, attempts }: ClaimedMail,
  { text, permanent, perhapsTaken }: Fault,
): Promise<'queued' | 'failed' | undefined> {
  const pause = Math.min(firstPause * 2 ** (attempts - 1), longestPause)
  const [noted] = await database.$queryRaw<{ state: 'queued' | 'failed' }[]>`
    WITH mail AS (
      SELECT id, least(expires_at, created_at + ${giveUpAfter} * interval '1 millisecond') - now() AS time_left,
        ${firstPause} * interval '1 millisecond' AS shortest, ${pause} * interval '1 millisecond' AS usual
      FROM outgoing_mail WHERE id = ${id}::uuid AND attempts = ${attempts} AND state = 'sending'
    ), verdict AS (
      SELECT id, ${permanent} OR time_left < shortest AS final,
        now() + greatest(shortest, least(usual, time_left / 2)) AS next_try
      FROM mail
    )
    UPDATE outgoing_mail m
    SET state = CASE WHEN final THEN 'failed' ELSE 'queued' END, message = CASE WHEN final THEN NULL ELSE message END,
      due_at = next_try, fault = ${text}, perhaps_twice = perhaps_twice OR (${perhapsTaken} AND NOT final)
    FROM verdict WHERE m.id = verdict.id
    RETURNING m.state`
  return noted?.state
}

/** In how many milliseconds the next mail is due; undefined when there is none. */
export async function nextDue(database: Database): Promise<number | undefined> {
  const [next] = await database.$queryRaw<{ wait: number | null }[]>`
    SELECT (extract(epoch FROM min(due_at) - now()) * 1000)::float8 AS wait FROM outgoing_mail
    WHERE state IN ('queued', 'sending')`
  return next?.wait ?? undefined
}

/** Forgets mails that were sent, given up or cancelled long ago. */
export async function forgetOldMails(database: Database): Promise<void> {
  await database.$executeRaw`
    DELETE FROM outgoing_mail
    WHERE state IN ('sent', 'failed', 'cancelled') AND due_at < now() - ${keptAfterwards} * interval '1 millisecond'`
}

/** Mails that are not sent yet, and those of the last 30 days that nobody tries to send any more. */
export const outgoingMails: Queue = {
  name: 'mails',
  waiting: Prisma.sql`SELECT created_at AS since FROM outgoing_mail WHERE state IN ('queued', 'sending')`,
  givenUp: Prisma.sql`SELECT FROM outgoing_mail WHERE state = 'failed'`,
}

/** A mail to a contact, without what it says. */
export type ListedMail = {
  id: string
  contactId: string
  kind: string
  purposes: string[]
  state: 'queued' | 'sending' | 'sent' | 'failed' | 'cancelled'
  createdAt: Date
  sentAt: Date | null
  bouncedAt: Date | null
}

/** The mails to some contacts, the newest first, at most so many each. */
export const mailsTo = (database: Database, contactIds: readonly string[], most: number): Promise<ListedMail[]> =>
  database.$queryRaw<ListedMail[]>`
    SELECT m.* FROM unnest(${[...contactIds]}::uuid[]) c(id) CROSS JOIN LATERAL (
      SELECT id, contact_id AS "contactId", kind, purposes, state, created_at AS "createdAt", sent_at AS "sentAt",
        bounced_at AS "bouncedAt"
      FROM outgoing_mail WHERE contact_id = c.id ORDER BY id DESC LIMIT ${most}
    ) m`
