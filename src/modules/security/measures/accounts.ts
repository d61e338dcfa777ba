import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import { networkOf } from '../../identity/sign-in/attempts.ts'
import { hashingCost } from '../../identity/sign-in/password.ts'
import type { Measure } from '../measure.ts'
import { found, mostNamed, type Tally, tally } from '../tally.ts'
import { liveSession } from './sessions.ts'

// Of enabled users: whether they show a second factor, and whether they may do everything.
const accounts = Prisma.sql`(
  SELECT u.id AS subject, u.password_hash, u.password_is_short, u.created_at, u.undeliverable_at,
    EXISTS (SELECT FROM totp t WHERE t.user_id = u.id AND t.activated_at IS NOT NULL)
      OR EXISTS (SELECT FROM passkey p WHERE p.user_id = u.id) AS has_factor,
    EXISTS (SELECT FROM role_assignment a JOIN role_grant g ON g.role_id = a.role_id
      WHERE a.user_id = u.id AND g."right" = '*' AND g.write) AS is_administrator,
    EXISTS (SELECT FROM external_identity e WHERE e.user_id = u.id) AS has_provider,
    s.last_seen_at
  FROM user_account u
  LEFT JOIN (SELECT user_id, max(last_seen_at) AS last_seen_at FROM session GROUP BY user_id) s ON s.user_id = u.id
  WHERE u.disabled_at IS NULL) account`

/** Passwords that are hard to guess, and hashed so that a stolen database doesn't tell them (ASVS 6.2, 11.4.2). */
export const passwords: Measure = {
  key: 'passwords',
  title: { de: 'Sichere Passwörter', en: 'Strong passwords' },
  description: {
    de: 'Passwörter haben mindestens 15 Zeichen (mit zweitem Faktor 8), sind keine bekannten und werden nur als Argon2id-Hash gespeichert.',
    en: 'Passwords have at least 15 characters (8 with a second factor), are no well-known ones, and are stored only as a hash by Argon2id.',
  },
  checkEvery: 180,
  look: async ({ database }) => {
    const cost = (letter: string) => Prisma.sql`substring(password_hash from ${`[$,]${letter}=(\\d+)`})::bigint`
    const { short, outdated } = await tally(database, accounts, {
      short: Prisma.sql`password_is_short AND NOT has_factor`,
      outdated: Prisma.sql`password_hash <> '' AND (password_hash NOT LIKE '$argon2id$%'
        OR ${cost('m')} < ${hashingCost.memoryCost} OR ${cost('t')} < ${hashingCost.timeCost})`,
    })
    const findings = found(
      {
        text: {
          de: 'Kurze Passwörter, deren zweiter Faktor fehlt: Damit kann sich niemand anmelden, bis ein längeres gesetzt ist.',
          en: 'Short passwords whose second factor is gone: nobody can sign in with them until a longer one is set.',
        },
        count: short.count,
        users: short.ids,
        attention: true,
      },
      {
        text: {
          de: 'Passwörter mit einem Hash nach älterem Maßstab: er wird bei der nächsten Anmeldung erneuert.',
          en: 'Passwords with a hash of an older cost: it is renewed when they sign in next.',
        },
        count: outdated.count,
        users: outdated.ids,
        attention: true,
      },
    )
    return { findings }
  },
}

/** A second factor beside the password (ASVS 6.3.3). */
export const secondFactor: Measure = {
  key: 'second-factor',
  title: { de: 'Zweiter Faktor', en: 'Second factor' },
  description: {
    de: 'Wer sich mit Passwort anmeldet, beweist zusätzlich mit einer App oder einem Passkey, wer er ist.',
    en: 'Who signs in by password proves who they are by an app or a passkey besides.',
  },
  checkEvery: 90,
  look: async ({ database }) => {
    const { administrators, others } = await tally(database, accounts, {
      administrators: Prisma.sql`password_hash <> '' AND NOT has_factor AND is_administrator`,
      others: Prisma.sql`password_hash <> '' AND NOT has_factor AND NOT is_administrator`,
    })
    const findings = found(
      {
        text: {
          de: 'Administratoren ohne zweiten Faktor: Wer ihr Passwort erfährt, darf alles.',
          en: 'Administrators without a second factor: whoever learns their password may do everything.',
        },
        count: administrators.count,
        users: administrators.ids,
        attention: true,
      },
      {
        text: { de: 'Andere Nutzer ohne zweiten Faktor.', en: 'Other users without a second factor.' },
        count: others.count,
        users: others.ids,
        attention: true,
      },
    )
    return { findings }
  },
}

