import { ask } from './ask.js'
import { explain } from './explain.js'
import { whenSent } from './forms.js'
import { preparePasswords } from './passwords.js'
import { challengeFields, prepareSecondStep } from './second-step.js'
import { showStep } from './steps.js'
import { texts } from './texts.js'

const part = (id) => document.getElementById(id)
let token = ''
let purpose

const secondStep = prepareSecondStep({
  // Somebody new sees first what there is to an account; others go on with what they came for.
  goOn: () => location.replace(purpose === 'INVITATION' ? '/account' : '/'),
  beginAgain: () => location.replace('/sign-in'), // The password is set.
})

whenSent(part('choose-password').querySelector('form'), async (fields) => {
  const variables = { token, password: fields['new-password'] }
  const { useLink } = await ask(
    `mutation UseLink($token: String!, $password: String!) {
      useLink(token: $token, password: $password) { ${challengeFields} }
    }`,
    variables,
  ).catch(refuseLink)
  if (useLink) secondStep(useLink)
})

/** Takes the token out of the address, where others could read it, and looks what it is for. */
async function look() {
  token = location.hash.slice(1) || token
  history.replaceState(null, '', location.pathname)
  try {
    const { lookAtLink: link } = await ask(
      'mutation LookAtLink($token: String!) { lookAtLink(token: $token) { purpose email } }',
      { token },
    ).catch(refuseLink)
    if (!link) return
    purpose = link.purpose
    part('purpose').textContent = texts[purpose]
    part('email').value = link.email
    showStep('choose-password')
  } catch (fault) {
    part('failure').textContent = explain(fault)
    showStep('failed')
  }
}

/** Says what to do when the link is worth nothing, instead of an answer. */
function refuseLink(fault) {
  if (fault.code !== 'LINK_INVALID') throw fault
  showStep('invalid')
  return {}
}

preparePasswords()
part('again').addEventListener('click', look)
addEventListener('hashchange', look)
look()
