import type { KindTexts, Text } from '../disclosed.ts'
import { wayWords } from '../shared-words.ts'
import { requestKinds } from './kinds.ts'
import { rightText } from './texts.ts'

const id = { de: 'Nummer', en: 'Number' }
const channel = { de: 'Weg', en: 'Channel' }

/** How requests and what was written about them are called where the person reads it. */
export const requestTexts: Readonly<Record<string, KindTexts>> = {
  subjectRequest: {
    ...{ de: 'Anträge', en: 'Requests' },
    entities: ['SubjectRequest'],
    formats: { article: 'citation' },
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
      channel: wayWords,
      delivery: wayWords,
      verificationMethod: {
        mail_code: { de: 'Code per E-Mail', en: 'code by e-mail' },
        mailed_link: { de: 'Link per E-Mail', en: 'link by e-mail' },
        callback: { de: 'Rückruf oder Schreiben an Sie', en: 'calling or writing back' },
        known_details: { de: 'Angaben, die nur Sie kennen', en: 'details that only you know' },
        partner_account: { de: 'Anmeldung beim Partner', en: 'signed in at the partner' },
        in_person: { de: 'persönlich', en: 'in person' },
        electronic_identity: { de: 'elektronischer Ausweis', en: 'electronic identity' },
      },
      denial: {
        no_match: { de: 'Nichts über Sie gespeichert', en: 'nothing is held about you' },
        insufficient_verification: { de: 'Kein ausreichender Nachweis', en: 'no sufficient proof' },
        not_covered: { de: 'Das Recht besteht hier nicht', en: 'the right does not exist here' },
        excessive: { de: 'Offenkundig unbegründet oder exzessiv', en: 'manifestly unfounded or excessive' },
        other: { de: 'Anderer Grund', en: 'another reason' },
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
      case: { de: 'Nummer des Vorgangs', en: 'Number of the case' },
      packageId: { de: 'Nummer der Auskunft', en: 'Number of the report' },
      remindedAt: { de: 'Intern erinnert am', en: 'Reminded within on' },
      overdueAt: { de: 'Überfällig seit', en: 'Overdue since' },
      movedFrom: { de: 'Übernommen von Nummer', en: 'Taken over from number' },
      liftingToldAt: { de: 'Aufhebung angekündigt am', en: 'Lifting announced on' },
      liftedAt: { de: 'Einschränkung aufgehoben am', en: 'Restriction lifted on' },
    },
  },
  subjectMessage: {
    ...{ de: 'Schriftwechsel zu Anträgen', en: 'Correspondence about requests' },
    entities: ['SubjectMessage'],
    values: {
      channel: wayWords,
      kind: {
        receipt: { de: 'Eingangsbestätigung', en: 'receipt' },
        verification: { de: 'Bitte um Nachweis', en: 'asking for proof' },
        extension: { de: 'Verlängerung', en: 'extension' },
        decision: { de: 'Entscheidung', en: 'decision' },
        restriction: { de: 'Ende der Einschränkung', en: 'end of the restriction' },
        message: { de: 'Schreiben an Sie', en: 'letter to you' },
        reply: { de: 'Schreiben von Ihnen', en: 'letter from you' },
      },
    },
    fields: {
      id,
      kind: { de: 'Art', en: 'Kind' },
      incoming: { de: 'Von Ihnen', en: 'From you' },
      channel,
      case: { de: 'Nummer des Vorgangs', en: 'Number of the case' },
      writtenAt: { de: 'Geschrieben am', en: 'Written on' },
      text: { de: 'Text', en: 'Text' },
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const requestOperations: Readonly<Record<string, Text>> = {
  receiveSubjectRequest: { de: 'Antrag entgegengenommen', en: 'request taken in' },
  reportSubjectRequest: { de: 'Antrag über einen Partner', en: 'request by a partner' },
  matchIncomingRequest: { de: 'Antrag zugeordnet', en: 'request matched' },
  verifyIdentity: { de: 'Nachweis vermerkt', en: 'proof noted' },
  askForIdentity: { de: 'um Nachweis gebeten', en: 'asked for proof' },
  assignSubjectRequest: { de: 'Antrag zugewiesen', en: 'request assigned' },
  extendSubjectRequest: { de: 'Frist verlängert', en: 'time extended' },
  fulfilSubjectRequest: { de: 'Antrag erfüllt', en: 'request fulfilled' },
  denySubjectRequest: { de: 'Antrag abgelehnt', en: 'request denied' },
  revokeSubjectRequest: { de: 'Antrag zurückgezogen', en: 'request taken back' },
  expireRequests: { de: 'Antrag ohne Nachweis beendet', en: 'request ended without proof' },
  noteOverdueRequests: { de: 'Überfälligkeit vermerkt', en: 'overdue noted' },
  writeToPerson: { de: 'Ihnen geschrieben', en: 'written to you' },
  recordReply: { de: 'Ihre Antwort eingetragen', en: 'your answer recorded' },
  liftRestriction: { de: 'Einschränkung aufgehoben', en: 'restriction lifted' },
}
