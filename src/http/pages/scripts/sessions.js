import { ask } from './ask.js'
import { askConfirmed } from './confirmation.js'
import { makeSure } from './dialogs.js'
import { whenPressed } from './forms.js'
import { programOf } from './programs.js'
import { dated, fillList } from './rows.js'
import { texts } from './texts.js'

const part = document.getElementById('sessions')
let changed

/** Makes the buttons work that sign out. `afterwards` shows what is now, and what was done. */
export function prepareSessions(afterwards) {
  changed = (text) => afterwards(part, text)
  whenPressed(document.getElementById('sign-out'), document.getElementById('you'), signOut)
  whenPressed(document.getElementById('sign-out-everywhere'), part, signOutEverywhere)
}

/** Shows where the user is signed in: here first. */
export function showSessions(sessions) {
  fillList(
    document.getElementById('session-list'),
    sessions
      .toSorted((one, other) => other.current - one.current)
      .map(({ id, current, userAgent, address, createdAt, lastSeenAt, methods }) => {
        const title = programOf(userAgent)
        const by = texts.by.replace('{methods}', methods.map((method) => texts[method]).join(' + '))
        const details = [address, dated(texts.signedIn, createdAt), by, dated(texts.lastSeen, lastSeenAt)]
        if (current) return { title, mark: texts.thisSession, details, action: texts.signOut, act: signOut }
        const name = texts.endSessionNamed.replace('{name}', title)
        return { title, details, action: texts.endSession, name, act: () => endSession(id) }
      }),
  )
}

async function endSession(id) {
  await askConfirmed('mutation EndSession($id: ID!) { endSession(id: $id) }', { id })
  await changed(texts.sessionEnded)
}

async function signOut() {
  await ask('mutation SignOut { signOut }')
  location.replace('/sign-in')
}

async function signOutEverywhere() {
  await makeSure(texts.signOutEverywhereSure, texts.signOutEverywhere)
  await askConfirmed('mutation SignOutEverywhere { signOutEverywhere }')
  location.replace('/sign-in')
}
