import type { Database } from '../../../database/client.ts'
import type { ListedMail } from '../../../mail/queue.ts'

/** What became of a mail of a schedule. `state` null: it is too long ago to be known. */
export type ListedMailing = {
  scheduleId: string
  recipientId: string
  period: Date
  state: ListedMail['state'] | null
  sentAt: Date | null
  bouncedAt: Date | null
  /** The status that says why (RFC 3463). */
  bounce: string
  perhapsTwice: boolean
  /** Why it was not sent. Names nobody. */
  fault: string
}

/** The mails of some schedules, the newest first, at most so many each. */
export const mailingsOf = (database: Database, ids: readonly string[], most: number): Promise<ListedMailing[]> =>
  database.$queryRaw<ListedMailing[]>`
    SELECT m.* FROM unnest(${[...ids]}::uuid[]) s(id) CROSS JOIN LATERAL (
      SELECT m.schedule_id AS "scheduleId", m.recipient_id AS "recipientId", m.period, o.state, o.sent_at AS "sentAt",
        o.bounced_at AS "bouncedAt", coalesce(o.bounce, '') AS bounce,
        coalesce(o.perhaps_twice, false) AS "perhapsTwice", coalesce(o.fault, '') AS fault
      FROM report_mailing m LEFT JOIN outgoing_mail o ON o.id = m.mail_id
      WHERE m.schedule_id = s.id ORDER BY m.period DESC, m.recipient_id LIMIT ${most}
    ) m`

/** The recipients of some schedules whom mails came back from: which, and since when. */
export const undeliverableOf = (
  database: Database,
  ids: readonly string[],
): Promise<{ scheduleId: string; recipientId: string; since: Date }[]> =>
  database.$queryRaw`
    SELECT r.schedule_id AS "scheduleId", r.id AS "recipientId", coalesce(u.undeliverable_at, a.undeliverable_at) AS since
    FROM report_recipient r LEFT JOIN user_account u ON u.id = r.user_id LEFT JOIN report_address a ON a.id = r.address_id
    WHERE r.schedule_id = ANY(${[...ids]}::uuid[]) AND coalesce(u.undeliverable_at, a.undeliverable_at) IS NOT NULL`
