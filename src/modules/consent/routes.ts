import { html } from '../../html.ts'
import { json } from '../../http/answers.ts'
import { formPage } from '../../http/pages/form-page.ts'
import type { ContextOf, Route } from '../../http/router.ts'
import { consentRoutes } from '../mails/pages/consent.ts'
import { confirmRequest } from './acts/confirm.ts'
import { lookAtRequest } from './acts/look.ts'
import { problems, problemsPath, refusals } from './problems.ts'
import { publishedKeys } from './record/keys.ts'

/** Where the keys of consent records are (RFC 7517, RFC 8615). */
const keysPath = '/.well-known/jwks.json'

/** The page of a mail's link, the keys of consent records, and what the codes of problems mean. */
export const consentModuleRoutes = (contextOf: ContextOf): Readonly<Record<string, Route>> => ({
  ...consentRoutes({ lookAtRequest, confirmRequest })(contextOf),
  [keysPath]: {
    methods: ['GET', 'HEAD'],
    answer: async (request, exchange) =>
      json(200, await publishedKeys(await contextOf(request, exchange)), {
        'content-type': 'application/jwk-set+json',
        'cache-control': 'public, max-age=300',
        'access-control-allow-origin': '*',
      }),
  },
  [problemsPath]: { methods: ['GET', 'HEAD'], answer: problemsPage },
})

/** For developers, in the language of the API. */
function problemsPage(): Response {
  const list = (codes: Readonly<Record<string, string>>) =>
    html`<dl>${Object.entries(codes).map(([code, text]) => html`<dt id="${code}"><code>${code}</code></dt><dd>${text}</dd>`)}</dl>`
  const title = 'Consent from websites and apps: problems'
  const body = html`<section><h1>${title}</h1>
<p>An outcome of one purpose has <code>error.code</code>:</p>${list(problems)}
<p>A whole call is refused with <code>extensions.code</code>:</p>${list(refusals)}</section>`
  return formPage({ language: 'en', title, body, wide: true })
}
