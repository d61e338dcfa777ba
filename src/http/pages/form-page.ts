import { type Html, html } from '../../html.ts'
import { pagePolicy } from '../headers.ts'
import { inlineStyle } from './inline.ts'
import { type Language, preferredLanguage } from './language.ts'

/** A page that the server fills in: it needs no script, and runs none. */
export type FormPage = {
  language: Language
  title: string
  /** What stands in `main`. */
  body: Html
  /** 200, unless said otherwise. */
  status?: number
  /** Whether it needs the room of several columns. */
  wide?: boolean
  /** Where the page is in the other language, if that may be read again: a path with its query. */
  inOtherLanguage?: string | undefined
  /** A style sheet of its own, beside those of all such pages. */
  style?: URL
  /** Who answers for the data (LETHE_CONTROLLER); lines stay lines. */
  controller?: string | undefined
}

const texts = {
  de: { other: 'English', otherCode: 'en', controller: 'Verantwortlich für Ihre Daten' },
  en: { other: 'Deutsch', otherCode: 'de', controller: 'Responsible for your data' },
} as const

/** Answers with a page. Its forms go to this server alone; nothing is loaded, kept by caches or told to whom it links to. */
export function formPage({ status = 200, ...page }: FormPage): Response {
  const markup = frame(page)
  return new Response(markup, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-language': page.language,
      'content-security-policy': pagePolicy(markup, { 'form-action': "'self'", 'connect-src': "'none'" }),
      'x-robots-tag': 'noindex, nofollow',
      vary: 'Accept-Language',
    },
  })
}

/** The language that `lang` of the query names, or else the one that the browser wants most. */
export function languageFor(request: Request): Language {
  const named = URL.parse(request.url)?.searchParams.get('lang')
  return named === 'de' || named === 'en' ? named : preferredLanguage(request)
}

function frame({ language, title, body, wide, inOtherLanguage, controller, style }: Omit<FormPage, 'status'>): string {
  const text = texts[language]
  const { markup } = html`<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${{ markup: styles(style) }}</style>
</head>
<body class="${wide ? 'forms wide' : 'forms'}">
<main>
${body}
</main>
<footer>
${controller && html`<h2>${text.controller}</h2><p class="lines">${controller}</p>`}
${inOtherLanguage && html`<p><a href="${inOtherLanguage}" lang="${text.otherCode}" hreflang="${text.otherCode}">${text.other}</a></p>`}
</footer>
</body>
</html>
`
  return `<!doctype html>\n${markup}`
}

/** Each is read once, when the first page wants it. */
function styles(further?: URL): string {
  const sheets = ['page.css', 'form-page.css'].map((name) => new URL(`./${name}`, import.meta.url))
  return [...sheets, ...(further ? [further] : [])].map(sheet).join('\n')
}

function sheet(url: URL): string {
  const known = read.get(url.href) ?? inlineStyle(url)
  read.set(url.href, known)
  return known
}
const read = new Map<string, string>()
