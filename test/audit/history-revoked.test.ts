import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { admin, startTestApp, type TestApp } from '../support/app.ts'

// What was readable when it was written need not be so any more: the history goes by what its reader may now.

let app: TestApp
let token: string
beforeAll(async () => {
  app = await startTestApp()
  token = await app.signIn()
})
afterAll(() => app.close())

const signIn = 'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }'

test('a history withholds a field whose right was taken away after it was written, and gives it back', async () => {
  const create = 'mutation { createRole(input: { key: "reader", name: "Reader" }) { id } }'
  const role = (await app.graphql(create, {}, token)).data.createRole.id
  const change = (mutation: 'grantRight' | 'revokeRight', right: string) =>
    app.graphql(
      `mutation ($role: ID!, $right: String!) { ${mutation}(role: $role, right: $right, read: true) { id } }`,
      { role, right },
      token,
    )
  for (const right of ['contacts.contact', 'contacts.name', 'contacts.birthDate', 'audit.history']) {
    expect((await change('grantRight', right)).errors).toBeUndefined()
  }
  const email = 'reader@example.org'
  await addUser(
    { ...app.work, requestId: randomUUID() },
    { email, password: admin.password, name: '', roles: ['reader'] },
  )
  const reader = (await app.graphql(signIn, { email, password: admin.password })).data.signIn.token

  const creation = 'mutation { createContact(input: { givenName: "Ada", birthDate: "1915-12-10" }) { id } }'
  const { id } = (await app.graphql(creation, {}, token)).data.createContact
  const history = async () => {
    const query =
      'query ($id: ID!) { contact(id: $id) { history { edges { node { fields withheld changes { field new } } } } } }'
    const { data, errors } = await app.graphql(query, { id }, reader)
    expect(errors).toBeUndefined()
    return data.contact.history.edges[0].node
  }
  const before = await history()
  expect(before.changes).toContainEqual({ field: 'birthDate', new: '1915-12-10' })

  expect((await change('revokeRight', 'contacts.birthDate')).errors).toBeUndefined()
  // Within a second, on every process.
  await expect.poll(async () => (await history()).withheld, { timeout: 3000 }).toBe(before.withheld + 1)
  expect(JSON.stringify(await history())).not.toMatch(/birthDate|1915/)
  expect(await history()).toMatchObject({ changes: expect.arrayContaining([{ field: 'givenName', new: 'Ada' }]) })

  await change('grantRight', 'contacts.birthDate')
  await expect.poll(history, { timeout: 3000 }).toEqual(before)
})
