import type { MailContent, MailLanguage } from '../../mail/layout.ts'

/** A link in a mail, and until when it works, as its reader writes that. */
type TextLink = { url: string; until: string }

/** What was asked for: on which site, for which purposes, by their names in the language of the mail. */
export type Asked = { site: string; page?: string | undefined; purposes: readonly string[] }

/** Who answers for the data, as LETHE_CONTROLLER says it. */
type Controller = string | undefined

/** What the mails to contacts say. Nothing that whoever asked could choose stands in them. */
type Texts = {
  confirmation: (asked: Asked, link: TextLink, controller: Controller) => MailContent
  confirmed: (asked: Asked, unsubscribe: string, controller: Controller) => MailContent
  withdrawal: (purposes: readonly string[], link: TextLink, controller: Controller) => MailContent
  withdrawn: (purposes: readonly string[], at: string, controller: Controller) => MailContent
  selfService: (link: TextLink, controller: Controller) => MailContent
  code: (code: string, until: string, controller: Controller) => MailContent
}

const list = (purposes: readonly string[]) => purposes.map((name) => `• ${name}`).join('\n')

const de: Texts = {
  confirmation: ({ site, page, purposes }, { url, until }, controller) => ({
    language: 'de',
    subject: `Bitte bestätigen: Ihre Einwilligung bei ${site}`,
    before: [
      'Guten Tag,',
      `auf ${whereDe(site, page)} hat jemand, wahrscheinlich Sie selbst, diese E-Mail-Adresse angegeben, um einzuwilligen in:`,
      list(purposes),
      'Das gilt erst, wenn Sie es bestätigen. Hinter dem Link steht, worum es genau geht, und Sie entscheiden für jeden Zweck einzeln.',
    ],
    action: { label: 'Ansehen und entscheiden', url },
    after: [
      `Der Link gilt bis ${until}, und nur einmal.`,
      'Sie waren das nicht? Dann brauchen Sie nichts zu tun: Ohne Ihre Bestätigung geschieht nichts, und die Anfrage wird gelöscht.',
      ...responsibleDe(controller),
    ],
  }),
  confirmed: ({ site, page, purposes }, unsubscribe, controller) => ({
    language: 'de',
    subject: `Bestätigt: Ihre Einwilligung bei ${site}`,
    before: ['Guten Tag,', `Sie haben auf ${whereDe(site, page)} eingewilligt in:`, list(purposes)],
    action: { label: 'Einwilligung widerrufen', url: unsubscribe },
    after: [
      'Sie können sie jederzeit widerrufen. Was bis dahin geschehen ist, bleibt rechtmäßig (Art. 7 Abs. 3 DSGVO).',
      ...responsibleDe(controller),
    ],
  }),
  withdrawal: (purposes, { url, until }, controller) => ({
    language: 'de',
    subject: 'Bitte bestätigen: Ihr Widerruf',
    before: [
      'Guten Tag,',
      'jemand, wahrscheinlich Sie selbst, möchte Einwilligungen dieser E-Mail-Adresse widerrufen:',
      list(purposes),
    ],
    action: { label: 'Ansehen und widerrufen', url },
    after: [
      `Der Link gilt bis ${until}, und nur einmal.`,
      'Sie waren das nicht? Dann brauchen Sie nichts zu tun: Es bleibt alles, wie es ist.',
      ...responsibleDe(controller),
    ],
  }),
  withdrawn: (purposes, at, controller) => ({
    language: 'de',
    subject: 'Ihr Widerruf ist eingetragen',
    before: [
      'Guten Tag,',
      'wir haben Ihren Widerruf eingetragen. Er gilt für:',
      list(purposes),
      `Eingetragen: ${at}.`,
      'Sie waren das nicht? Dann sagen Sie uns Bescheid.',
      ...responsibleDe(controller),
    ],
    after: [],
  }),
  selfService: ({ url, until }, controller) => ({
    language: 'de',
    subject: 'Ihre Daten bei uns',
    before: [
      'Guten Tag,',
      'unter diesem Link sehen Sie, was wir über Sie gespeichert haben. Sie können es berichtigen und Einwilligungen erteilen oder widerrufen.',
    ],
    action: { label: 'Meine Daten ansehen', url },
    after: [
      `Der Link gilt bis ${until}, und nur einmal. Geben Sie ihn nicht weiter: Wer ihn hat, sieht Ihre Daten.`,
      ...responsibleDe(controller),
    ],
  }),
  code: (code, until, controller) => ({
    language: 'de',
    subject: 'Ihr Code für die Seite mit Ihren Daten',
    before: [
      'Guten Tag,',
      `Ihr Code: ${code}`,
      `Er gilt bis ${until}, und nur in dem Browser, in dem Sie ihn angefordert haben. Sagen Sie ihn niemandem.`,
      'Sie haben keinen angefordert? Dann brauchen Sie nichts zu tun.',
      ...responsibleDe(controller),
    ],
    after: [],
  }),
}

