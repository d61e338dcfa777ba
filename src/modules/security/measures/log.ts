import { askOf, findExcess } from '../../../database/privileges/faults.ts'
import { guardFaults } from '../guards.ts'
import type { Measure } from '../measure.ts'
import { found } from '../tally.ts'

/** No change without an entry, and no entry is ever changed (Art. 5(2), 32(1)(b) GDPR; ASVS 16.4.2). */
export const auditLog: Measure = {
  key: 'audit-log',
  title: { de: 'Unveränderliches Protokoll', en: 'An audit log that stays' },
  description: {
    de: 'Jede Änderung steht im Protokoll. PostgreSQL lehnt Änderungen ohne Eintrag ab und lässt Einträge weder ändern noch löschen; Lethe arbeitet als Datenbanknutzer, dem nichts gehört.',
    en: 'Every change is in the audit log. PostgreSQL refuses changes without an entry, and lets nobody change or remove entries; Lethe works as a database user who owns nothing.',
  },
  checkEvery: 180,
  look: async (context) => {
    const [wrong, faults] = await Promise.all([guardFaults(context), findExcess(askOf(context.database))])
    const places = [...new Set(wrong.map(({ place }) => place))]
    const findings = found(
      {
        text: {
          de: `Der Schutz in der Datenbank ist abgeschaltet, fehlt oder wird umgangen: ${places.join(', ')}. Jemand hat ihn verändert; herausfinden, wer und warum. „lethe audit verify“ sagt es genauer.`,
          en: `The protection in the database is off, missing or evaded: ${places.join(', ')}. Somebody changed it; find out who, and why. “lethe audit verify” says more.`,
        },
        count: places.length,
        attention: true,
      },
      {
        text: {
          de: 'Der Datenbanknutzer, mit dem Lethe arbeitet, könnte das Protokoll ändern: Er hat Rechte bekommen, mit denen Lethe nicht mehr starten wird. „lethe migrate“ nennt sie und wie man sie ihm nimmt.',
          en: 'The database user that Lethe works as could change the log: it was given privileges with which Lethe will not start again. “lethe migrate” names them, and how to take them away.',
        },
        count: faults.length,
        attention: true,
      },
    )
    return { findings }
  },
}
