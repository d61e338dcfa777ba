import { escapeHtml } from '../html.ts'

/** A language that mails are written in. */
export type MailLanguage = 'de' | 'en'

/** What a mail says: paragraphs of plain text, and at most one thing to do, behind a link. */
export type MailContent = {
  language: MailLanguage
  subject: string
  /** One for each paragraph; lines in it stay lines. */
  before: readonly string[]
  action?: { label: string; url: string }
  after: readonly string[]
}

/** The language for a user's mails. */
export const mailLanguage = (language: string): MailLanguage => (language === 'de' ? 'de' : 'en')

/**
 * Lays a mail out, as text and as HTML. It loads nothing from anywhere, so that opening it tells nobody, and it shows where
 * its link leads.
 */
export function layOut({ language, subject, before, action, after }: MailContent): {
  subject: string
  text: string
  html: string
} {
  const link = action ? [`${action.label}:\n${action.url}`] : []
  const text = `${[...before, ...link, ...after].join('\n\n')}\n`
  const html = `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(subject)}</title>
</head>
<body style="margin: 2rem auto; max-width: 34rem; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif">
${before.map(paragraph).join('\n')}
${action ? button(action) : ''}
${after.map(paragraph).join('\n')}
</body>
</html>
`
  return { subject, text, html }
}

const paragraph = (text: string) => `<p>${escapeHtml(text).replaceAll('\n', '<br>\n')}</p>`

const button = ({ label, url }: { label: string; url: string }) => {
  const target = escapeHtml(url)
  const style = 'display: inline-block; padding: .6rem 1rem; border-radius: .4rem; background: #2456a6; color: #fff'
  return `<p><a href="${target}" style="${style}">${escapeHtml(label)}</a></p>
<p style="font-size: .85rem; overflow-wrap: anywhere">${target}</p>`
}
