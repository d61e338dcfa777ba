import { ask } from './ask.js'
import { askConfirmed, prepareConfirmation } from './confirmation.js'
import { prepareDialogs } from './dialogs.js'
import { explain } from './explain.js'
import { prepareFactors, showFactors } from './factors.js'
import { whenSent } from './forms.js'
import { preparePasswords } from './passwords.js'
import { prepareRecoveryCodes } from './recovery-codes.js'
import { prepareSessions, showSessions } from './sessions.js'
import { texts } from './texts.js'

const query = `query Account {
  me { email name roles { key name } }
  mySecondFactors { totp recoveryCodesLeft passkeys { id name createdAt lastUsedAt } }
  mySessions { id current createdAt lastSeenAt address userAgent methods }
}`
const loadError = document.getElementById('load-error')
const password = document.getElementById('password')

/** Shows the account as it is now. */
async function show() {
  try {
    const { me, mySecondFactors, mySessions } = await ask(query)
    showPerson(me)
    showFactors(mySecondFactors)
    showSessions(mySessions)
    loadError.textContent = ''
    document.getElementById('account').hidden = false
  } catch (fault) {
    loadError.textContent = explain(fault)
  }
}

function showPerson({ email, name, roles }) {
  document.getElementById('you-title').textContent = name || email
  document.getElementById('my-email').textContent = email
  document.getElementById('my-roles').textContent =
    roles.map((role) => role.name || role.key).join(', ') || texts.noRoles
  for (const input of document.querySelectorAll('[name=username]')) input.value = email
}

/** Shows the account as it is after a change, what was done, and goes to the part of the page where that was. */
async function afterwards(part, text) {
  await show()
  part.querySelector('.notice[role=status]:not(#generated)').textContent = text
  part.querySelector('h2').focus()
}

whenSent(password.querySelector('form'), async (fields) => {
  const mutation =
    'mutation ChangePassword($newPassword: String!) { changePassword(newPassword: $newPassword) { sessionExpiresAt } }'
  await askConfirmed(mutation, { newPassword: fields['new-password'] })
  password.querySelector('form').reset()
  await afterwards(password, texts.passwordChanged)
})
prepareDialogs()
prepareConfirmation()
preparePasswords()
prepareRecoveryCodes()
prepareFactors(afterwards)
prepareSessions(afterwards)
show()
