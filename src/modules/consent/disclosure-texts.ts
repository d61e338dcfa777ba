import type { KindTexts, Text } from '../disclosed.ts'

/** By which rule it is not told what somebody typed beside an address. */
export const addressUnknown = 'The address is not confirmed: somebody else may have typed this (Art. 15(4) GDPR).'

/** How what this module keeps is called where the contact reads it. */
export const consentTexts: Readonly<Record<string, KindTexts>> = {
  consentRequest: {
    ...{ de: 'Einwilligungen, die noch zu bestätigen sind', en: 'Consents that are yet to be confirmed' },
    formats: { purposes: 'purpose', language: 'language', field: 'customField' },
    values: {
      rule: {
        [addressUnknown]: {
          de: 'Die Adresse ist nicht bestätigt: das kann jemand anderes eingegeben haben (Art. 15 Abs. 4 DSGVO).',
          en: addressUnknown,
        },
      },
    },
    fields: {
      id: { de: 'Nummer', en: 'Number' },
      email: { de: 'E-Mail-Adresse', en: 'E-mail address' },
      purposes: { de: 'Zwecke', en: 'Purposes' },
      site: { de: 'Angefragt durch', en: 'Asked for by' },
      page: { de: 'Seite', en: 'Page' },
      network: { de: 'Netz, aus dem der Aufruf kam', en: 'Network that the call came from' },
      language: { de: 'Sprache', en: 'Language' },
      givenName: { de: 'Vorname', en: 'Given name' },
      familyName: { de: 'Nachname', en: 'Family name' },
      fields: { de: 'Weitere Angaben', en: 'Further data' },
      field: { de: 'Feld', en: 'Field' },
      value: { de: 'Wert', en: 'Value' },
      amount: { de: 'Betrag', en: 'Amount' },
      currency: { de: 'Währung', en: 'Currency' },
      name: { de: 'Name der Datei', en: 'Name of the file' },
      mediaType: { de: 'Art der Datei', en: 'Kind of file' },
      content: { de: 'Inhalt (Base64)', en: 'Content (base64)' },
      createdAt: { de: 'Angefragt am', en: 'Asked for on' },
      expiresAt: { de: 'Zu bestätigen bis', en: 'To be confirmed until' },
    },
  },
  consentWish: {
    ...{ de: 'Widerrufe, zu denen eine E-Mail unterwegs ist', en: 'Withdrawals that a mail is on its way for' },
    formats: { purposes: 'purpose', language: 'language' },
    fields: {
      id: { de: 'Nummer', en: 'Number' },
      email: { de: 'E-Mail-Adresse', en: 'E-mail address' },
      purposes: { de: 'Zwecke', en: 'Purposes' },
      language: { de: 'Sprache', en: 'Language' },
      expiresAt: { de: 'Vergessen am', en: 'Forgotten on' },
    },
  },
  consentHandle: {
    ...{ de: 'Zugänge zu Einwilligungen auf Seiten von Partnern', en: 'Access to consents on partners’ pages' },
    formats: { purposes: 'purpose' },
    entities: ['ConsentHandle'],
    fields: {
      client: { de: 'Nummer des Partners', en: 'Number of the partner' },
      purposes: { de: 'Zwecke', en: 'Purposes' },
      createdAt: { de: 'Erstellt am', en: 'Made on' },
      expiresAt: { de: 'Gültig bis', en: 'Valid until' },
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const consentOperations: Readonly<Record<string, Text>> = {
  giveConsent: { de: 'Einwilligung angefragt oder gegeben', en: 'consent asked for or given' },
  confirmConsent: { de: 'Einwilligung bestätigt', en: 'consent confirmed' },
  withdrawConsent: { de: 'Einwilligung widerrufen', en: 'consent withdrawn' },
  refuseConsent: { de: 'Einwilligung abgelehnt', en: 'consent refused' },
  updateOwnFields: { de: 'eigene Angaben geändert', en: 'own data changed' },
  ownConsents: { de: 'eigene Einwilligungen gelesen', en: 'own consents read' },
  forgetExpiredHandles: { de: 'abgelaufene Zugänge entfernt', en: 'expired access removed' },
}
