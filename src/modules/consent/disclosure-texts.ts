import type { KindTexts } from '../disclosed.ts'

/** How what this module keeps is called where the contact reads it. */
export const consentTexts: Readonly<Record<string, KindTexts>> = {
  consentHandle: {
    ...{ de: 'Zugänge zu Einwilligungen auf Seiten von Partnern', en: 'Access to consents on partners’ pages' },
    fields: {
      purposes: { de: 'Zwecke', en: 'Purposes' },
      createdAt: { de: 'Erstellt am', en: 'Made on' },
      expiresAt: { de: 'Gültig bis', en: 'Valid until' },
    },
  },
}
