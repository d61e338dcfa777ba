import type { KindTexts, Text } from '../disclosed.ts'
import { sendingWords } from '../shared-words.ts'

const mailWords: Readonly<Record<string, Text>> = {
  'consent-confirmation': { de: 'Bitte um Bestätigung', en: 'asking to confirm' },
  'consent-confirmed': { de: 'Einwilligung bestätigt', en: 'consent confirmed' },
  'withdrawal-link': { de: 'Link zum Widerrufen', en: 'link to withdraw' },
  withdrawn: { de: 'Widerruf bestätigt', en: 'withdrawal confirmed' },
  'self-service-link': { de: 'Link zur Seite über Sie', en: 'link to the page about you' },
  'self-service-code': { de: 'Code für die Seite über Sie', en: 'code for the page about you' },
  'self-service-address': { de: 'Bestätigung einer Adresse', en: 'confirming an address' },
  'self-service-decision': { de: 'Antwort auf eine Berichtigung', en: 'answer to a correction' },
  'access-package': { de: 'Link zur Auskunft', en: 'link to the report' },
  'subject-request': { de: 'Zu Ihrem Antrag', en: 'about your request' },
  'subject-request-receipt': { de: 'Eingang Ihres Antrags', en: 'your request was received' },
  'subject-request-verification': { de: 'Bitte um Nachweis zu Ihrem Antrag', en: 'asking for proof, for your request' },
  'subject-request-extension': { de: 'Verlängerung zu Ihrem Antrag', en: 'extension, for your request' },
  'subject-request-decision': { de: 'Entscheidung zu Ihrem Antrag', en: 'decision on your request' },
  'subject-request-restriction': { de: 'Ende der Einschränkung', en: 'end of the restriction' },
  'subject-request-message': { de: 'Schreiben zu Ihrem Antrag', en: 'letter about your request' },
}

const purposes = { de: 'Zwecke', en: 'Purposes' }

/** How what this module keeps is called where the contact reads it. */
export const mailTexts: Readonly<Record<string, KindTexts>> = {
  mail: {
    ...{ de: 'Nachrichten an Sie', en: 'Messages to you' },
    formats: { purposes: 'purpose' },
    values: { kind: mailWords, state: sendingWords },
    entities: ['ContactMail'],
    fields: {
      kind: { de: 'Art', en: 'Kind' },
      purposes,
      state: { de: 'Stand', en: 'State' },
      queuedAt: { de: 'Geschrieben am', en: 'Written on' },
      sentAt: { de: 'Gesendet am', en: 'Sent on' },
      bouncedAt: { de: 'Nicht zugestellt am', en: 'Came back on' },
      bounce: { de: 'Warum nicht zugestellt', en: 'Why it came back' },
      to: { de: 'An', en: 'To' },
      subject: { de: 'Betreff', en: 'Subject' },
      text: { de: 'Text', en: 'Text' },
    },
  },
  mailLink: {
    ...{ de: 'Links in Nachrichten an Sie', en: 'Links in messages to you' },
    formats: { purposes: 'purpose' },
    values: {
      kind: {
        confirm: { de: 'Bestätigen', en: 'confirming' },
        withdraw: { de: 'Widerrufen', en: 'withdrawing' },
        unsubscribe: { de: 'Abbestellen', en: 'unsubscribing' },
        'self-service': { de: 'Seite über Sie', en: 'the page about you' },
      },
    },
    entities: ['ContactLink'],
    fields: {
      kind: { de: 'Wofür', en: 'What for' },
      purposes,
      createdAt: { de: 'Erstellt am', en: 'Made on' },
      usedAt: { de: 'Benutzt am', en: 'Used on' },
      expiresAt: { de: 'Gültig bis', en: 'Valid until' },
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const mailOperations: Readonly<Record<string, Text>> = {
  queueMail: { de: 'Nachricht geschrieben', en: 'message written' },
  sendMail: { de: 'Nachricht gesendet', en: 'message sent' },
  createUnsubscribeLink: { de: 'Link zum Abbestellen erstellt', en: 'link to unsubscribe made' },
  useLink: { de: 'Link benutzt', en: 'link used' },
  lookAtLink: { de: 'Link angesehen', en: 'link looked at' },
  forgetExpiredLinks: { de: 'abgelaufene Links entfernt', en: 'expired links removed' },
}
