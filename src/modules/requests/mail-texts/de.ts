import type { MailContent } from '../../../mail/layout.ts'
import type { Close, StaffTexts, Texts } from './types.ts'

/** In German. */
export const de: Texts & StaffTexts = {
  receipt: ({ rights, at, due }, close) =>
    mailDe(
      'Ihr Antrag ist angekommen',
      [
        `am ${at} haben wir Ihren Antrag bekommen:`,
        rights,
        `Wir antworten bis ${due} (Art. 12 Abs. 3 DSGVO). Das kostet Sie nichts.`,
        'Sie haben das nicht verlangt? Dann sagen Sie uns bitte gleich Bescheid.',
      ],
      close,
    ),
  verification: ({ rights, until }, close) =>
    mailDe(
      'Ihr Antrag: bitte zeigen Sie, dass Sie es sind',
      [
        'Sie haben verlangt:',
        rights,
        'Damit niemand anderes Ihre Daten bekommt oder ändert, müssen wir sicher sein, dass der Antrag von Ihnen kommt (Art. 12 Abs. 6 DSGVO). Am einfachsten öffnen Sie die Seite mit Ihren Daten, mit einem Code per E-Mail, und stellen den Antrag dort noch einmal. Oder rufen Sie uns an, damit wir Sie unter der Nummer zurückrufen, die wir schon haben.',
        'Bitte schicken Sie uns keine Kopie Ihres Ausweises.',
        `Solange ruht die Frist. Hören wir bis ${until} nichts von Ihnen, schließen wir den Antrag; Sie können ihn jederzeit neu stellen.`,
      ],
      close,
      complaintDe,
    ),
  expired: ({ rights }, close) =>
    mailDe(
      'Ihr Antrag ist geschlossen',
      [
        'Sie haben verlangt:',
        rights,
        'Wir haben Sie gebeten zu zeigen, dass der Antrag von Ihnen kommt, und nichts gehört. Deshalb dürfen wir nichts tun (Art. 12 Abs. 2 und 6 DSGVO) und haben ihn geschlossen. Sie können ihn jederzeit neu stellen.',
      ],
      close,
      complaintDe,
    ),
  extension: ({ rights, due, reason }, close) =>
    mailDe(
      'Ihr Antrag: wir brauchen länger',
      [
        'Sie haben verlangt:',
        rights,
        `Wir antworten bis ${due}, nicht schon nach einem Monat (Art. 12 Abs. 3 DSGVO). Der Grund:`,
        reason,
      ],
      close,
      complaintDe,
    ),
  fulfilled: ({ rights, reason }, close) =>
    mailDe(
      'Ihr Antrag ist erledigt',
      ['Sie haben verlangt:', rights, 'Das haben wir getan.', ...(reason ? [reason] : [])],
      close,
      complaintDe,
    ),
  partly: ({ rights, article, reason }, close) =>
    mailDe(
      'Ihr Antrag ist zum Teil erledigt',
      ['Sie haben verlangt:', rights, `Das haben wir zum Teil getan. Warum nicht ganz (${article}):`, reason],
      close,
      complaintDe,
    ),
  denied: ({ rights, article, reason }, close) =>
    mailDe(
      'Ihr Antrag: unsere Entscheidung',
      ['Sie haben verlangt:', rights, `Dem kommen wir nicht nach, nach ${article}. Der Grund:`, reason],
      close,
      complaintDe,
    ),
  lifted: ({ from, reason }, close) =>
    mailDe(
      'Die Einschränkung wird aufgehoben',
      [
        `Sie haben die Verarbeitung Ihrer Daten einschränken lassen (Art. 18 DSGVO). Das heben wir auf, ab ${from} (Art. 18 Abs. 3 DSGVO). Der Grund:`,
        reason,
      ],
      close,
      complaintDe,
    ),
  message: ({ text }, close) => mailDe('Zu Ihrem Antrag', [text], close),
  noMatch: ({ rights, at }, close) =>
    mailDe(
      'Ihr Antrag: unsere Antwort',
      [
        `am ${at} haben wir einen Antrag mit dieser Adresse bekommen:`,
        rights,
        'Wir haben gesucht und speichern über Sie keine Daten. Was Sie uns mit dem Antrag geschrieben haben, ist jetzt auch gelöscht. Deshalb gibt es nichts, was wir tun könnten (Art. 12 Abs. 4 DSGVO).',
      ],
      close,
      complaintDe,
    ),
  received: ({ rights, due }, url) =>
    staffDe(
      'Antrag einer betroffenen Person',
      ['eine Person hat ein Recht geltend gemacht:', rights, `Zu beantworten bis ${due} (Art. 12 Abs. 3 DSGVO).`],
      url,
    ),
  assigned: ({ rights, due }, url) =>
    staffDe(
      'Ihre Aufgabe: Antrag einer betroffenen Person',
      ['dieser Antrag ist jetzt Ihre Aufgabe:', rights, `Zu beantworten bis ${due} (Art. 12 Abs. 3 DSGVO).`],
      url,
    ),
  dueSoon: ({ rights, due }, url) =>
    staffDe(
      'Bald fällig: Antrag einer betroffenen Person',
      ['dieser Antrag ist noch nicht beantwortet:', rights, `Zu beantworten bis ${due} (Art. 12 Abs. 3 DSGVO).`],
      url,
    ),
  overdue: ({ rights, due }, url) =>
    staffDe(
      'Überfällig: Antrag einer betroffenen Person',
      [
        'dieser Antrag ist nicht rechtzeitig beantwortet worden:',
        rights,
        `Er war zu beantworten bis ${due} (Art. 12 Abs. 3 DSGVO).`,
      ],
      url,
    ),
  incoming: ({ rights, due }, url) =>
    staffDe(
      'Antrag einer Person, die noch niemand zugeordnet hat',
      [
        'es ist ein Antrag gekommen, von dem nicht feststeht, zu wem er gehört:',
        rights,
        `Zu beantworten bis ${due} (Art. 12 Abs. 3 DSGVO).`,
      ],
      url,
      'incomingRequests',
    ),
}

// Art. 12(4) GDPR: who does nothing says why, and what can be done against it.
const complaintDe =
  'Sind Sie damit nicht einverstanden? Sie können sich bei einer Aufsichtsbehörde für den Datenschutz beschweren (Art. 77 DSGVO) und vor Gericht gehen (Art. 79 DSGVO).'

function mailDe(
  subject: string,
  lines: readonly string[],
  { page, controller }: Close,
  complaint?: string,
): MailContent {
  return {
    ...{ language: 'de', subject, before: ['Guten Tag,', ...lines] },
    ...(page && { action: { label: 'Zur Seite mit meinen Daten', url: page } }),
    after: [
      ...(complaint ? [complaint] : []),
      ...(controller ? [`Verantwortlich für Ihre Daten:\n${controller}`] : []),
    ],
  }
}

const staffDe = (subject: string, lines: readonly string[], url: string, query = 'subjectRequests'): MailContent => ({
  ...{ language: 'de', subject, before: ['Guten Tag,', ...lines] },
  after: [`Wer es ist und was dazu geschrieben wurde, steht in der Anwendung (${url}), in der Abfrage ${query}.`],
})
