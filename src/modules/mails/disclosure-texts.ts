import type { KindTexts } from '../disclosed.ts'

const purposes = { de: 'Zwecke', en: 'Purposes' }

/** How what this module keeps is called where the contact reads it. */
export const mailTexts: Readonly<Record<string, KindTexts>> = {
  mail: {
    ...{ de: 'Nachrichten an Sie', en: 'Messages to you' },
    fields: {
      kind: { de: 'Art', en: 'Kind' },
      purposes,
      state: { de: 'Stand', en: 'State' },
      queuedAt: { de: 'Geschrieben am', en: 'Written on' },
      sentAt: { de: 'Gesendet am', en: 'Sent on' },
      to: { de: 'An', en: 'To' },
      subject: { de: 'Betreff', en: 'Subject' },
      text: { de: 'Text', en: 'Text' },
    },
  },
  mailLink: {
    ...{ de: 'Links in Nachrichten an Sie', en: 'Links in messages to you' },
    fields: {
      kind: { de: 'Wofür', en: 'What for' },
      purposes,
      createdAt: { de: 'Erstellt am', en: 'Made on' },
      usedAt: { de: 'Benutzt am', en: 'Used on' },
      expiresAt: { de: 'Gültig bis', en: 'Valid until' },
    },
  },
}
