import { NIL } from 'uuid'
import { firstIdAt } from '../../audit/filter.ts'
import type { Measure } from '../measure.ts'
import { found, mostNamed } from '../tally.ts'

const day = 24 * 60 * 60 * 1000

// More than that tells nothing new, and takes time to count.
const mostCounted = 100_000

// Anybody mistypes a password now and then.
const mostOfAccount = 10
const mostInAll = 100

/** Who guesses passwords doesn't get far, and is noticed (ASVS 6.3.1, 16.3.1). */
export const failedSignIns: Measure = {
  key: 'failed-sign-ins',
  title: { de: 'Schutz vor dem Erraten von Passwörtern', en: 'Protection against guessing' },
  description: {
    de: 'Anmeldeversuche sind begrenzt, je Konto auf weniger als 50 am Tag; abgelehnte stehen im Protokoll.',
    en: 'Attempts to sign in are limited, to less than 50 a day for an account; those that were refused are in the audit log.',
  },
  checkEvery: 30,
  look: async ({ database }) => {
    const [row] = await database.$queryRaw<{ today: number; month: number; tried: string[] }[]>`
      WITH refused AS (
        SELECT entity_id, recorded_at > now() - interval '24 hours' AS is_today FROM system_audit_entry
        WHERE action = 'refused' AND id >= ${firstIdAt(Date.now() - 31 * day)}::uuid
          AND recorded_at > now() - interval '30 days'
          -- Others were refused something for want of a right, or a key.
          AND entity IN ('User', 'Session', 'Passkey') AND 'denied' <> ALL (fields)
        ORDER BY id DESC LIMIT ${mostCounted})
      SELECT count(*)::int AS month, count(*) FILTER (WHERE is_today)::int AS today,
        ARRAY(SELECT entity_id FROM refused WHERE is_today AND entity_id <> ${NIL}::uuid
          GROUP BY entity_id HAVING count(*) > ${mostOfAccount} ORDER BY count(*) DESC LIMIT ${mostNamed}) AS tried
      FROM refused`
    const { today, month, tried } = row ?? { today: 0, month: 0, tried: [] }
    const findings = found(
      {
        text: {
          de: `Konten mit mehr als ${mostOfAccount} abgelehnten Anmeldungen in 24 Stunden: nachfragen, ob das ihr Inhaber war.`,
          en: `Accounts with more than ${mostOfAccount} refused sign-ins in 24 hours: ask whether it was their owner.`,
        },
        count: tried.length,
        users: tried,
        attention: true,
      },
      {
        text: { de: 'Abgelehnte Anmeldungen in 24 Stunden.', en: 'Refused sign-ins in 24 hours.' },
        count: today,
        attention: today > mostInAll,
      },
      {
        text: {
          de: `Abgelehnte Anmeldungen in 30 Tagen${month === mostCounted ? ', oder mehr' : ''}.`,
          en: `Refused sign-ins in 30 days${month === mostCounted ? ', or more' : ''}.`,
        },
        count: month,
        attention: false,
      },
    )
    return { findings }
  },
}
