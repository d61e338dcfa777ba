import type { MailContent, MailLanguage } from '../../mail/layout.ts'

type Controller = string | undefined
type TextLink = { url: string; until: string }

/** What mails of this module say. Nothing that somebody typed stands in them. */
type Texts = {
  sharedAddress: (controller: Controller) => MailContent
  addressQuestion: (link: TextLink, controller: Controller) => MailContent
  addressChanged: (controller: Controller) => MailContent
  accepted: (url: string, controller: Controller) => MailContent
  rejected: (url: string, controller: Controller) => MailContent
}

const de: Texts = {
  sharedAddress: (controller) => ({
    language: 'de',
    subject: 'Die Seite mit Ihren Daten',
    before: [
      'Guten Tag,',
      'jemand, wahrscheinlich Sie selbst, möchte mit dieser E-Mail-Adresse die Seite mit den eigenen Daten öffnen. Die Adresse steht bei uns aber bei mehreren Personen. Deshalb können wir nicht sicher sein, wessen Daten wir zeigen dürfen.',
      'Bitte melden Sie sich bei uns: Sie bekommen dann einen Link, der nur für Sie gilt.',
      ...responsibleDe(controller),
    ],
    after: [],
  }),
  addressQuestion: ({ url, until }, controller) => ({
    language: 'de',
    subject: 'Bitte bestätigen: Ihre neue E-Mail-Adresse',
    before: ['Guten Tag,', 'jemand, wahrscheinlich Sie selbst, hat diese E-Mail-Adresse als die eigene angegeben.'],
    action: { label: 'Adresse bestätigen', url },
    after: [
      `Der Link gilt bis ${until}, und nur einmal.`,
      'Sie waren das nicht? Dann brauchen Sie nichts zu tun: Ohne Ihre Bestätigung geschieht nichts.',
      ...responsibleDe(controller),
    ],
  }),
  addressChanged: (controller) => ({
    language: 'de',
    subject: 'Ihre E-Mail-Adresse wurde geändert',
    before: [
      'Guten Tag,',
      'an die Stelle dieser E-Mail-Adresse ist bei uns eine andere getreten, die bestätigt worden ist.',
      'Sie waren das nicht? Dann sagen Sie uns bitte gleich Bescheid.',
      ...responsibleDe(controller),
    ],
    after: [],
  }),
  accepted: (url, controller) => ({
    language: 'de',
    subject: 'Ihre Berichtigung ist übernommen',
    before: ['Guten Tag,', 'wir haben Ihre Daten so berichtigt, wie Sie es vorgeschlagen haben.'],
    action: { label: 'Meine Daten ansehen', url },
    after: responsibleDe(controller),
  }),
  rejected: (url, controller) => ({
    language: 'de',
    subject: 'Ihr Vorschlag zur Berichtigung',
    before: [
      'Guten Tag,',
      'wir haben Ihren Vorschlag geprüft und nicht übernommen. Den Grund lesen Sie auf der Seite mit Ihren Daten.',
    ],
    action: { label: 'Grund ansehen', url },
    after: [
      'Sie können sich bei einer Aufsichtsbehörde für den Datenschutz beschweren (Art. 77 DSGVO).',
      ...responsibleDe(controller),
    ],
  }),
}

const en: Texts = {
  sharedAddress: (controller) => ({
    language: 'en',
    subject: 'The page with your data',
    before: [
      'Hello,',
      'Somebody, probably you, wants to open the page with their own data with this e-mail address. But several people have this address with us, so we can’t be sure whose data we may show.',
      'Please get in touch with us: then you get a link that works for you alone.',
      ...responsibleEn(controller),
    ],
    after: [],
  }),
  addressQuestion: ({ url, until }, controller) => ({
    language: 'en',
    subject: 'Please confirm: your new e-mail address',
    before: ['Hello,', 'Somebody, probably you, said that this e-mail address is their own.'],
    action: { label: 'Confirm the address', url },
    after: [
      `The link works until ${until}, and only once.`,
      'It was not you? Then you need do nothing: without your confirmation nothing happens.',
      ...responsibleEn(controller),
    ],
  }),
  addressChanged: (controller) => ({
    language: 'en',
    subject: 'Your e-mail address was changed',
    before: [
      'Hello,',
      'Another e-mail address, which was confirmed, has taken the place of this one with us.',
      'It was not you? Then please tell us at once.',
      ...responsibleEn(controller),
    ],
    after: [],
  }),
  accepted: (url, controller) => ({
    language: 'en',
    subject: 'Your correction is accepted',
    before: ['Hello,', 'We have corrected your data as you proposed.'],
    action: { label: 'Look at my data', url },
    after: responsibleEn(controller),
  }),
  rejected: (url, controller) => ({
    language: 'en',
    subject: 'Your proposal for a correction',
    before: [
      'Hello,',
      'We have looked at your proposal and have not accepted it. You can read why on the page with your data.',
    ],
    action: { label: 'Look at the reason', url },
    after: [
      'You can lodge a complaint with a supervisory authority for data protection (Art. 77 GDPR).',
      ...responsibleEn(controller),
    ],
  }),
}

const responsibleDe = (controller: Controller) => (controller ? [`Verantwortlich für Ihre Daten:\n${controller}`] : [])
const responsibleEn = (controller: Controller) => (controller ? [`Responsible for your data:\n${controller}`] : [])

/** By language. */
export const mailTexts: Readonly<Record<MailLanguage, Texts>> = { de, en }
