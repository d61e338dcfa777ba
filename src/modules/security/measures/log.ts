import { Prisma } from '#prisma/client.ts'
import { tableOf } from '../../../database/models.ts'
import type { Context } from '../../../graphql/context.ts'
import type { Measure } from '../measure.ts'
import { found } from '../tally.ts'

/** No change without an entry, and no entry is ever changed (Art. 5(2), 32(1)(b) GDPR; ASVS 16.4.2). */
export const auditLog: Measure = {
  key: 'audit-log',
  title: { de: 'Unveränderliches Protokoll', en: 'An audit log that stays' },
  description: {
    de: 'Jede Änderung steht im Protokoll. PostgreSQL lehnt Änderungen ohne Eintrag ab und lässt Einträge weder ändern noch löschen.',
    en: 'Every change is in the audit log. PostgreSQL refuses changes without an entry, and lets nobody change or remove entries.',
  },
  checkEvery: 180,
  look: async (context) => {
    const { missing, owned } = await protection(context)
    const tables = [...new Set(missing.map(({ table }) => table))].sort()
    const findings = found(
      {
        text: {
          de: `Der Schutz in der Datenbank ist abgeschaltet oder fehlt: ${tables.join(', ')}. Jemand hat ihn entfernt; herausfinden, wer und warum.`,
          en: `The protection in the database is off or missing: ${tables.join(', ')}. Somebody took it away; find out who, and why.`,
        },
        count: tables.length,
        attention: true,
      },
      {
        text: {
          de: 'Dem Datenbanknutzer, mit dem Lethe arbeitet, gehören die Tabellen: Wer sein Passwort kennt, könnte den Schutz abschalten.',
          en: 'The database user that Lethe works as owns the tables: whoever knows its password could turn the protection off.',
        },
        count: owned,
        attention: false,
      },
    )
    return { findings }
  },
}

const entries = ['audit_entry', 'system_audit_entry']

/** Which triggers of the product are missing or off, and how many of the tables of entries belong to our own user. */
async function protection({ database, audited }: Pick<Context, 'database' | 'audited'>) {
  const guarded = [...audited.keys()].map((model) => tableOf(database, model).table)
  const wanted = [
    ...guarded.flatMap((table) => ['audit_required', 'audit_no_truncate'].map((trigger) => ({ table, trigger }))),
    ...entries.flatMap((table) => ['stamp', 'fixed', 'kept'].map((what) => ({ table, trigger: `${table}_${what}` }))),
  ]
  const [row] = await database.$queryRaw<{ missing: { table: string }[]; owned: number }[]>`
    SELECT
      (SELECT coalesce(jsonb_agg(w), '[]') FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) w("table" text, trigger text)
       WHERE NOT EXISTS (
         SELECT FROM pg_trigger t WHERE t.tgrelid = to_regclass(quote_ident(w."table")) AND t.tgname = w.trigger
           AND t.tgenabled IN ('O', 'A'))) AS missing,
      (SELECT count(*)::int FROM pg_class c
       WHERE c.oid IN (${Prisma.join(entries.map((table) => Prisma.sql`to_regclass(${table})`))})
         AND pg_has_role(c.relowner, 'USAGE')) AS owned`
  if (!row) throw new Error('there is one row')
  return row
}
