import { settle, whenSent } from './forms.js'
import { knowsPasskeys, signWithPasskey } from './passkeys.js'
import { texts } from './texts.js'

/**
 * Prepares the forms for a second factor in a part of the page.
 *
 * @param prove Takes the factor, in the shape of SecondFactorInput.
 * @returns Shows the first of these factors that can be used here, and offers the others. `passkeyOptions`: what a
 *   passkey has to sign.
 */
export function prepareSecondFactor(part, prove) {
  let passkeyOptions
  const form = (factor) => part.querySelector(`[data-factor=${factor}]`)
  const others = [...part.querySelectorAll('[data-other]')]
  let usable = []

  const choose = (chosen) => {
    for (const factor of ['PASSKEY', 'TOTP', 'RECOVERY_CODE']) {
      form(factor).hidden = factor !== chosen
      form(factor).reset()
      settle(form(factor))
    }
    for (const button of others) {
      button.hidden = button.dataset.other === chosen || !usable.includes(button.dataset.other)
    }
    form(chosen).querySelector('input, button').focus()
  }
  for (const button of others) button.addEventListener('click', () => choose(button.dataset.other))

  const refused = { SIGN_IN_FAILED: texts.codeRefused }
  whenSent(form('TOTP'), ({ totp }) => prove({ totp: totp.replaceAll(/\s/g, '') }), refused)
  whenSent(form('RECOVERY_CODE'), (fields) => prove({ recoveryCode: fields['recovery-code'].trim() }), refused)
  whenSent(form('PASSKEY'), async () => prove({ passkey: await signWithPasskey(passkeyOptions) }), {
    SIGN_IN_FAILED: texts.passkeyRefused,
  })

  return (factors, options) => {
    passkeyOptions = options
    usable = ['PASSKEY', 'TOTP', 'RECOVERY_CODE'].filter(
      (factor) => factors.includes(factor) && (factor !== 'PASSKEY' || knowsPasskeys()),
    )
    choose(usable[0] ?? 'PASSKEY')
  }
}
