import { Prisma } from '#prisma/client.ts'
import type { Measure } from '../measure.ts'
import { found, tally } from '../tally.ts'

/**
 * The condition that a session `s` is good for something.
 *
 * @param idle Milliseconds without a request after which it ends.
 */
export const liveSession = (idle: number): Prisma.Sql => Prisma.sql`
  s.ended_at IS NULL AND s.expires_at > now() AND s.last_seen_at > now() - ${idle} * interval '1 millisecond'`

/** Sign-ins end by themselves when nobody uses them (ASVS 7.3). */
export const sessions: Measure = {
  key: 'sessions',
  title: { de: 'Anmeldungen enden', en: 'Sign-ins end' },
  description: {
    de: 'Eine Anmeldung endet nach einer festen Zeit und wenn sie nicht benutzt wird. Jeder sieht seine Anmeldungen und kann sie beenden.',
    en: 'A sign-in ends after a fixed time, and when nobody uses it. Everybody sees their own and can end them.',
  },
  checkEvery: 90,
  look: async ({ database, sessions: { idle } }) => {
    const from = Prisma.sql`(
      SELECT s.user_id AS subject, s.last_seen_at FROM session s JOIN user_account u ON u.id = s.user_id
      WHERE ${liveSession(idle)} AND u.disabled_at IS NULL) live`
    const { stale, live } = await tally(database, from, {
      stale: Prisma.sql`last_seen_at < now() - interval '7 days'`,
      live: Prisma.sql`true`,
    })
    const findings = found(
      {
        text: {
          de: 'Seit 7 Tagen nicht benutzt und immer noch gültig: beenden, oder LETHE_IDLE_MINUTES kürzer setzen.',
          en: 'Not used for 7 days, and still good: end them, or set LETHE_IDLE_MINUTES lower.',
        },
        count: stale.count,
        users: stale.ids,
        attention: true,
      },
      { text: { de: 'Gültige Anmeldungen.', en: 'Sign-ins that are good.' }, count: live.count, attention: false },
    )
    return { findings }
  },
}
