import type { BasisEventKind } from '#prisma/client.ts'
import type { Language } from '../../../http/pages/language.ts'
import type { RequestKind } from '../../requests/kinds.ts'

// How the page calls what is stored.

type Word = Readonly<Record<Language, string>>

/** Fields, and the parts of ways to be reached. */
export const fieldWords = {
  name: { de: 'Name', en: 'Name' },
  work: { de: 'Beruf', en: 'Work' },
  title: { de: 'Titel', en: 'Title' },
  givenName: { de: 'Vorname', en: 'Given name' },
  familyName: { de: 'Nachname', en: 'Family name' },
  displayName: { de: 'Anzeigename', en: 'Display name' },
  organisation: { de: 'Organisation', en: 'Organisation' },
  jobTitle: { de: 'Tätigkeit', en: 'Job title' },
  birthDate: { de: 'Geburtsdatum', en: 'Date of birth' },
  language: { de: 'Sprache', en: 'Language' },
  timeZone: { de: 'Zeitzone', en: 'Time zone' },
  tags: { de: 'Schlagwörter', en: 'Tags' },
  emails: { de: 'E-Mail', en: 'E-mail' },
  phones: { de: 'Telefon', en: 'Telephone' },
  addresses: { de: 'Anschrift', en: 'Postal address' },
  websites: { de: 'Website', en: 'Website' },
  messengers: { de: 'Messenger', en: 'Messenger' },
  address: { de: 'E-Mail-Adresse', en: 'E-mail address' },
  number: { de: 'Nummer', en: 'Number' },
  url: { de: 'Adresse der Website', en: 'Address of the website' },
  service: { de: 'Dienst', en: 'Service' },
  handle: { de: 'Name dort', en: 'Name there' },
  street: { de: 'Straße und Hausnummer', en: 'Street and number' },
  postalCode: { de: 'Postleitzahl', en: 'Postal code' },
  city: { de: 'Ort', en: 'Town' },
  region: { de: 'Region', en: 'Region' },
  country: { de: 'Land', en: 'Country' },
} as const satisfies Record<string, Word>

export type FieldWord = keyof typeof fieldWords

export const isFieldWord = (text: string): text is FieldWord => Object.hasOwn(fieldWords, text)

/** What to write into an input, said where that was something else. */
export const inputWords: Readonly<Record<string, Word>> = {
  address: {
    de: 'Schreiben Sie eine E-Mail-Adresse, zum Beispiel anna@example.org.',
    en: 'Write an e-mail address, such as anna@example.org.',
  },
  number: {
    de: 'Schreiben Sie eine Telefonnummer, zum Beispiel +49 30 1234567.',
    en: 'Write a telephone number, such as +49 30 1234567.',
  },
  url: {
    de: 'Schreiben Sie eine Adresse, zum Beispiel https://example.org.',
    en: 'Write an address, such as https://example.org.',
  },
  service: { de: 'Nennen Sie den Dienst, zum Beispiel Signal.', en: 'Name the service, such as Signal.' },
  handle: { de: 'Nennen Sie Ihren Namen oder Ihre Nummer dort.', en: 'Give your name or number there.' },
  street: {
    de: 'Geben Sie mindestens eine Straße, einen Ort oder ein Land an.',
    en: 'Give at least a street, a town or a country.',
  },
  country: { de: 'Nennen Sie ein Land, zum Beispiel Deutschland.', en: 'Name a country, such as Germany.' },
  birthDate: {
    de: 'Schreiben Sie einen Tag, den es gab, nach 1850 und nicht in der Zukunft.',
    en: 'Write a day that there was, after 1850 and not in the future.',
  },
  familyName: {
    de: 'Ein Name hat höchstens 200 Zeichen.',
    en: 'A name has at most 200 characters.',
  },
}

/** What happened to a purpose. */
export const eventWords: Readonly<Record<BasisEventKind, Word>> = {
  given: { de: 'Erteilt', en: 'Given' },
  requested: { de: 'Angefragt', en: 'Asked for' },
  confirmed: { de: 'Bestätigt', en: 'Confirmed' },
  refused: { de: 'Abgelehnt', en: 'Refused' },
  withdrawn: { de: 'Widerrufen', en: 'Withdrawn' },
  objected: { de: 'Widersprochen', en: 'Objected' },
  renewed: { de: 'Verlängert', en: 'Renewed' },
  lapsed: { de: 'Abgelaufen', en: 'Lapsed' },
  used: { de: 'Verwendet', en: 'Used' },
  retracted: { de: 'Zurückgenommen', en: 'Taken back' },
}

type RightWords = { name: Word; hint: Word; needsWords?: true }

