/** What stands before the key of a purpose in the name of the right to ask for consent to it. */
const asking = 'consent.purpose.'

/** The right to ask for consent for the purpose with this key, and to record it. Made at run time, as purposes are. */
export const rightOfPurpose = (key: string): string => asking + key

/** All of them. */
export const everyPurpose = `${asking}*`

/** The rights of the consent module. */
export const consentRights = {
  'consent.consents':
    'Asking persons for consent, by their e-mail address, and recording what they say; each purpose has a right of its own besides.',
  'consent.attest':
    'Recording consent that a person gave elsewhere, with evidence and without asking them by mail. Only for those who can prove it.',
  'consent.settings':
    'How partners’ pages are protected, which older notices still count, the keys of consent records.',
} as const
