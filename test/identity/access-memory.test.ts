import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAuthenticator } from '../../src/modules/identity/sign-in/authenticate.ts'
import { type Person, type Stage, startStage } from './access-support.ts'

// A process that PostgreSQL tells nothing, as if no notification came: what it remembers is good for a second.

let stage: Stage
let boss: Person
let now = 0
let authenticate: ReturnType<typeof createAuthenticator>
beforeAll(async () => {
  stage = await startStage()
  boss = await stage.person({ '*': 'rw' })
  authenticate = createAuthenticator({
    database: stage.database,
    sessionKey: stage.work.secrets.signingKey('session'),
    sessions: stage.config.sessions,
    clock: () => now,
  })
})
afterAll(() => stage.close())

test.each<[string, string]>([
  ['a right', 'mutation ($role: ID!) { revokeRight(role: $role, right: "contacts.*", read: true) { id } }'],
  ['a role', 'mutation ($id: ID!, $role: ID!) { unassignRole(user: $id, role: $role) { id } }'],
  ['a role for all', 'mutation ($role: ID!) { deleteRole(id: $role) }'],
  ['the sight of all contacts', 'mutation ($role: ID!) { updateRole(id: $role, input: { purposes: ["a"] }) { id } }'],
  ['a session', 'mutation ($id: ID!) { endUserSessions(id: $id) { id } }'],
  ['an account', 'mutation ($id: ID!) { disableUser(id: $id) { id } }'],
])('%s that was taken is gone after at most a second where no notification comes', async (_what, query) => {
  const person = await stage.person({ 'contacts.*': 'r' })
  const sees = async () => {
    try {
      const { rights } = await authenticate({ cookie: undefined, bearer: person.token })
      return rights.canRead('contacts.name') && rights.purposes.length === 0
    } catch (error) {
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED' })
      return false
    }
  }
  expect(await sees()).toBe(true)
  expect((await stage.run(boss, query, { id: person.id, role: person.role })).codes).toEqual([])
  now += 1000
  expect(await sees()).toBe(false)
})