/** The rights that can be asked for here. Objections take effect at once, at their purposes. */
export type AskedKind = Exclude<RequestKind, 'objection' | 'automated_decision'>

/** How they are called. */
export const rightWords: Readonly<Record<AskedKind, RightWords>> = {
  access: {
    name: { de: 'Eine Kopie aller Daten', en: 'A copy of all data' },
    hint: {
      de: 'Alles, was wir über Sie gespeichert haben, mit dem, was dazu zu sagen ist (Art. 15 DSGVO).',
      en: 'Everything that we hold about you, with what has to be said of it (Art. 15 GDPR).',
    },
  },
  portability: {
    name: { de: 'Daten zum Mitnehmen', en: 'Data to take with you' },
    hint: {
      de: 'Was Sie uns gegeben haben, in einer Form, die andere einlesen können (Art. 20 DSGVO).',
      en: 'What you gave us, in a form that others can read in (Art. 20 GDPR).',
    },
  },
  rectification: {
    name: { de: 'Etwas anderes berichtigen', en: 'Correct something else' },
    hint: {
      de: 'Was Sie oben nicht selbst berichtigen können, oder was fehlt (Art. 16 DSGVO).',
      en: 'What you can’t correct above yourself, or what is missing (Art. 16 GDPR).',
    },
    needsWords: true,
  },
  restriction: {
    name: { de: 'Verarbeitung einschränken', en: 'Restrict processing' },
    hint: {
      de: 'Ihre Daten bleiben, aber niemand arbeitet damit; etwa solange geprüft wird, ob sie stimmen (Art. 18 DSGVO).',
      en: 'Your data stays, but nobody works with it; such as while it is checked whether it is right (Art. 18 GDPR).',
    },
    needsWords: true,
  },
  erasure: {
    name: { de: 'Alles löschen', en: 'Erase everything' },
    hint: {
      de: 'Wir löschen Ihre Daten, soweit wir sie nicht nach einem Gesetz aufbewahren müssen (Art. 17 DSGVO).',
      en: 'We erase your data, as far as no law obliges us to keep it (Art. 17 GDPR).',
    },
  },
}

/** Whether a right can be asked for here. */
export const isAskedKind = (text: string): text is AskedKind => Object.hasOwn(rightWords, text)

/** Those in the order of the page. */
export const rightsInOrder: readonly AskedKind[] = [
  ...(['access', 'portability', 'rectification', 'restriction', 'erasure'] as const),
]

/** How far a request is. */
export const requestStatusWords = ({ status, partly }: { status: string; partly: boolean | null }): Word =>
  partly ? { de: 'zum Teil erledigt', en: 'done in part' } : (statusWords[status] ?? { de: status, en: status })

const statusWords: Readonly<Record<string, Word>> = {
  open: { de: 'eingegangen', en: 'received' },
  needs_verification: { de: 'wartet auf Sie', en: 'waits for you' },
  in_progress: { de: 'in Arbeit', en: 'in progress' },
  fulfilled: { de: 'erledigt', en: 'done' },
  denied: { de: 'abgelehnt', en: 'denied' },
  revoked: { de: 'zurückgenommen', en: 'taken back' },
  expired: { de: 'geschlossen', en: 'closed' },
}

/** With what stands in braces filled in. */
export const filled = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))

/** What people commonly call their numbers and addresses; others stand as they were written. */
const pointLabels: Readonly<Record<string, Word>> = {
  work: { de: 'dienstlich', en: 'work' },
  home: { de: 'privat', en: 'home' },
  private: { de: 'privat', en: 'private' },
  mobile: { de: 'mobil', en: 'mobile' },
}

/** The label of a way to be reached. */
export const pointLabelText = (label: string, language: Language): string =>
  pointLabels[label.toLowerCase()]?.[language] ?? label

const locale = (language: Language) => (language === 'de' ? 'de-DE' : 'en-GB')

/** A day. */
export const dayText = (at: Date, language: Language, timeZone?: string): string =>
  new Intl.DateTimeFormat(locale(language), { dateStyle: 'long', ...(timeZone && { timeZone }) }).format(at)

/** A moment. */
export const momentText = (at: Date, language: Language): string =>
  new Intl.DateTimeFormat(locale(language), { dateStyle: 'long', timeStyle: 'short' }).format(at)

/** A language by its name. */
export const languageText = (tag: string, language: Language): string =>
  new Intl.DisplayNames([language], { type: 'language', fallback: 'code' }).of(tag) ?? tag

/** A country by its name. */
export const countryText = (code: string, language: Language): string =>
  /^[A-Z]{2}$/.test(code) ? (new Intl.DisplayNames([language], { type: 'region' }).of(code) ?? code) : code
