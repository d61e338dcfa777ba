import type { AccountTexts } from './account-page.ts'
import { errorText, field, passwordField, secondFactorForms } from './parts.ts'

/** The dialogs of the account page. */
export const accountDialogs = (text: AccountTexts): string =>
  [confirmIdentity(text), setUpApp(text), addPasskey(text), showCodes(text), makeSure(text)].join('\n')

const cancel = (text: AccountTexts) => `<p><button type="button" class="plain" data-closes>${text.cancel}</button></p>`

const confirmIdentity = (text: AccountTexts) => `<dialog id="confirm-identity" aria-labelledby="confirm-identity-title">
<h2 id="confirm-identity-title">${text.confirmTitle}</h2>
<p>${text.confirmHint}</p>
<form method="post" novalidate id="confirm-password">
<input name="username" autocomplete="username" hidden readonly>
${passwordField(text, {
  id: 'current-password',
  label: text.currentPassword,
  missing: text.noPassword,
  describedBy: 'confirm-password-error',
  attributes: 'autocomplete="current-password"',
})}
${errorText('confirm-password')}
<button>${text.confirm}</button>
</form>
<div id="confirm-factor" hidden>
${secondFactorForms(text)}
</div>
${cancel(text)}
</dialog>`

const setUpApp = (text: AccountTexts) => `<dialog id="app" aria-labelledby="app-title">
<h2 id="app-title">${text.setUpAppTitle}</h2>
<p>${text.setUpAppHint}</p>
<img id="qr-code" alt="${text.qrCode}" width="220" height="220">
<p>${text.secret}: <code id="secret"></code></p>
<p><a id="app-uri">${text.openApp}</a></p>
<form method="post" novalidate>
${field({
  id: 'app-code',
  label: text.totp,
  missing: text.noTotp,
  describedBy: 'app-code-hint app-error',
  attributes: 'type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="10" class="code" autofocus',
})}
<p class="hint" id="app-code-hint">${text.totpHint}</p>
${errorText('app')}
<button>${text.confirm}</button>
</form>
${cancel(text)}
</dialog>`

const addPasskey = (text: AccountTexts) => `<dialog id="passkey" aria-labelledby="passkey-title">
<h2 id="passkey-title">${text.addPasskey}</h2>
<form method="post" novalidate>
${field({
  id: 'passkey-name',
  label: text.passkeyName,
  missing: text.noPasskeyName,
  describedBy: 'passkey-name-hint new-passkey-error',
  attributes: 'type="text" autocomplete="off" maxlength="100" autofocus',
})}
<p class="hint" id="passkey-name-hint">${text.passkeyNameHint}</p>
${errorText('new-passkey')}
<button>${text.addPasskey}</button>
</form>
${cancel(text)}
</dialog>`

const showCodes = (text: AccountTexts) => `<dialog id="codes" aria-labelledby="codes-title">
<h2 id="codes-title" tabindex="-1" autofocus>${text.codesTitle}</h2>
<p>${text.codesHint}</p>
<ol id="code-list"></ol>
<p class="notice" role="status"></p>
<div class="buttons">
<button type="button" class="secondary" id="copy-codes">${text.copy}</button>
<button type="button" class="secondary" id="print-codes">${text.print}</button>
<a class="button secondary" id="save-codes" download="${text.fileName}">${text.download}</a>
</div>
<button type="button" data-closes="kept">${text.kept}</button>
</dialog>`

const makeSure = (text: AccountTexts) => `<dialog id="sure" aria-labelledby="sure-text">
<p id="sure-text"></p>
<div class="buttons">
<button type="button" class="secondary" data-closes>${text.cancel}</button>
<button type="button" id="sure-yes"></button>
</div>
</dialog>`
