import { linkTexts } from './link-texts.ts'
import { createPage } from './page.ts'
import { errorText, newPasswordField, secondFactorForms } from './parts.ts'

type Texts = Readonly<(typeof linkTexts)['en']>

/** The page that links in mails lead to: it shows whose link it is, and only its form uses it. */
export const createLinkPage = (): ((request: Request) => Response) =>
  createPage({ texts: linkTexts, body, script: new URL('./scripts/link.js', import.meta.url) })

const body = (text: Texts) => `<section id="choose-password" hidden>
<h1 tabindex="-1">${text.title}</h1>
<p id="purpose"></p>
<form method="post" novalidate>
<label for="email">${text.email}</label>
<input id="email" type="email" autocomplete="username" readonly>
${newPasswordField(text, 'link-error')}
${errorText('link')}
<button>${text.button}</button>
</form>
</section>
<section id="second-factor" hidden>
<h1 tabindex="-1">${text.secondFactor}</h1>
${secondFactorForms(text)}
</section>
<section id="invalid" hidden>
<h1 tabindex="-1">${text.invalidTitle}</h1>
<p>${text.invalid}</p>
<p>${text.invalidReset}</p>
<p>${text.invalidInvitation}</p>
<p><a href="/sign-in">${text.toSignIn}</a></p>
</section>
<section id="failed" hidden>
<h1 tabindex="-1">${text.failedTitle}</h1>
<p class="error" id="failure"></p>
<p><button type="button" id="again">${text.again}</button></p>
</section>`
