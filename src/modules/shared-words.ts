import type { Text } from './disclosed.ts'

// Words that several modules tell the contact about.

/** Who did something: `actor_kind`. */
export const actorWords: Readonly<Record<string, Text>> = {
  user: { de: 'Beschäftigte', en: 'staff' },
  client: { de: 'Programm eines Partners', en: 'a partner’s program' },
  rule: { de: 'Regel', en: 'a rule' },
  contact: { de: 'Sie selbst', en: 'yourself' },
  operator: { de: 'Betrieb des Servers', en: 'the server’s operator' },
  system: { de: 'von selbst', en: 'by itself' },
  anonymous: { de: 'ohne Anmeldung', en: 'somebody not signed in' },
}

/** On which way something came or went. */
export const wayWords: Readonly<Record<string, Text>> = {
  self_service: { de: 'Seite über Sie', en: 'the page about you' },
  page: { de: 'Seite über Sie', en: 'the page about you' },
  download: { de: 'Herunterladen', en: 'download' },
  rule: { de: 'Regel', en: 'a rule' },
  mail: { de: 'E-Mail', en: 'e-mail' },
  letter: { de: 'Brief', en: 'letter' },
  phone: { de: 'Telefon', en: 'phone' },
  in_person: { de: 'persönlich', en: 'in person' },
  partner: { de: 'Partner', en: 'a partner' },
}

/** The states of what is sent. */
export const sendingWords: Readonly<Record<string, Text>> = {
  queued: { de: 'wartet', en: 'waits' },
  sending: { de: 'wird gesendet', en: 'is being sent' },
  sent: { de: 'gesendet', en: 'sent' },
  delivered: { de: 'zugestellt', en: 'delivered' },
  failed: { de: 'nicht gelungen', en: 'failed' },
  dead: { de: 'nicht zustellbar', en: 'could not be delivered' },
  cancelled: { de: 'nicht gesendet', en: 'not sent' },
}

/** What happens to legal grounds. */
export const groundEventWords: Readonly<Record<string, Text>> = {
  given: { de: 'gegeben', en: 'given' },
  requested: { de: 'angefragt', en: 'asked for' },
  confirmed: { de: 'bestätigt', en: 'confirmed' },
  refused: { de: 'abgelehnt', en: 'refused' },
  withdrawn: { de: 'widerrufen', en: 'withdrawn' },
  objected: { de: 'widersprochen', en: 'objected to' },
  renewed: { de: 'erneuert', en: 'renewed' },
  lapsed: { de: 'abgelaufen', en: 'lapsed' },
  used: { de: 'genutzt', en: 'used' },
  retracted: { de: 'zurückgenommen', en: 'taken back' },
}

/** The parts of a postal address. */
export const addressWords: Readonly<Record<string, Text>> = {
  name: { de: 'Name', en: 'Name' },
  organisation: { de: 'Organisation', en: 'Organisation' },
  street: { de: 'Straße', en: 'Street' },
  postalCode: { de: 'Postleitzahl', en: 'Postal code' },
  city: { de: 'Ort', en: 'City' },
  region: { de: 'Region', en: 'Region' },
  country: { de: 'Land', en: 'Country' },
}