const en: Texts = {
  confirmation: ({ site, page, purposes }, { url, until }, controller) => ({
    language: 'en',
    subject: `Please confirm: your consent at ${site}`,
    before: [
      'Hello,',
      `Somebody, probably you, has given this e-mail address on ${whereEn(site, page)}, to consent to:`,
      list(purposes),
      'That counts only once you confirm it. Behind the link you find what exactly it is about, and decide on each purpose by itself.',
    ],
    action: { label: 'Look at it and decide', url },
    after: [
      `The link works until ${until}, and only once.`,
      'It was not you? Then you need do nothing: without your confirmation nothing happens, and the request is deleted.',
      ...responsibleEn(controller),
    ],
  }),
  confirmed: ({ site, page, purposes }, unsubscribe, controller) => ({
    language: 'en',
    subject: `Confirmed: your consent at ${site}`,
    before: ['Hello,', `On ${whereEn(site, page)} you have consented to:`, list(purposes)],
    action: { label: 'Withdraw consent', url: unsubscribe },
    after: [
      'You can withdraw it at any time. What was done until then remains lawful (Art. 7(3) GDPR).',
      ...responsibleEn(controller),
    ],
  }),
  withdrawal: (purposes, { url, until }, controller) => ({
    language: 'en',
    subject: 'Please confirm: your withdrawal',
    before: ['Hello,', 'Somebody, probably you, wants to withdraw consents of this e-mail address:', list(purposes)],
    action: { label: 'Look at it and withdraw', url },
    after: [
      `The link works until ${until}, and only once.`,
      'It was not you? Then you need do nothing: everything stays as it is.',
      ...responsibleEn(controller),
    ],
  }),
  withdrawn: (purposes, at, controller) => ({
    language: 'en',
    subject: 'Your withdrawal is recorded',
    before: [
      'Hello,',
      'Your withdrawal is recorded. It is for:',
      list(purposes),
      `Recorded on ${at}.`,
      'It was not you? Then tell us.',
      ...responsibleEn(controller),
    ],
    after: [],
  }),
  selfService: ({ url, until }, controller) => ({
    language: 'en',
    subject: 'Your data with us',
    before: [
      'Hello,',
      'Behind this link you see what we hold about you. You can correct it, and give or withdraw consent.',
    ],
    action: { label: 'Look at my data', url },
    after: [
      `The link works until ${until}, and only once. Do not pass it on: whoever has it sees your data.`,
      ...responsibleEn(controller),
    ],
  }),
  code: (code, until, controller) => ({
    language: 'en',
    subject: 'Your code for the page with your data',
    before: [
      'Hello,',
      `Your code: ${code}`,
      `It works until ${until}, and only in the browser in which you asked for it. Tell it to nobody.`,
      'You did not ask for one? Then you need do nothing.',
      ...responsibleEn(controller),
    ],
    after: [],
  }),
}

const whereDe = (site: string, page: string | undefined) => `der Website „${site}“${hostOf(page)}`
const whereEn = (site: string, page: string | undefined) => `the website “${site}”${hostOf(page)}`

/** Of a page no more than its host: the rest of its address could be anything that somebody wants to be read. */
const hostOf = (page: string | undefined) => {
  const host = page && URL.parse(page)?.host
  return host ? ` (${host})` : ''
}

const responsibleDe = (controller: Controller) => (controller ? [`Verantwortlich für Ihre Daten:\n${controller}`] : [])
const responsibleEn = (controller: Controller) => (controller ? [`Responsible for your data:\n${controller}`] : [])

/** By language. */
export const contactTexts: Readonly<Record<MailLanguage, Texts>> = { de, en }
