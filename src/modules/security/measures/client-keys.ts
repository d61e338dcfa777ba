import { Prisma } from '#prisma/client.ts'
import type { Measure } from '../measure.ts'
import { found, tally } from '../tally.ts'

const live = Prisma.sql`k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())`

// Live keys of enabled clients, and enabled clients whose keys are all over.
const keys = Prisma.sql`(
  SELECT c.id AS subject, k.kind, k.created_at, k.expires_at, k.last_used_at
  FROM client_key k JOIN client c ON c.id = k.client_id
  WHERE c.disabled_at IS NULL AND ${live}
  UNION ALL
  SELECT c.id, NULL, NULL, NULL, NULL FROM client c
  WHERE c.disabled_at IS NULL AND EXISTS (SELECT FROM client_key k WHERE k.client_id = c.id)
    AND NOT EXISTS (SELECT FROM client_key k WHERE k.client_id = c.id AND ${live})) key`

/** Keys of programs are few, in use, and changed now and then (ASVS 13.3.4). */
export const clientKeys: Measure = {
  key: 'client-keys',
  title: { de: 'Schlüssel von Programmen', en: 'Keys of programs' },
  description: {
    de: 'Programme weisen sich mit eigenen Schlüsseln aus, die ablaufen, regelmäßig gewechselt und nur als Hash gespeichert werden.',
    en: 'Programs identify themselves with keys of their own, which expire, are changed regularly, and are stored only as a hash.',
  },
  checkEvery: 90,
  look: async ({ database }) => {
    const { unused, endless, old, over } = await tally(database, keys, {
      unused: Prisma.sql`kind IS NOT NULL AND coalesce(last_used_at, created_at) < now() - interval '90 days'`,
      endless: Prisma.sql`kind IS NOT NULL AND expires_at IS NULL`,
      old: Prisma.sql`kind = 'secret' AND created_at < now() - interval '1 year'`,
      over: Prisma.sql`kind IS NULL`,
    })
    const findings = found(
      {
        text: {
          de: 'Schlüssel, die seit 90 Tagen niemand benutzt hat: widerrufen.',
          en: 'Keys that nobody used for 90 days: revoke them.',
        },
        count: unused.count,
        clients: unused.ids,
        attention: true,
      },
      {
        text: {
          de: 'Geheime Schlüssel, die älter als ein Jahr sind: wechseln (rotateClientKey).',
          en: 'Secret keys that are older than a year: rotate them (rotateClientKey).',
        },
        count: old.count,
        clients: old.ids,
        attention: true,
      },
      {
        text: {
          de: 'Schlüssel, die nie ablaufen: durch solche mit Ablaufdatum ersetzen.',
          en: 'Keys that never expire: put ones with a date of expiry in their place.',
        },
        count: endless.count,
        clients: endless.ids,
        attention: true,
      },
      {
        text: {
          de: 'Programme, deren Schlüssel alle abgelaufen oder widerrufen sind: einen neuen ausstellen oder sie sperren.',
          en: 'Programs whose keys have all expired or been revoked: make a new one, or disable them.',
        },
        count: over.count,
        clients: over.ids,
        attention: true,
      },
    )
    return { findings }
  },
}
