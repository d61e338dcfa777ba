import { askConfirmed } from './confirmation.js'
import { makeSure, openDialog } from './dialogs.js'
import { settle, whenPressed, whenSent } from './forms.js'
import { createPasskey } from './passkeys.js'
import { programOf } from './programs.js'
import { showRecoveryCodes } from './recovery-codes.js'
import { dated, fillList } from './rows.js'
import { texts } from './texts.js'

const part = document.getElementById('factors')
const within = (id) => document.getElementById(id)
const appDialog = within('app')
const passkeyDialog = within('passkey')
let changed

/** Makes the buttons work by which second factors come and go. `afterwards` shows what is now, and what was done. */
export function prepareFactors(afterwards) {
  changed = (text) => afterwards(part, text)
  whenPressed(within('set-up-app'), part, startApp)
  whenSent(appDialog.querySelector('form'), confirmApp, { INVALID_INPUT: texts.totpRefused })
  whenPressed(within('remove-app'), part, removeApp, { INVALID_INPUT: texts.tooShortAlone })
  whenPressed(within('add-passkey'), part, namePasskey)
  whenSent(passkeyDialog.querySelector('form'), addPasskey, { INVALID_INPUT: texts.passkeyNotAdded })
  whenPressed(within('renew-codes'), part, renewCodes)
}

/** Shows which there are. */
export function showFactors({ totp, passkeys, recoveryCodesLeft }) {
  within('app-state').textContent = totp ? texts.appOn : texts.appOff
  within('set-up-app').hidden = totp
  within('remove-app').hidden = !totp
  within('no-passkeys').hidden = passkeys.length > 0
  within('recovery').hidden = !totp && passkeys.length === 0
  within('recovery-state').textContent = texts.recoveryCodesLeft.replace('{count}', recoveryCodesLeft)
  fillList(
    within('passkeys'),
    passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({
      title: name,
      details: [dated(texts.added, createdAt), lastUsedAt ? dated(texts.lastUsed, lastUsedAt) : texts.neverUsed],
      action: texts.removePasskey,
      name: texts.removePasskeyNamed.replace('{name}', name),
      act: () => removePasskey(id, name),
      own: { INVALID_INPUT: texts.tooShortAlone },
    })),
  )
}

async function startApp() {
  const { startTotp } = await askConfirmed('mutation StartTotp { startTotp { secret uri qrCode } }')
  within('qr-code').src = `data:image/svg+xml,${encodeURIComponent(startTotp.qrCode)}`
  within('secret').textContent = startTotp.secret.match(/.{1,4}/g).join(' ')
  within('app-uri').href = startTotp.uri
  begin(appDialog)
}

async function confirmApp(fields) {
  const mutation = 'mutation ConfirmTotp($code: String!) { confirmTotp(code: $code) { recoveryCodes } }'
  const { confirmTotp } = await askConfirmed(mutation, { code: fields['app-code'] })
  appDialog.close()
  await added(confirmTotp.recoveryCodes, texts.appAdded)
}

async function removeApp() {
  await makeSure(texts.removeAppSure, texts.removeApp)
  await askConfirmed('mutation RemoveTotp { removeTotp }')
  await changed(texts.appRemoved)
}

function namePasskey() {
  begin(passkeyDialog)
  within('passkey-name').value = programOf(navigator.userAgent)
  within('passkey-name').select()
}

async function addPasskey(fields) {
  const { startPasskey } = await askConfirmed('mutation StartPasskey { startPasskey }')
  const response = await createPasskey(startPasskey)
  const { addPasskey: outcome } = await askConfirmed(
    'mutation AddPasskey($name: String!, $response: JSON!) { addPasskey(name: $name, response: $response) { recoveryCodes } }',
    { name: fields['passkey-name'], response },
  )
  passkeyDialog.close()
  await added(outcome.recoveryCodes, texts.passkeyAdded)
}

async function removePasskey(id, name) {
  await makeSure(texts.removePasskeySure.replace('{name}', name), texts.removePasskey)
  await askConfirmed('mutation RemovePasskey($id: ID!) { removePasskey(id: $id) }', { id })
  await changed(texts.passkeyRemoved)
}

async function renewCodes() {
  await makeSure(texts.renewRecoveryCodesSure, texts.renewRecoveryCodes)
  const { renewRecoveryCodes } = await askConfirmed(
    'mutation RenewRecoveryCodes { renewRecoveryCodes { recoveryCodes } }',
  )
  await added(renewRecoveryCodes.recoveryCodes, texts.codesRenewed)
}

async function added(recoveryCodes, text) {
  if (recoveryCodes.length > 0) await showRecoveryCodes(recoveryCodes)
  await changed(text)
}

/** Opens a dialog whose form does the rest. */
function begin(dialog) {
  dialog.querySelector('form').reset()
  settle(dialog)
  openDialog(dialog)
}