// From so many networks at once, it is hardly one person with a computer and a phone.
const mostNetworks = 2

/** Each person has an account of their own, and nobody else has one (Art. 32(4) GDPR). */
export const ownAccounts: Measure = {
  key: 'accounts',
  title: { de: 'Ein Konto je Person', en: 'An account for each person' },
  description: {
    de: 'Jede Person hat ein eigenes Konto. Konten, die niemand mehr braucht, werden gesperrt.',
    en: 'Each person has an account of their own. Accounts that nobody needs any more are disabled.',
  },
  checkEvery: 90,
  look: async ({ database, sessions: { idle } }) => {
    const { neverSeen, notSeen, unreachable } = await tally(database, accounts, {
      // Programs with a token of the identity provider call without a session.
      neverSeen: Prisma.sql`last_seen_at IS NULL AND NOT has_provider AND created_at < now() - interval '7 days'`,
      notSeen: Prisma.sql`last_seen_at < now() - interval '90 days'`,
      unreachable: Prisma.sql`undeliverable_at IS NOT NULL`,
    })
    const shared = await perhapsShared(database, idle)
    const findings = found(
      {
        text: {
          de: 'Vor über 7 Tagen angelegt und noch nie angemeldet: noch einmal einladen oder sperren.',
          en: 'Made more than 7 days ago, and never signed in: invite them again, or disable the accounts.',
        },
        count: neverSeen.count,
        users: neverSeen.ids,
        attention: true,
      },
      {
        text: {
          de: 'Seit 90 Tagen nicht gesehen: sperren, wer nicht mehr dazugehört.',
          en: 'Not seen for 90 days: disable those who have left.',
        },
        count: notSeen.count,
        users: notSeen.ids,
        attention: true,
      },
      {
        text: {
          de: `Zugleich aus mehr als ${mostNetworks} Netzen angemeldet: vielleicht teilen sich mehrere Personen das Konto.`,
          en: `Signed in from more than ${mostNetworks} networks at once: perhaps several people share the account.`,
        },
        count: shared.count,
        users: shared.ids,
        attention: true,
      },
      {
        text: {
          de: 'E-Mails kommen zurück: Warnungen, Berichte und Links erreichen diese Nutzer nicht. Adresse berichtigen (updateUser).',
          en: 'Mails come back: warnings, reports and links don’t reach these users. Correct the address (updateUser).',
        },
        count: unreachable.count,
        users: unreachable.ids,
        attention: true,
      },
    )
    return { findings }
  },
}

async function perhapsShared(database: Database, idle: number): Promise<Tally> {
  const candidates = await database.$queryRaw<{ userId: string; addresses: string[] }[]>`
    SELECT s.user_id AS "userId", (array_agg(DISTINCT s.address))[1:100] AS addresses FROM session s
    JOIN user_account u ON u.id = s.user_id
    WHERE ${liveSession(idle)} AND u.disabled_at IS NULL
    GROUP BY s.user_id HAVING count(DISTINCT s.address) > ${mostNetworks}
    ORDER BY s.user_id LIMIT 1000`
  const shared = candidates.filter(({ addresses }) => new Set(addresses.map(networkOf)).size > mostNetworks)
  return { count: shared.length, ids: shared.map(({ userId }) => userId).slice(0, mostNamed) }
}
