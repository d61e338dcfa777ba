import { pagePolicy } from '../headers.ts'
import { inlineData, inlineScript, inlineStyle } from './inline.ts'
import { type Language, preferredLanguage } from './language.ts'

/** What every page says in one language. */
export type PageTexts = Readonly<Record<string, string>> & { readonly title: string; readonly noScript: string }

/** A page: its texts in each language, its markup, and its script, which reads the texts from the element `texts`. */
export type PageSource<Texts extends PageTexts> = {
  texts: Readonly<Record<Language, Texts>>
  /** What stands in `main`. */
  body: (texts: Texts) => string
  script: URL
  /** Whether it needs the room of several columns. */
  wide?: boolean
}

/**
 * Answers with a page in the language of its reader. The page is the same for everybody and changes nothing: its script
 * asks the API for the rest. Script, style and texts are read here, once; nothing comes from elsewhere.
 */
export function createPage<Texts extends PageTexts>(source: PageSource<Texts>): (request: Request) => Response {
  const style = inlineStyle(new URL('./page.css', import.meta.url))
  const script = inlineScript(source.script)
  const inLanguage = (language: Language) => {
    const html = frame(language, source, { style, script })
    return { html, policy: pagePolicy(html) }
  }
  const pages = { de: inLanguage('de'), en: inLanguage('en') }
  return (request) => {
    const { html, policy } = pages[preferredLanguage(request)]
    return new Response(html, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
        vary: 'Accept-Language',
      },
    })
  }
}

function frame<Texts extends PageTexts>(
  language: Language,
  { texts, body, wide }: PageSource<Texts>,
  { style, script }: { style: string; script: string },
) {
  const text = texts[language]
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.title} – Lethe</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body${wide ? ' class="wide"' : ''}>
<header><p class="brand">Lethe</p></header>
<main>
<noscript><p class="error">${text.noScript}</p></noscript>
${body(text)}
</main>
<script type="application/json" id="texts">${inlineData(text)}</script>
<script>${script}</script>
</body>
</html>
`
}
