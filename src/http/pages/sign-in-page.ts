import { createPage } from './page.ts'
import { errorText, field, passwordField, secondFactorForms } from './parts.ts'
import { signInTexts } from './sign-in-texts.ts'

type Texts = Readonly<(typeof signInTexts)['en']>

/** A page to sign in on. */
export const createSignInPage = (): ((request: Request) => Response) =>
  createPage({ texts: signInTexts, body, script: new URL('./scripts/sign-in.js', import.meta.url) })

const body = (text: Texts) => `<section id="sign-in" hidden>
<h1 tabindex="-1">${text.title}</h1>
<form method="post" novalidate>
${field({
  id: 'email',
  label: text.email,
  missing: text.noEmail,
  describedBy: 'sign-in-error',
  attributes: 'type="email" autocomplete="username" maxlength="254"',
})}
${passwordField(text, {
  id: 'password',
  label: text.password,
  missing: text.noPassword,
  describedBy: 'sign-in-error',
  attributes: 'autocomplete="current-password"',
})}
${errorText('sign-in')}
<button>${text.button}</button>
</form>
<p><button type="button" class="plain" id="forgotten" hidden>${text.forgotten}</button></p>
<p><a class="button secondary" id="provider" hidden></a></p>
</section>
<section id="second-factor" hidden>
<h1 tabindex="-1">${text.secondFactor}</h1>
${secondFactorForms(text)}
<p><button type="button" class="plain" data-back="sign-in">${text.back}</button></p>
</section>
<section id="ask-for-link" hidden>
<h1 tabindex="-1">${text.forgottenTitle}</h1>
<form method="post" novalidate>
<p class="hint" id="forgotten-hint">${text.forgottenHint}</p>
${field({
  id: 'address',
  label: text.email,
  missing: text.noEmail,
  describedBy: 'forgotten-hint forgotten-error',
  attributes: 'type="email" autocomplete="username" maxlength="254"',
})}
${errorText('forgotten')}
<button>${text.sendLink}</button>
</form>
<p><button type="button" class="plain" data-back="sign-in">${text.back}</button></p>
</section>
<section id="link-sent" hidden>
<h1 tabindex="-1">${text.sentTitle}</h1>
<p>${text.sent}</p>
<p><button type="button" class="plain" data-back="sign-in">${text.back}</button></p>
</section>`
