import type { KindTexts } from '../disclosed.ts'
import { requestKinds } from './kinds.ts'
import { rightText } from './texts.ts'

const id = { de: 'Nummer', en: 'Number' }
const channel = { de: 'Weg', en: 'Channel' }

/** How requests and what was written about them are called where the person reads it. */
export const requestTexts: Readonly<Record<string, KindTexts>> = {
  subjectRequest: {
    ...{ de: 'Anträge', en: 'Requests' },
    values: {
      kind: Object.fromEntries(
        requestKinds.map((kind) => [kind, { de: rightText(kind, 'de'), en: rightText(kind, 'en') }]),
      ),
      status: {
        open: { de: 'offen', en: 'open' },
        needs_verification: { de: 'Nachweis erbeten', en: 'proof asked for' },
        in_progress: { de: 'in Bearbeitung', en: 'in progress' },
        fulfilled: { de: 'erfüllt', en: 'fulfilled' },
        denied: { de: 'abgelehnt', en: 'denied' },
        revoked: { de: 'zurückgezogen', en: 'taken back' },
        expired: { de: 'ohne Nachweis beendet', en: 'ended without proof' },
      },
      channel: {
        self_service: { de: 'Seite über Sie', en: 'the page about you' },
        rule: { de: 'Regel', en: 'a rule' },
        mail: { de: 'E-Mail', en: 'e-mail' },
        letter: { de: 'Brief', en: 'letter' },
        phone: { de: 'Telefon', en: 'phone' },
        in_person: { de: 'persönlich', en: 'in person' },
        partner: { de: 'Partner', en: 'a partner' },
      },
    },
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
