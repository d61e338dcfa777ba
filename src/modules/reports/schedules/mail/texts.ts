import type { MailContent, MailLanguage } from '../../../../mail/layout.ts'
import { checkpointWords } from '../../../audit/proofs/checkpoint-file.ts'

/** What a mail with a report tells. Nothing in it is about a person. */
export type Told = {
  /** Of the report. */
  report: string
  /** How many rows it has for its reader; of those on entering: how many contacts entered. */
  count: number
  entered: boolean
  /** As of when, as its reader writes that. */
  at: string
  /** How many rows have what in common, where the report groups by what is about nobody. */
  groups: readonly { label: string; count: number }[]
  /** How many columns the reader may not read. */
  withheld: number
  /** Undefined: the reader has no account, or GraphiQL is off. */
  url: string | undefined
  attachment: AttachmentState
  /** Whether the newest checkpoint of the audit log is attached. */
  checkpoint: boolean
  /** The schedule, and who answers for it. */
  schedule: string
  owner: string
}

/** What became of the attachment that the schedule asks for. */
export type AttachmentState =
  | 'none'
  | 'attached'
  | 'encrypted_mail'
  | 'not_allowed'
  | 'no_protection'
  | 'expired'
  | 'too_large'
  | 'needs_pdf'

type Texts = {
  subject: (told: Told) => string
  lines: (told: Told) => string[]
  more: string
  label: string
  attachment: Readonly<Record<AttachmentState, string>>
  /** Where rows are that are too many for a mail. */
  instead: (told: Told) => string
  withheld: (count: number) => string
  footer: (told: Told) => string
}

const de: Texts = {
  subject: ({ report, count, entered }) => `Bericht „${report}“: ${entered ? `${count} neu` : count}`,
  lines: ({ report, count, entered, at }) => [
    entered
      ? `im Bericht „${report}“ ${count === 1 ? 'ist ein Kontakt' : `sind ${count} Kontakte`} neu. Stand: ${at}.`
      : `der Bericht „${report}“ hat zurzeit ${count === 1 ? 'eine Zeile' : `${count} Zeilen`}. Stand: ${at}.`,
  ],
  more: '… und weitere',
  label: 'Bericht ansehen',
  attachment: {
    none: '',
    attached: 'Die Zeilen stehen in der angehängten PDF-Datei. Sie öffnet sich mit Ihrem Passwort für Berichte.',
    encrypted_mail: 'Die Zeilen stehen in der angehängten Datei.',
    not_allowed: 'Angehängt ist nichts: Die Administration hat es für diesen Zeitplan noch nicht erlaubt.',
    no_protection:
      'Angehängt ist nichts: Damit nur Sie es lesen können, hinterlegen Sie ein Zertifikat, einen Schlüssel oder ein Passwort (setReportProtection).',
    expired: 'Angehängt ist nichts: Ihr Zertifikat oder Schlüssel gilt nicht mehr. Hinterlegen Sie den neuen.',
    too_large: 'Angehängt ist nichts: Die Datei wäre zu groß für eine E-Mail, oder zu lang für ein PDF.',
    needs_pdf:
      'Angehängt ist nichts: Mit einem Passwort geschützt wird nur ein PDF, und dieser Zeitplan will ein anderes Format.',
  },
  instead: ({ url, owner }) => (url ? 'Alle Zeilen sehen Sie über den Link.' : `Fragen Sie ${owner} nach den Zeilen.`),
  withheld: (count) =>
    count === 1
      ? 'Eine Spalte dürfen Sie nicht lesen; sie fehlt.'
      : `${count} Spalten dürfen Sie nicht lesen; sie fehlen.`,
  footer: ({ schedule, owner }) =>
    `Zeitplan „${schedule}“, eingerichtet von ${owner}. Wer in dem Bericht steht, sagt diese E-Mail höchstens in verschlüsselten Anhängen.`,
}

const en: Texts = {
  subject: ({ report, count, entered }) => `Report “${report}”: ${entered ? `${count} new` : count}`,
  lines: ({ report, count, entered, at }) => [
    entered
      ? `${count === 1 ? 'one contact has' : `${count} contacts have`} entered the report “${report}”. As of ${at}.`
      : `the report “${report}” has ${count === 1 ? 'one row' : `${count} rows`} at present. As of ${at}.`,
  ],
  more: '… and more',
  label: 'Look at the report',
  attachment: {
    none: '',
    attached: 'The rows are in the attached PDF. Your password for reports opens it.',
    encrypted_mail: 'The rows are in the attached file.',
    not_allowed: 'Nothing is attached: an administrator has not allowed it for this schedule yet.',
    no_protection:
      'Nothing is attached: so that nobody but you can read it, lay down a certificate, a key or a password (setReportProtection).',
    expired: 'Nothing is attached: your certificate or key is not valid any more. Lay down the new one.',
    too_large: 'Nothing is attached: the file would be too large for a mail, or too long for a PDF.',
    needs_pdf: 'Nothing is attached: a password protects a PDF alone, and this schedule wants another format.',
  },
  instead: ({ url, owner }) => (url ? 'All rows are behind the link.' : `Ask ${owner} for the rows.`),
  withheld: (count) =>
    count === 1
      ? 'One column you may not read; it is left out.'
      : `${count} columns you may not read; they are left out.`,
  footer: ({ schedule, owner }) =>
    `Schedule “${schedule}”, set up by ${owner}. Who is in the report, this mail tells at most in encrypted attachments.`,
}

const texts: Readonly<Record<MailLanguage, Texts>> = { de, en }
const mostGroups = 20

/** The mail that tells how a report stands. */
export function reportText(language: MailLanguage, name: string, told: Told): MailContent {
  const text = texts[language]
  const { groups, url } = told
  const listed = groups.slice(0, mostGroups).map(({ label, count }) => `• ${label}: ${count}`)
  if (groups.length > mostGroups) listed.push(text.more)
  return {
    language,
    subject: text.subject(told),
    before: [greeting(language, name), ...text.lines(told), ...(listed.length > 0 ? [listed.join('\n')] : [])],
    ...(url && { action: { label: text.label, url } }),
    after: [
      ...(told.attachment === 'none' ? [] : [attachmentText(text, told)]),
      ...(told.withheld > 0 ? [text.withheld(told.withheld)] : []),
      ...(told.checkpoint ? [checkpointWords[language]] : []),
      text.footer(told),
    ],
  }
}

const attachmentText = ({ attachment, instead }: Texts, told: Told) =>
  told.attachment === 'too_large' ? `${attachment.too_large} ${instead(told)}` : attachment[told.attachment]

const greeting = (language: MailLanguage, name: string) =>
  language === 'de' ? `Guten Tag${name && ` ${name}`},` : `Hello${name && ` ${name}`},`

/** A moment by the clock of a time zone, which it names. */
export const momentIn = (at: Date, language: MailLanguage, timeZone: string): string => {
  const locale = language === 'de' ? 'de-DE' : 'en-GB'
  const format = new Intl.DateTimeFormat(locale, { ...({ dateStyle: 'long', timeStyle: 'short' } as const), timeZone })
  return `${format.format(at)} (${timeZone})`
}
