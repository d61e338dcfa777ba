import { ask } from './ask.js'
import { openDialog } from './dialogs.js'
import { Complaint } from './explain.js'
import { Cancelled, complain, settle, whenSent } from './forms.js'
import { prepareSecondFactor } from './second-factor.js'
import { texts } from './texts.js'

const dialog = document.getElementById('confirm-identity')
const form = document.getElementById('confirm-password')
const factorPart = document.getElementById('confirm-factor')
const mutation = `mutation ConfirmIdentity($password: String, $factor: SecondFactorInput, $challenge: String) {
  confirmIdentity(password: $password, factor: $factor, challenge: $challenge)
}`
let askForFactor
let challenge
let password

/** Asks something of the API that may want a proof first of who is there. Throws Cancelled if there is none. */
export async function askConfirmed(query, variables) {
  try {
    return await ask(query, variables)
  } catch (fault) {
    if (fault.code !== 'CONFIRMATION_NEEDED') throw fault
  }
  await confirm()
  return ask(query, variables)
}

/** Makes the dialog work that asks for the proof: first for the password, then for a second factor. */
export function prepareConfirmation() {
  askForFactor = prepareSecondFactor(factorPart, prove)
  whenSent(
    form,
    async (fields) => {
      password = fields['current-password']
      if (challenge) showFactors()
      else await prove()
    },
    { SIGN_IN_FAILED: texts.passwordRefused },
  )
}

async function confirm() {
  const wanted = await wantedProofs()
  challenge = wanted.includes('factor') ? await newChallenge() : undefined
  password = undefined
  if (wanted.includes('password')) showPassword()
  else showFactors()
  const confirmed = await openDialog(dialog)
  form.reset()
  password = undefined
  if (!confirmed) throw new Cancelled()
}

/** What it takes, as the API says when it gets nothing. */
async function wantedProofs() {
  try {
    await ask(mutation)
  } catch (fault) {
    if (fault.code === 'INVALID_INPUT') return fault.extensions.faults.map(({ field }) => field)
    // Who signs in elsewhere, and has nothing here to prove it by.
    if (fault.code === 'CONFIRMATION_NEEDED') throw new Complaint(texts.signInAgain)
    throw fault
  }
  throw new Error('nothing confirmed it')
}

async function newChallenge() {
  const { startConfirmation } = await ask(
    'mutation StartConfirmation { startConfirmation { token factors passkeyOptions } }',
  )
  return startConfirmation
}

function showPassword() {
  factorPart.hidden = true
  form.hidden = false
  form.reset()
  settle(form)
}

function showFactors() {
  form.hidden = true
  factorPart.hidden = false
  askForFactor(challenge.factors, challenge.passkeyOptions)
}

async function prove(factor) {
  try {
    await ask(mutation, { password, factor, challenge: factor?.passkey && challenge.token })
    dialog.close('confirmed')
  } catch (fault) {
    if (!factor || !fault.extensions?.beginAgain) throw fault
    challenge = await newChallenge()
    showPassword()
    complain(form, texts.passwordRefused, form.elements['current-password'], true)
  }
}
