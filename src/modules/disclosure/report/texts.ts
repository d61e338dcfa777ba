import { groundLabels, startLabels } from '../../lawfulness/register/export/labels.ts'
import type { Language } from '../packages.ts'

/** What a report says of itself, in both languages. */
export const reportTexts = {
  de: {
    title: { access: 'Auskunft über Ihre Daten', portability: 'Ihre Daten zum Mitnehmen' },
    subtitle: {
      access: 'Auskunft nach Art. 15 DSGVO: alles, was über Sie gespeichert ist',
      portability: 'Daten nach Art. 20 DSGVO: was Sie selbst angegeben haben',
    },
    inParts: 'Dieser Bericht hat mehrere Teile: report.pdf, report-2.pdf und so fort.',
    part: (title: string, number: number) => `${title}, Teil ${number}`,
    words: { about: 'Zu diesem Bericht', contents: 'Inhalt', page: 'Seite' },
    facts: { person: 'Ihre Nummer', asOf: 'Stand', request: 'Nummer Ihres Antrags', package: 'Nummer dieser Auskunft' },
    logo: (name: string) => (name ? `Logo: ${name}` : 'Logo'),
    moment: (iso: string) => `${format('de', iso, 'medium')} UTC`,
    day: (iso: string) => format('de', iso),
    number: (number: number, of: number) => `${number} von ${of}`,
    file: 'Datei',
    yes: 'ja',
    no: 'nein',
    redactions: 'Was hier nicht steht',
    redactionsIntro:
      'Angaben, die andere Personen betreffen, sind ausgelassen oder ersetzt (Art. 15 Abs. 4 DSGVO). Hier steht, wo und nach welcher Regel.',
    redactionColumns: ['Art', 'Eintrag', 'Feld', 'Regel'],
    start: (start: string) => labelIn(startLabels, start, 'de'),
    ground: (ground: string) => labelIn(groundLabels, ground, 'de'),
    information: {
      controller: 'Wer für Ihre Daten verantwortlich ist',
      officer: 'Datenschutzbeauftragte Person',
      notSaid: 'Nicht angegeben.',
      purposes: 'Wofür und auf welcher Grundlage Ihre Daten verarbeitet werden',
      from: 'ab',
      until: 'bis',
      holds: 'gilt',
      holdsNot: 'gilt nicht mehr oder noch nicht',
      noGround: 'Es gibt keine Rechtsgrundlage.',
      noPurposes: 'Es sind keine Zwecke verzeichnet.',
      kept: 'Aufbewahrung',
      categories: 'Welche Kategorien von Daten verarbeitet werden',
      seeData: 'Die Kapitel mit Ihren Daten sind nach Kategorien geordnet.',
      recipients: 'Wer Ihre Daten bekommen hat oder bekommt',
      noRecipients: 'Es sind keine Empfänger verzeichnet.',
      retention: 'Wie lange Ihre Daten gespeichert werden',
      retentionIntro:
        'Bei jedem Zweck oben steht, wie lange Daten dafür aufbewahrt werden. Danach werden sie gelöscht, soweit kein Gesetz etwas anderes verlangt.',
      sources: 'Woher Ihre Daten stammen',
      noSources: 'Es ist keine andere Herkunft verzeichnet.',
      transfers: 'Übermittlung in Länder außerhalb der EU, und wie Ihre Daten dort geschützt sind',
      noTransfers: 'Es sind keine Übermittlungen in Drittländer verzeichnet.',
      automated: 'Automatisierte Entscheidungen',
      noDecisions:
        'Es sind keine Entscheidungen verzeichnet, die ausschließlich automatisiert getroffen werden (Art. 22 DSGVO). Regeln, nach denen bei Ihren Daten etwas von selbst geschah, stehen hier, falls es welche gibt.',
      rights: 'Ihre Rechte',
      yourRights: [
        'Auskunft darüber, was über Sie gespeichert ist (Art. 15 DSGVO)',
        'Berichtigung, wenn etwas nicht stimmt (Art. 16 DSGVO)',
        'Löschung (Art. 17 DSGVO)',
        'Einschränkung der Verarbeitung (Art. 18 DSGVO)',
        'Ihre Daten zum Mitnehmen (Art. 20 DSGVO)',
        'Widerspruch gegen die Verarbeitung (Art. 21 DSGVO)',
        'Widerruf einer Einwilligung, jederzeit, für die Zukunft (Art. 7 Abs. 3 DSGVO)',
        'Beschwerde bei einer Aufsichtsbehörde (Art. 77 DSGVO)',
      ],
      authority: 'Aufsichtsbehörde',
      anyAuthority:
        'Sie können sich bei jeder Datenschutzaufsichtsbehörde beschweren, besonders bei der an Ihrem Wohnort.',
    },
  },
  en: {
    title: { access: 'What is kept about you', portability: 'Your data to take along' },
    subtitle: {
      access: 'Access by Art. 15 GDPR: everything that is kept about you',
      portability: 'Data by Art. 20 GDPR: what you gave yourself',
    },
    inParts: 'This report has several parts: report.pdf, report-2.pdf and so on.',
    part: (title: string, number: number) => `${title}, part ${number}`,
    words: { about: 'About this report', contents: 'Contents', page: 'Page' },
    facts: {
      person: 'Your number',
      asOf: 'As of',
      request: 'Number of your request',
      package: 'Number of this package',
    },
    logo: (name: string) => (name ? `Logo: ${name}` : 'Logo'),
    moment: (iso: string) => `${format('en-GB', iso, 'medium')} UTC`,
    day: (iso: string) => format('en-GB', iso),
    number: (number: number, of: number) => `${number} of ${of}`,
    file: 'File',
    yes: 'yes',
    no: 'no',
    redactions: 'What is not shown',
    redactionsIntro:
      'Data about other persons is left out or replaced (Art. 15(4) GDPR). Here stands where, and by which rule.',
    redactionColumns: ['Kind', 'Record', 'Field', 'Rule'],
    start: (start: string) => labelIn(startLabels, start, 'en'),
    ground: (ground: string) => labelIn(groundLabels, ground, 'en'),
    information: {
      controller: 'Who is responsible for your data',
      officer: 'Data-protection officer',
      notSaid: 'Not given.',
      purposes: 'What your data is processed for, and on what ground',
      from: 'from',
      until: 'until',
      holds: 'holds',
      holdsNot: 'holds no more, or not yet',
      noGround: 'There is no legal ground.',
      noPurposes: 'No purposes are recorded.',
      kept: 'Retention',
      categories: 'Which categories of data are processed',
      seeData: 'The chapters with your data are ordered by category.',
      recipients: 'Who got your data, or gets it',
      noRecipients: 'No recipients are recorded.',
      retention: 'How long your data is kept',
      retentionIntro:
        'With each purpose above stands how long data is kept for it. Then it is erased, unless a law demands otherwise.',
      sources: 'Where your data came from',
      noSources: 'No other source is recorded.',
      transfers: 'Transfers to countries outside the EU, and what safeguards your data there',
      noTransfers: 'No transfers to third countries are recorded.',
      automated: 'Automated decisions',
      noDecisions:
        'No decisions are recorded that are made by machines alone (Art. 22 GDPR). Rules by which something happened to your data by itself stand here, if there are any.',
      rights: 'Your rights',
      yourRights: [
        'Access to what is kept about you (Art. 15 GDPR)',
        'Rectification of what is wrong (Art. 16 GDPR)',
        'Erasure (Art. 17 GDPR)',
        'Restriction of processing (Art. 18 GDPR)',
        'Your data to take along (Art. 20 GDPR)',
        'Objection to processing (Art. 21 GDPR)',
        'Withdrawal of consent, at any time, for the future (Art. 7(3) GDPR)',
        'Complaint to a supervisory authority (Art. 77 GDPR)',
      ],
      authority: 'Supervisory authority',
      anyAuthority: 'You can complain to any data-protection authority, above all to the one where you live.',
    },
  },
} as const satisfies Record<Language, object>

const format = (locale: string, iso: string, timeStyle?: 'medium') =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC', ...(timeStyle && { timeStyle }) }).format(
    new Date(iso),
  )

const labelIn = (labels: Readonly<Record<string, { de: string; en: string }>>, key: string, language: Language) =>
  Object.hasOwn(labels, key) ? (labels[key]?.[language] ?? key) : key
