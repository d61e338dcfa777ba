import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { expect } from 'vitest'
import type { Config } from '../../src/config.ts'
import { transact } from '../../src/database/transact.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { type GraphqlAnswer, startTestApp } from '../support/app.ts'
import { pastTheGuards } from '../support/database.ts'

export type Security = Awaited<ReturnType<typeof startSecurity>>

export type Seen = {
  text: string
  count: number
  attention: boolean
  users: { id: string }[]
  roles: { key: string }[]
  clients: { name: string }[]
}

const password = 'correct horse battery staple'
const day = 24 * 60 * 60 * 1000

/** An app, the review in it, and shorthands for what makes its findings. */
export async function startSecurity(config: Partial<Config> = {}) {
  const app = await startTestApp({ config })
  const administrator = await app.signIn()

  /** Sends an operation from an address of one's own. */
  async function from(address: string, query: string, token?: string): Promise<GraphqlAnswer> {
    const headers = new Headers({ 'content-type': 'application/json' })
    if (token) headers.set('authorization', `Bearer ${token}`)
    const request = new Request(`${app.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
    const response = await app.app.fetch(request, { address, secure: true })
    return { status: response.status, headers: response.headers, ...(await response.json()) }
  }

  /** As the administrator, or as whoever's token this is; the answer's one field. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape
  async function act(query: string, variables: object = {}, token = administrator): Promise<any> {
    const { data, errors } = await app.graphql(query, variables, token)
    expect(errors).toBeUndefined()
    return Object.values(data)[0]
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape
  async function measure(key: string, token = administrator, graphql = app.graphql): Promise<any> {
    const { data } = await graphql(
      `{ securityReview { key title status checkEvery due lastCheckedAt lastCheckedBy { email } checks { note measure user { email } }
         findings { text count attention users { id } roles { key } clients { name } } } }`,
      {},
      token,
    )
    return data.securityReview.find((one: { key: string }) => one.key === key)
  }

  /** What is found about a measure, with these words in it. */
  async function finding(key: string, words: string): Promise<Seen | undefined> {
    const { findings } = await measure(key)
    return findings.find(({ text }: Seen) => text.includes(words))
  }

  /** A user with these roles, who has signed in if there is a token. */
  async function newUser(roles: string[] = [], { signedIn = true } = {}) {
    const email = `${randomUUID()}@example.org`
    const { id } = await addUser({ ...app.work, requestId: randomUUID() }, { email, name: '', password, roles })
    const globalId = Buffer.from(`User:${id}`).toString('base64')
    return { email, id: globalId, uuid: id, token: signedIn ? await signIn(email) : '' }
  }

  async function signIn(email: string, address = '127.0.0.1'): Promise<string> {
    const { data } = await from(address, `mutation { signIn(email: "${email}", password: "${password}") { token } }`)
    return data.signIn.token
  }

  /** A role that grants this. Returns its key. */
  async function newRole(
    grants: { right: string; read?: boolean; write?: boolean }[],
    id: string = uuidv7(),
  ): Promise<string> {
    await transact({ ...app.work, requestId: randomUUID() }, 'test', async (tx) => {
      await tx.role.create({ data: { id, key: id, name: 'Made for a test' } })
      await tx.grant.createMany({ data: grants.map((one) => ({ roleId: id, read: false, write: false, ...one })) })
    })
    return id
  }

  /** Changes rows past everything that the product puts in between: to let time go by, above all. */
  const changeRows = (statement: string, values: unknown[] = []) =>
    pastTheGuards(app.config.databaseUrl ?? '', statement, values)

  return {
    app,
    administrator,
    from,
    act,
    measure,
    finding,
    newUser,
    signIn,
    newRole,
    pastTheGuards: changeRows,
    close: app.close,
  }
}

export const daysAgo = (count: number): Date => new Date(Date.now() - count * day)
