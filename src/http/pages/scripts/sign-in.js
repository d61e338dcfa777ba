import { ask } from './ask.js'
import { complain, whenSent } from './forms.js'
import { preparePasswords } from './passwords.js'
import { challengeFields, prepareSecondStep } from './second-step.js'
import { prepareWaysBack, showStep } from './steps.js'
import { texts } from './texts.js'

const part = (id) => document.getElementById(id)
const formIn = (id) => part(id).querySelector('form')
const address = new URL(location.href)
const next = address.searchParams.get('next')
const error = address.searchParams.get('error')

const secondStep = prepareSecondStep({
  goOn,
  beginAgain: () => {
    showStep('sign-in')
    complain(formIn('sign-in'), texts.expired, part('password'))
  },
})

whenSent(
  formIn('sign-in'),
  async ({ email, password }) => {
    const { signIn } = await ask(
      `mutation SignIn($email: String!, $password: String!) {
        signIn(email: $email, password: $password) { ${challengeFields} }
      }`,
      { email: email.trim(), password },
    ).catch(forgetPassword)
    if (signIn.challenge) part('password').value = ''
    secondStep(signIn)
  },
  { SIGN_IN_FAILED: texts.refused },
)

whenSent(formIn('ask-for-link'), async ({ address: email }) => {
  await ask('mutation RequestPasswordReset($email: String!) { requestPasswordReset(email: $email) }', {
    email: email.trim(),
  })
  showStep('link-sent')
})

part('forgotten').addEventListener('click', () => {
  part('address').value = part('email').value
  showStep('ask-for-link')
})

function forgetPassword(fault) {
  part('password').value = ''
  throw fault
}

/** Goes to `next`, if that is a path on this very host. */
function goOn() {
  const url = next?.startsWith('/') ? URL.parse(next, location.origin) : null
  location.replace(url?.origin === location.origin ? url.href : '/')
}

/** Offers what this installation offers besides passwords. Who is signed in already goes on. */
async function offer() {
  const { me, signInOptions } = await ask(
    'query SignInOptions { me { id } signInOptions { passwordReset provider { name path } } }',
  )
  // Links on other sites lead here although one is signed in: browsers leave out the cookie then.
  if (me && !error) return goOn()
  const { passwordReset, provider } = signInOptions
  part('forgotten').hidden = !passwordReset
  if (!provider) return
  part('provider').href = provider.path + (next ? `?${new URLSearchParams({ next })}` : '')
  part('provider').textContent = texts.provider.replace('{name}', provider.name)
  part('provider').hidden = false
}

/** Says, once, why the identity provider sent somebody back. */
function explainReturn() {
  if (!error?.startsWith('provider-') || !texts[error]) return
  address.searchParams.delete('error')
  history.replaceState(null, '', address)
  complain(formIn('sign-in'), texts[error], part('email'))
}

preparePasswords()
prepareWaysBack()
showStep('sign-in')
explainReturn()
offer()
