import { ask } from './ask.js'
import { prepareSecondFactor } from './second-factor.js'
import { showStep } from './steps.js'

/** What to ask for of a SignInPayload. */
export const challengeFields = 'challenge { token factors passkeyOptions }'

/**
 * Prepares the second step of a sign-in.
 *
 * @param goOn Called once there is a session.
 * @param beginAgain Called when the first step has to be repeated: it was too long ago, or the second went wrong too often.
 * @returns Takes the SignInPayload of the first step: asks for the second, if there is one, else goes on.
 */
export function prepareSecondStep({ goOn, beginAgain }) {
  let challenge
  const askForFactor = prepareSecondFactor(document.getElementById('second-factor'), async (factor) => {
    try {
      await ask(
        `mutation CompleteSignIn($challenge: String!, $factor: SecondFactorInput!) {
          completeSignIn(challenge: $challenge, factor: $factor) { expiresAt }
        }`,
        { challenge: challenge.token, factor },
      )
    } catch (fault) {
      if (!fault.extensions?.beginAgain) throw fault
      return beginAgain()
    }
    goOn()
  })
  return (payload) => {
    challenge = payload.challenge
    if (!challenge) return goOn()
    askForFactor(challenge.factors, challenge.passkeyOptions)
    showStep('second-factor')
  }
}
