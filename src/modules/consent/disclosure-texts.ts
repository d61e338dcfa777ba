import type { KindTexts, Text } from '../disclosed.ts'

/** How what this module keeps is called where the contact reads it. */
export const consentTexts: Readonly<Record<string, KindTexts>> = {
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
