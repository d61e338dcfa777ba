import type { MailContent, MailLanguage } from '../../mail/layout.ts'

/** What mails to persons about their requests say. */
type Texts = {
  receipt: (asked: { rights: string; at: string; due: string }, close: Close) => MailContent
  verification: (asked: { rights: string; until: string }, close: Close) => MailContent
  expired: (asked: { rights: string }, close: Close) => MailContent
  extension: (asked: { rights: string; due: string; reason: string }, close: Close) => MailContent
  fulfilled: (asked: { rights: string; reason: string }, close: Close) => MailContent
  partly: (asked: { rights: string; article: string; reason: string }, close: Close) => MailContent
  denied: (asked: { rights: string; article: string; reason: string }, close: Close) => MailContent
  lifted: (asked: { from: string; reason: string }, close: Close) => MailContent
  message: (asked: { text: string }, close: Close) => MailContent
  noMatch: (asked: { rights: string; at: string }, close: Close) => MailContent
}

/** What stands at the end: the page, and who is responsible (LETHE_CONTROLLER). */
export type Close = { page: string | undefined; controller: string | undefined }

/** What mails to those who answer say. Nobody's data stands in them. */
type StaffTexts = {
  received: (asked: { rights: string; due: string }, url: string) => MailContent
  dueSoon: (asked: { rights: string; due: string }, url: string) => MailContent
  overdue: (asked: { rights: string; due: string }, url: string) => MailContent
  incoming: (asked: { rights: string; due: string }, url: string) => MailContent
}

const de: Texts & StaffTexts = {
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
        `Zu beantworten bis ${due} (Art. 12 Abs. 3 DSGVO). Er steht in der Abfrage incomingRequests.`,
      ],
      url,
    ),
}

const en: Texts & StaffTexts = {
  receipt: ({ rights, at, due }, close) =>
    mailEn(
      'We have your request',
      [
        `on ${at} we got your request for:`,
        rights,
        `We answer by ${due} (Art. 12(3) GDPR). It costs you nothing.`,
        'You did not ask for this? Then please tell us at once.',
      ],
      close,
    ),
  verification: ({ rights, until }, close) =>
    mailEn(
      'Your request: please show that it is you',
      [
        'You asked for:',
        rights,
        'So that nobody else gets or changes your data, we have to be sure that the request is yours (Art. 12(6) GDPR). The easiest way: open the page with your data, with a code by mail, and ask there once more. Or ring us up, so that we call you back at the number that we have already.',
        'Please send us no copy of an identity card.',
        `Meanwhile the time stands still. If we don’t hear from you by ${until}, we close the request; you can ask again at any time.`,
      ],
      close,
      complaintEn,
    ),
  expired: ({ rights }, close) =>
    mailEn(
      'Your request is closed',
      [
        'You asked for:',
        rights,
        'We asked you to show that the request is yours, and did not hear from you. So we may not act on it (Art. 12(2) and (6) GDPR), and have closed it. You can ask again at any time.',
      ],
      close,
      complaintEn,
    ),
  extension: ({ rights, due, reason }, close) =>
    mailEn(
      'Your request: we need more time',
      [
        'You asked for:',
        rights,
        `We answer by ${due}, rather than after one month (Art. 12(3) GDPR). The reason:`,
        reason,
      ],
      close,
      complaintEn,
    ),
  fulfilled: ({ rights, reason }, close) =>
    mailEn(
      'Your request is done',
      ['You asked for:', rights, 'We have done it.', ...(reason ? [reason] : [])],
      close,
      complaintEn,
    ),
  partly: ({ rights, article, reason }, close) =>
    mailEn(
      'Your request is done in part',
      ['You asked for:', rights, `We have done it in part. Why not all of it (${article}):`, reason],
      close,
      complaintEn,
    ),
  denied: ({ rights, article, reason }, close) =>
    mailEn(
      'Your request: our decision',
      ['You asked for:', rights, `We don’t do that, under ${article}. The reason:`, reason],
      close,
      complaintEn,
    ),
  lifted: ({ from, reason }, close) =>
    mailEn(
      'The restriction is lifted',
      [
        `You had the processing of your data restricted (Art. 18 GDPR). We lift that, from ${from} (Art. 18(3) GDPR). The reason:`,
        reason,
      ],
      close,
      complaintEn,
    ),
  message: ({ text }, close) => mailEn('About your request', [text], close),
  noMatch: ({ rights, at }, close) =>
    mailEn(
      'Your request: our answer',
      [
        `on ${at} we got a request with this address, for:`,
        rights,
        'We have looked, and hold no data about you. What you wrote to us with the request is erased now, too. So there is nothing that we could do (Art. 12(4) GDPR).',
      ],
      close,
      complaintEn,
    ),
  received: ({ rights, due }, url) =>
    staffEn(
      'Request of a data subject',
      ['Somebody made use of a right:', rights, `To be answered by ${due} (Art. 12(3) GDPR).`],
      url,
    ),
  dueSoon: ({ rights, due }, url) =>
    staffEn(
      'Due soon: request of a data subject',
      ['This request is not answered yet:', rights, `To be answered by ${due} (Art. 12(3) GDPR).`],
      url,
    ),
  overdue: ({ rights, due }, url) =>
    staffEn(
      'Overdue: request of a data subject',
      ['This request was not answered in time:', rights, `It was to be answered by ${due} (Art. 12(3) GDPR).`],
      url,
    ),
  incoming: ({ rights, due }, url) =>
    staffEn(
      'Request of somebody whom nobody has found yet',
      [
        'A request has come of which it isn’t known whose it is:',
        rights,
        `To be answered by ${due} (Art. 12(3) GDPR). It is in the query incomingRequests.`,
      ],
      url,
    ),
}

// Art. 12(4) GDPR: who does nothing says why, and what can be done against it.
const complaintDe =
  'Sind Sie damit nicht einverstanden? Sie können sich bei einer Aufsichtsbehörde für den Datenschutz beschweren (Art. 77 DSGVO) und vor Gericht gehen (Art. 79 DSGVO).'
const complaintEn =
  'You don’t agree? You can lodge a complaint with a supervisory authority for data protection (Art. 77 GDPR), and go to court (Art. 79 GDPR).'

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

function mailEn(
  subject: string,
  lines: readonly string[],
  { page, controller }: Close,
  complaint?: string,
): MailContent {
  return {
    ...{ language: 'en', subject, before: ['Hello,', ...lines] },
    ...(page && { action: { label: 'To the page with my data', url: page } }),
    after: [...(complaint ? [complaint] : []), ...(controller ? [`Responsible for your data:\n${controller}`] : [])],
  }
}

const staffDe = (subject: string, lines: readonly string[], url: string): MailContent => ({
  ...{ language: 'de', subject, before: ['Guten Tag,', ...lines] },
  after: [
    `Wer es ist und was dazu geschrieben wurde, steht in der Anwendung (${url}), in der Abfrage subjectRequests.`,
  ],
})

const staffEn = (subject: string, lines: readonly string[], url: string): MailContent => ({
  ...{ language: 'en', subject, before: ['Hello,', ...lines] },
  after: [`Who it is, and what they wrote, is in the application (${url}), in the query subjectRequests.`],
})

/** By language. */
export const mailTexts: Readonly<Record<MailLanguage, Texts & StaffTexts>> = { de, en }
