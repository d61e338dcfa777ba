import { version as uuidVersion } from 'uuid'
import { Prisma } from '#prisma/client.ts'
import { unusedGrants } from '../../identity/access/grant-use.ts'
import { administrator } from '../../identity/access/roles.ts'
import type { Measure } from '../measure.ts'
import { found, mostNamed, tally } from '../tally.ts'

// Who may write everything: roles, the users who hold one, clients.
const holders = Prisma.sql`(
  SELECT DISTINCT w.kind, w.subject, w.key FROM role r
  JOIN role_grant g ON g.role_id = r.id AND g."right" = '*' AND g.write
  CROSS JOIN LATERAL (
    SELECT 'role' AS kind, r.id AS subject, r.key
    UNION ALL SELECT 'user', u.id, NULL FROM role_assignment a JOIN user_account u ON u.id = a.user_id
      WHERE a.role_id = r.id AND u.disabled_at IS NULL) w
  UNION ALL
  SELECT 'client', c.id, NULL FROM client c JOIN client_scope s ON s.client_id = c.id
  WHERE c.disabled_at IS NULL AND s."right" = '*' AND s.write) holder`

// One, and others for when that one is away.
const mostAdministrators = 3

/** Few may do everything (Art. 25(2), 32(4) GDPR). */
export const broadRights: Measure = {
  key: 'broad-rights',
  title: { de: 'Wenige dürfen alles', en: 'Few may do everything' },
  description: {
    de: 'Schreibrechte auf alles haben so wenige wie möglich; alle anderen nur die Rechte, die sie für ihre Arbeit brauchen.',
    en: 'As few as possible may write everything; all others only what they need for their work.',
  },
  checkEvery: 180,
  look: async ({ database }) => {
    const all = await tally(database, holders, {
      roles: Prisma.sql`kind = 'role'`,
      otherRoles: Prisma.sql`kind = 'role' AND key <> ${administrator}`,
      users: Prisma.sql`kind = 'user'`,
      clients: Prisma.sql`kind = 'client'`,
    })
    const findings = found(
      {
        text: {
          de: `Personen, die alles ändern dürfen; mehr als ${mostAdministrators} sind selten nötig.`,
          en: `People who may change everything; more than ${mostAdministrators} are seldom needed.`,
        },
        count: all.users.count,
        users: all.users.ids,
        attention: all.users.count > mostAdministrators,
      },
      {
        text: {
          de: 'Programme, die alles ändern dürfen: ihnen geben, was sie brauchen, statt allem.',
          en: 'Programs that may change everything: give them what they need in place of that.',
        },
        count: all.clients.count,
        clients: all.clients.ids,
        attention: true,
      },
      {
        text: {
          de: 'Rollen, die alles ändern dürfen; eine genügt.',
          en: 'Roles that may change everything; one is enough.',
        },
        count: all.roles.count,
        roles: all.roles.ids,
        attention: all.otherRoles.count > 0,
      },
    )
    return { findings }
  },
}

/** Rights that nobody needs are taken back. */
export const usedRights: Measure = {
  key: 'unused-rights',
  title: { de: 'Rechte werden gebraucht', en: 'Rights are in use' },
  description: {
    de: 'Welche Rechte einer Rolle genutzt werden, wird festgehalten. Was 90 Tage niemand braucht, kann entzogen werden.',
    en: 'It is noted which rights of a role are made use of. What nobody needs for 90 days can be revoked.',
  },
  checkEvery: 180,
  look: async ({ database }) => {
    const unused = await unusedGrants(database)
    const old = unused.filter(({ roleId }) => isOld(roleId))
    const about = (grants: typeof unused) => ({
      count: grants.length,
      roles: [...new Set(grants.map(({ roleId }) => roleId))].slice(0, mostNamed),
    })
    const findings = found(
      {
        text: {
          de: 'Rechte, zu lesen oder zu schreiben, die seit 90 Tagen oder noch nie gebraucht wurden: entziehen (revokeRight).',
          en: 'Grants to read or to write that nobody used for 90 days, or ever: revoke them (revokeRight).',
        },
        ...about(old),
        attention: true,
      },
      {
        text: {
          de: 'Noch nie gebrauchte Rechte von Rollen, die es noch keine 90 Tage gibt.',
          en: 'Grants that nobody used so far, of roles that are not 90 days old.',
        },
        ...about(unused.filter((grant) => !old.includes(grant))),
        attention: false,
      },
    )
    return { findings }
  },
}

/** Whether a role is old enough for its grants to have been used. Its id, a UUIDv7, tells when it was made (RFC 9562). */
function isOld(roleId: string): boolean {
  if (uuidVersion(roleId) !== 7) return true
  const madeAt = Number.parseInt(roleId.replaceAll('-', '').slice(0, 12), 16)
  return madeAt < Date.now() - 90 * 24 * 60 * 60 * 1000
}
