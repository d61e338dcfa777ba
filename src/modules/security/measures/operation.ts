import type { Measure } from '../measure.ts'

/** What is lost can be restored (Art. 32(1)(c) GDPR). It happens outside of the product. */
export const backups: Measure = {
  key: 'backups',
  title: { de: 'Datensicherung', en: 'Backups' },
  description: {
    de: 'Die Datenbank und der Ordner data werden regelmäßig gesichert, und das Zurückspielen wird geübt.',
    en: 'The database and the folder data are backed up regularly, and restoring them is practised.',
  },
  checkEvery: 30,
  look: async () => ({
    unknown: true,
    findings: [
      {
        text: {
          de: 'Diese Version sichert selbst nichts: Wer den Server betreibt, muss es tun. Hier zählt nur, was jemand nach einer Prüfung festhält: das Alter der letzten Sicherung, und ob sie sich zurückspielen ließ.',
          en: 'This version makes no backups itself: whoever runs the server has to. Here counts only what somebody records after a look: the age of the latest backup, and whether it could be restored.',
        },
        count: 1,
        attention: false,
      },
    ],
  }),
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
