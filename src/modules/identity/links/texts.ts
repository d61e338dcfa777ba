import type { MailContent, MailLanguage } from '../../../mail/layout.ts'

/** Who a mail is for, and about which installation it is. */
export type Reader = { name: string; language: MailLanguage; host: string }

/** What the mails about accounts say, by language. `who` made the account, or nobody that has a name. */
type Texts = {
  invitation: (reader: Reader, who: string | undefined, link: { url: string; until: string }) => MailContent
  reset: (reader: Reader, link: { url: string; until: string }) => MailContent
  elsewhere: (reader: Reader) => MailContent
  changed: (reader: Reader, at: string) => MailContent
  linked: (reader: Reader, at: string) => MailContent
}

const de: Texts = {
  invitation: ({ name, language, host }, who = 'Jemand aus der Administration', { url, until }) => ({
    language,
    subject: 'Einladung zu Lethe',
    before: [
      greetingDe(name),
      `${who} hat ein Konto bei Lethe für Sie angelegt, unter ${host}. Wählen Sie ein Passwort, dann können Sie es nutzen.`,
    ],
    action: { label: 'Passwort wählen', url },
    after: [
      `Der Link gilt bis ${until}, und nur einmal. Danach kann man Ihnen einen neuen schicken.`,
      'Sie haben nicht damit gerechnet? Dann brauchen Sie nichts zu tun, oder fragen Sie nach, bevor Sie dem Link folgen.',
    ],
  }),
  reset: ({ name, language, host }, { url, until }) => ({
    language,
    subject: 'Neues Passwort für Lethe',
    before: [
      greetingDe(name),
      `jemand, wahrscheinlich Sie selbst, möchte ein neues Passwort für Ihr Konto bei Lethe wählen, unter ${host}.`,
    ],
    action: { label: 'Neues Passwort wählen', url },
    after: [
      `Der Link gilt bis ${until}, und nur einmal. Mit dem neuen Passwort werden Sie überall abgemeldet.`,
      'Sie waren das nicht? Dann brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.',
    ],
  }),
  elsewhere: ({ name, language, host }) => ({
    language,
    subject: 'Anmeldung bei Lethe',
    before: [
      greetingDe(name),
      `jemand, wahrscheinlich Sie selbst, möchte ein neues Passwort für Ihr Konto bei Lethe wählen, unter ${host}.`,
      'Ihr Konto hat kein Passwort: Sie melden sich über den Anmeldedienst Ihrer Organisation an. Wenn das nicht mehr geht, hilft die Administration weiter.',
      'Sie waren das nicht? Dann brauchen Sie nichts zu tun.',
    ],
    after: [],
  }),
  linked: ({ name, language, host }, at) => ({
    language,
    subject: 'Sie melden sich bei Lethe auf anderem Weg an',
    before: [
      greetingDe(name),
      `seit ${at} melden Sie sich bei Ihrem Konto bei Lethe unter ${host} über den Anmeldedienst Ihrer Organisation an. Das frühere Passwort gilt nicht mehr.`,
      'Sie waren das nicht? Dann sagen Sie gleich der Administration Bescheid.',
    ],
    after: [],
  }),
  changed: ({ name, language, host }, at) => ({
    language,
    subject: 'Ihr Passwort für Lethe wurde geändert',
    before: [
      greetingDe(name),
      `das Passwort Ihres Kontos bei Lethe unter ${host} wurde geändert: ${at}.`,
      'Sie waren das nicht? Dann verlangen Sie auf der Anmeldeseite gleich ein neues, und sagen Sie der Administration Bescheid.',
    ],
    after: [],
  }),
}

const en: Texts = {
  invitation: ({ name, language, host }, who = 'An administrator', { url, until }) => ({
    language,
    subject: 'Invitation to Lethe',
    before: [
      greetingEn(name),
      `${who} has made an account for you at Lethe, on ${host}. Choose a password, and you can use it.`,
    ],
    action: { label: 'Choose a password', url },
    after: [
      `The link works until ${until}, and only once. After that you can be sent a new one.`,
      'You did not expect this? Then you need do nothing; or ask, before you follow the link.',
    ],
  }),
  reset: ({ name, language, host }, { url, until }) => ({
    language,
    subject: 'New password for Lethe',
    before: [
      greetingEn(name),
      `Somebody, probably you, wants to choose a new password for your account at Lethe, on ${host}.`,
    ],
    action: { label: 'Choose a new password', url },
    after: [
      `The link works until ${until}, and only once. With the new password you are signed out everywhere.`,
      'It was not you? Then you need do nothing: your password stays as it is.',
    ],
  }),
  elsewhere: ({ name, language, host }) => ({
    language,
    subject: 'Signing in to Lethe',
    before: [
      greetingEn(name),
      `Somebody, probably you, wants to choose a new password for your account at Lethe, on ${host}.`,
      "Your account has no password: you sign in through your organisation's sign-in service. If that doesn't work any more, an administrator can help.",
      'It was not you? Then you need do nothing.',
    ],
    after: [],
  }),
  linked: ({ name, language, host }, at) => ({
    language,
    subject: 'You sign in to Lethe in another way',
    before: [
      greetingEn(name),
      `Since ${at}, you sign in to your account at Lethe, on ${host}, through your organisation's sign-in service. The former password is worth nothing any more.`,
      'It was not you? Then tell an administrator at once.',
    ],
    after: [],
  }),
  changed: ({ name, language, host }, at) => ({
    language,
    subject: 'Your password for Lethe was changed',
    before: [
      greetingEn(name),
      `The password of your account at Lethe, on ${host}, was changed on ${at}.`,
      'It was not you? Then ask for a new one on the page for signing in at once, and tell an administrator.',
    ],
    after: [],
  }),
}

const greetingDe = (name: string) => (name ? `Guten Tag ${name},` : 'Guten Tag,')
const greetingEn = (name: string) => (name ? `Hello ${name},` : 'Hello,')

/** The texts of the mails about accounts. */
export const linkTexts: Readonly<Record<MailLanguage, Texts>> = { de, en }

/** A point in time in the reader's language, with the time zone of the installation (`LETHE_TIME_ZONE`). */
export const pointInTime = (language: MailLanguage, time: Date): string =>
  new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(time)
