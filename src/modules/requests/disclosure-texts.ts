import type { KindTexts } from '../disclosed.ts'

const id = { de: 'Nummer', en: 'Number' }
const channel = { de: 'Weg', en: 'Channel' }

/** How requests and what was written about them are called where the person reads it. */
export const requestTexts: Readonly<Record<string, KindTexts>> = {
  subjectRequest: {
    ...{ de: 'Anträge', en: 'Requests' },
    fields: {
      id,
      kind: { de: 'Recht', en: 'Right' },
      receivedAt: { de: 'Eingegangen am', en: 'Received on' },
      channel,
      dueAt: { de: 'Fällig am', en: 'Due on' },
      status: { de: 'Stand', en: 'Status' },
      statement: { de: 'Ihre Worte', en: 'Your words' },
      verificationMethod: { de: 'Nachweis, dass Sie es sind', en: 'Proof that it is you' },
      verifiedAt: { de: 'Nachgewiesen am', en: 'Proved on' },
      verificationAskedAt: { de: 'Danach gefragt am', en: 'Asked for it on' },
      verificationDueAt: { de: 'Nachzuweisen bis', en: 'To be proved until' },
      pausedDays: { de: 'Tage, die die Frist ruhte', en: 'Days for which the time stood still' },
      extendedAt: { de: 'Verlängert am', en: 'Extended on' },
      extensionReason: { de: 'Grund der Verlängerung', en: 'Reason of the extension' },
      producedAt: { de: 'Zusammengestellt am', en: 'Put together on' },
      deliveredAt: { de: 'Übergeben am', en: 'Delivered on' },
      delivery: { de: 'Übergeben durch', en: 'Delivered by' },
      decidedAt: { de: 'Entschieden am', en: 'Decided on' },
      partly: { de: 'Nur zum Teil', en: 'In part alone' },
      denial: { de: 'Ablehnung', en: 'Denial' },
      article: { de: 'Nach', en: 'Under' },
      decisionReason: { de: 'Begründung', en: 'Reason' },
      liftedAt: { de: 'Einschränkung aufgehoben am', en: 'Restriction lifted on' },
    },
  },
  subjectMessage: {
    ...{ de: 'Schriftwechsel zu Anträgen', en: 'Correspondence about requests' },
    fields: {
      id,
      kind: { de: 'Art', en: 'Kind' },
      incoming: { de: 'Von Ihnen', en: 'From you' },
      channel,
      writtenAt: { de: 'Geschrieben am', en: 'Written on' },
      text: { de: 'Text', en: 'Text' },
    },
  },
}
