import { shortest } from '../../modules/identity/sign-in/password.ts'
import type { sharedTexts } from './shared-texts.ts'

type SharedTexts = Readonly<(typeof sharedTexts)['en']>

/** Where a form says what is wrong; its fields refer to it by `aria-describedby`. */
export const errorText = (id: string): string => `<p class="error" role="alert" id="${id}-error"></p>`

/** A field with its label; `attributes` are further ones of the input, `describedBy` what is read out with it. */
export const field = (options: {
  id: string
  label: string
  /** What to say when it is left empty. */
  missing: string
  describedBy: string
  attributes: string
}): string =>
  `<label for="${options.id}">${options.label}</label>
<input id="${options.id}" name="${options.id}" required data-missing="${options.missing}" aria-describedby="${options.describedBy}" ${options.attributes}>`

/** A password's field, with a button that shows it, and what else is to stand there. */
export const passwordField = (text: SharedTexts, options: Parameters<typeof field>[0], further = ''): string =>
  `${field({ ...options, attributes: `type="password" ${options.attributes}` })}
<div class="below">
<button type="button" class="plain" data-reveals="${options.id}" aria-label="${text.showPassword}">${text.show}</button>
${further}
</div>`

/** A new password's field, with its rules and a generator. */
export const newPasswordField = (text: SharedTexts, errorId: string): string =>
  `${passwordField(
    text,
    {
      id: 'new-password',
      label: text.newPassword,
      missing: text.noPassword,
      describedBy: `password-rules ${errorId}`,
      attributes: `autocomplete="new-password" minlength="${shortest.alone}"`,
    },
    `<button type="button" class="plain" data-generates="new-password">${text.generate}</button>`,
  )}
<p class="notice" role="status" id="generated"></p>
<p class="hint" id="password-rules">${passwordRules(text)}</p>`

const passwordRules = ({ passwordRules }: SharedTexts) =>
  passwordRules.replace('{long}', String(shortest.alone)).replace('{short}', String(shortest.withFactor))

/**
 * The ways to show a second factor, one at a time, with buttons to the others: for scripts/second-factor.js.
 */
export const secondFactorForms = (
  text: SharedTexts,
): string => `<form method="post" novalidate data-factor="PASSKEY" hidden>
<p class="hint" id="passkey-hint">${text.passkeyHint}</p>
${errorText('passkey')}
<button aria-describedby="passkey-hint passkey-error" data-first>${text.usePasskey}</button>
</form>
<form method="post" novalidate data-factor="TOTP" hidden>
${field({
  id: 'totp',
  label: text.totp,
  missing: text.noTotp,
  describedBy: 'totp-hint totp-error',
  attributes: 'type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="10" class="code"',
})}
<p class="hint" id="totp-hint">${text.totpHint}</p>
${errorText('totp')}
<button>${text.confirm}</button>
</form>
<form method="post" novalidate data-factor="RECOVERY_CODE" hidden>
${field({
  id: 'recovery-code',
  label: text.recoveryCode,
  missing: text.noRecoveryCode,
  describedBy: 'recovery-code-hint recovery-code-error',
  attributes: 'type="text" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="100" class="code"',
})}
<p class="hint" id="recovery-code-hint">${text.recoveryCodeHint}</p>
${errorText('recovery-code')}
<button>${text.confirm}</button>
</form>
<div role="group" class="other-ways" aria-label="${text.otherWays}">
<button type="button" class="secondary" data-other="PASSKEY" hidden>${text.usePasskey}</button>
<button type="button" class="secondary" data-other="TOTP" hidden>${text.useTotp}</button>
<button type="button" class="secondary" data-other="RECOVERY_CODE" hidden>${text.useRecoveryCode}</button>
</div>`
