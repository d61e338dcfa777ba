import type { KindTexts, Text } from '../disclosed.ts'
import { addressWords } from '../shared-words.ts'

const id = { de: 'Nummer', en: 'Number' }
const createdAt = { de: 'Erstellt am', en: 'Made on' }

/** How what is kept of a contact's own doings is called where the contact reads it. */
export const selfServiceTexts: Readonly<Record<string, KindTexts>> = {
  selfServiceLink: {
    ...{ de: 'Links zur Seite über Sie', en: 'Links to the page about you' },
    entities: ['SelfServiceLink'],
    fields: {
      handedOver: { de: 'Von Beschäftigten übergeben', en: 'Handed over by staff' },
      createdAt,
      expiresAt: { de: 'Gültig bis', en: 'Valid until' },
      usedAt: { de: 'Benutzt am', en: 'Used on' },
    },
  },
  selfServiceVisit: {
    ...{ de: 'Besuche der Seite über Sie', en: 'Visits to the page about you' },
    entities: ['SelfServiceSession'],
    values: {
      method: {
        link: { de: 'Link per E-Mail', en: 'link by e-mail' },
        handed_over: { de: 'übergebener Link', en: 'link that was handed over' },
        code: { de: 'Code per E-Mail', en: 'code by e-mail' },
      },
    },
    fields: {
      method: { de: 'Zugang', en: 'Way in' },
      expiresAt: { de: 'Gültig bis', en: 'Valid until' },
      startedAt: { de: 'Beginn', en: 'Begin' },
      endedAt: { de: 'Ende', en: 'End' },
    },
  },
  correctionProposal: {
    ...{ de: 'Vorgeschlagene Berichtigungen', en: 'Proposed corrections' },
    entities: ['CorrectionProposal'],
    formats: { field: 'contactField', name: 'contactField', key: 'customField', country: 'country' },
    values: {
      state: {
        unconfirmed: { de: 'noch nicht bestätigt', en: 'not confirmed yet' },
        open: { de: 'offen', en: 'open' },
        accepted: { de: 'übernommen', en: 'accepted' },
        rejected: { de: 'abgelehnt', en: 'rejected' },
        replaced: { de: 'durch eine neuere ersetzt', en: 'replaced by a newer one' },
      },
      of: {
        column: { de: 'Angabe zur Person', en: 'field of the person' },
        point: { de: 'Kontaktdaten', en: 'contact details' },
        custom: { de: 'weitere Angabe', en: 'further data' },
      },
      kind: {
        email: { de: 'E-Mail-Adresse', en: 'e-mail address' },
        phone: { de: 'Telefonnummer', en: 'phone number' },
        address: { de: 'Anschrift', en: 'postal address' },
        website: { de: 'Website', en: 'website' },
        messenger: { de: 'Messenger', en: 'messenger' },
      },
    },
    fields: {
      id,
      field: { de: 'Feld', en: 'Field' },
      state: { de: 'Stand', en: 'State' },
      proposedAt: { de: 'Vorgeschlagen am', en: 'Proposed on' },
      decidedAt: { de: 'Entschieden am', en: 'Decided on' },
      change: { de: 'Änderung', en: 'Change' },
      of: { de: 'Art der Angabe', en: 'Kind of data' },
      key: { de: 'Feld', en: 'Field' },
      value: { de: 'Wert', en: 'Value' },
      written: { de: 'Wert', en: 'Value' },
      kind: { de: 'Art', en: 'Kind' },
      parts: { de: 'Angaben', en: 'Parts' },
      verified: { de: 'Bestätigt', en: 'Confirmed' },
      address: { de: 'E-Mail-Adresse', en: 'E-mail address' },
      number: { de: 'Telefonnummer', en: 'Phone number' },
      url: { de: 'Adresse der Website', en: 'Address of the website' },
      service: { de: 'Dienst', en: 'Service' },
      handle: { de: 'Name dort', en: 'Name there' },
      ...addressWords,
      name: { de: 'Feld', en: 'Field' },
      reason: { de: 'Begründung', en: 'Reason' },
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const selfServiceOperations: Readonly<Record<string, Text>> = {
  askForSelfServiceCode: { de: 'Code für die Seite über Sie angefordert', en: 'code for the page about you asked for' },
  openSelfService: { de: 'Seite über Sie geöffnet', en: 'page about you opened' },
  endSelfService: { de: 'Besuch der Seite beendet', en: 'visit to the page ended' },
  seeOwnData: { de: 'eigene Daten angesehen', en: 'own data looked at' },
  correctOwnData: { de: 'eigene Daten berichtigt', en: 'own data corrected' },
  confirmOwnAddress: { de: 'eigene Adresse bestätigt', en: 'own address confirmed' },
  acceptCorrection: { de: 'Berichtigung übernommen', en: 'correction accepted' },
  rejectCorrection: { de: 'Berichtigung abgelehnt', en: 'correction rejected' },
  createSelfServiceLink: { de: 'Link zur Seite über Sie erstellt', en: 'link to the page about you made' },
  withdrawSelfServiceLinks: { de: 'Links zur Seite über Sie gesperrt', en: 'links to the page about you withdrawn' },
  forgetSelfService: { de: 'abgelaufene Links und Besuche entfernt', en: 'expired links and visits removed' },
}
