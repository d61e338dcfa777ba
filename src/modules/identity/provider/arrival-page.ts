import { escapeHtml } from '../../../html.ts'
import { pagePolicy } from '../../../http/headers.ts'
import { type Language, preferredLanguage } from '../../../http/pages/language.ts'

const texts: Readonly<Record<Language, { title: string; goOn: string }>> = {
  de: { title: 'Angemeldet', goOn: 'Weiter' },
  en: { title: 'Signed in', goOn: 'Go on' },
}

/**
 * Goes on to a path of this host. A redirect would arrive without the session cookie: that is sent only where one of our
 * own pages leads, and the browser comes from the provider's.
 */
export function arrivalPage(request: Request, path: string): Response {
  const language = preferredLanguage(request)
  const { title, goOn } = texts[language]
  const html = `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Lethe</title>
<link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>${title}</h1>
<p><a id="next" href="${escapeHtml(path)}">${goOn}</a></p>
</main>
<script>location.replace(document.getElementById('next').href)</script>
</body>
</html>
`
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': pagePolicy(html),
      vary: 'Accept-Language',
    },
  })
}
