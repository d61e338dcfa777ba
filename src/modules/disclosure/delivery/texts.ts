import type { MailContent } from '../../../mail/layout.ts'
import { pointInTime } from '../../identity/links/texts.ts'
import type { Language } from '../packages.ts'

type Texts = {
  mail: (url: string, until: Date, controller: string | undefined) => MailContent
  title: string
  intro: string
  contents: string
  once: string
  size: (megabytes: string) => string
  button: string
  deadTitle: string
  dead: string
}

const signature = (controller: string | undefined) => (controller ? [controller] : [])

/** What the mail with the link and its page say. No data of the person stands there. */
export const linkTexts: Readonly<Record<Language, Texts>> = {
  de: {
    mail: (url, until, controller) => ({
      language: 'de',
      subject: 'Ihre Daten liegen bereit',
      before: ['Guten Tag,', 'was über Sie gespeichert ist, liegt für Sie bereit.'],
      action: { label: 'Herunterladen', url },
      after: [
        `Der Link gilt bis ${pointInTime('de', until)}, und nur einmal. Geben Sie ihn nicht weiter: Wer ihn hat, bekommt Ihre Daten.`,
        ...signature(controller),
      ],
    }),
    title: 'Ihre Daten',
    intro: 'Hier laden Sie herunter, was über Sie gespeichert ist.',
    contents:
      'Die ZIP-Datei enthält einen Bericht zum Lesen (PDF), dieselben Daten für Programme (JSON, CSV) und Ihre Dateien im Original.',
    once: 'Der Link gilt nur einmal. Bricht das Herunterladen ab, können Sie es eine halbe Stunde lang wiederholen.',
    size: (megabytes) => `Größe: ${megabytes} MB`,
    button: 'Herunterladen',
    deadTitle: 'Dieser Link gilt nicht mehr',
    dead: 'Er wurde schon benutzt, ist zu alt, oder es gab ihn nie. Bitten Sie um einen neuen.',
  },
  en: {
    mail: (url, until, controller) => ({
      language: 'en',
      subject: 'Your data is ready',
      before: ['Hello,', 'what is kept about you is ready for you.'],
      action: { label: 'Download', url },
      after: [
        `The link works until ${pointInTime('en', until)}, and once. Don’t pass it on: whoever has it gets your data.`,
        ...signature(controller),
      ],
    }),
    title: 'Your data',
    intro: 'Here you download what is kept about you.',
    contents:
      'The ZIP file has a report to read (PDF), the same data for programs (JSON, CSV), and your files in original.',
    once: 'The link works once. If the download breaks, you can begin again for half an hour.',
    size: (megabytes) => `Size: ${megabytes} MB`,
    button: 'Download',
    deadTitle: 'This link does not work any more',
    dead: 'It was used already, is too old, or was never made. Ask for a new one.',
  },
}
