import type { Finding, Measure } from '../measure.ts'

const names = {
  database: { de: 'Datenbank', en: 'database' },
  keys: { de: 'Schlüsselspeicher', en: 'key store' },
} as const

/** What is lost can be restored (Art. 32(1)(c) GDPR). Whether that was practised, nobody can see from here. */
export const backups: Measure = {
  key: 'backups',
  title: { de: 'Datensicherung', en: 'Backups' },
  description: {
    de: 'Datenbank und Schlüsselspeicher werden regelmäßig gesichert, und das Zurückspielen wird geübt.',
    en: 'The database and the key store are backed up regularly, and restoring them is practised.',
  },
  checkEvery: 30,
  look: async ({ backups }) => {
    const states = (await backups?.()) ?? []
    const missing = (['database', 'keys'] as const).filter((of) => !states.some((state) => state.of === of))
    const overdue = states.filter(({ isOverdue }) => isOverdue).map(({ of }) => of)
    const told = (of: keyof typeof names, de: string, en: string, attention: boolean): Finding => ({
      text: { de: `${names[of].de}: ${de}`, en: `The ${names[of].en}: ${en}` },
      ...{ count: 1, attention },
    })
    return {
      unknown: true,
      findings: [
        ...overdue.map((of) => told(of, 'Die letzte Sicherung ist überfällig.', 'the last backup is overdue.', true)),
        ...missing.map((of) =>
          told(
            of,
            'Dieser Server macht davon keine Sicherungen (LETHE_BACKUP_RECIPIENTS, LETHE_KEY_BACKUP_RECIPIENTS): Es zählt, was jemand nach einer Prüfung festhält.',
            'this server makes no backups of it (LETHE_BACKUP_RECIPIENTS, LETHE_KEY_BACKUP_RECIPIENTS): what counts is what somebody records after a look.',
            false,
          ),
        ),
        {
          text: {
            de: 'Ob sich eine Sicherung zurückspielen ließ, sieht ein laufender Server nicht: üben, und das Ergebnis hier festhalten.',
            en: 'A running server can’t see whether a backup could be restored: practise it, and record the outcome here.',
          },
          count: 1,
          attention: false,
        },
      ],
    }
  },
}

/** No known flaws in what the product is made of (ASVS 15.2.1). */
export const dependencies: Measure = {
  key: 'dependencies',
  title: { de: 'Geprüfte Abhängigkeiten', en: 'Audited dependencies' },
  description: {
    de: 'Die Bibliotheken werden auf bekannte Schwachstellen geprüft und erneuert.',
    en: 'Libraries are checked for known flaws, and renewed.',
  },
  checkEvery: 30,
  look: async () => ({
    unknown: true,
    findings: [
      {
        text: {
          de: 'Ein laufender Server sieht nicht, welche Schwachstellen inzwischen bekannt sind: „npm audit“ ausführen und das Ergebnis hier festhalten.',
          en: 'A running server can’t see which flaws have become known since: run "npm audit", and record the outcome here.',
        },
        count: 1,
        attention: false,
      },
    ],
  }),
}
