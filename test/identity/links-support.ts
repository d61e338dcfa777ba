import { randomBytes, randomUUID } from 'node:crypto'
import type { ParsedMail } from 'mailparser'
import { expect } from 'vitest'
import { listenToDatabase } from '../../src/database/listen.ts'
import { startMailSender } from '../../src/mail/sender.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { createSecrets, installationSecret } from '../../src/secrets.ts'
import { startMailServer } from '../mail/mail-server.ts'
import { type GraphqlAnswer, startTestApp } from '../support/app.ts'

/** An app that sends its mails to a mail server of its own. */
export type LinksApp = Awaited<ReturnType<typeof startLinksApp>>

export const publicUrl = 'https://crm.example'

/** The link as it stands in a mail. */
export const linkForm = /^https:\/\/crm\.example\/link#[\w-]{43}$/

/** The password of new users, and another one. */
export const former = 'nine herrings under the ice'
export const password = 'seven ravens over the mill'

export const newAddress = (): string => `zq${randomBytes(6).toString('hex')}@example.org`
export const codesOf = ({ errors }: GraphqlAnswer) => errors?.map((error) => error.extensions.code)
export const globalId = (id: string): string => Buffer.from(`User:${id}`).toString('base64')

/** The token in a mail's link; in the text and in the HTML it is the same. */
export function tokenIn(mail: ParsedMail | undefined): string {
  const links = [mail?.text, mail?.html || ''].flatMap((part = '') => [
    ...part.matchAll(/https:\/\/crm\.example\/link#([\w-]{43})(?![\w-])/g),
  ])
  const tokens = new Set(links.map(([, token]) => token ?? ''))
  expect([links.length >= 3, tokens.size]).toEqual([true, 1])
  return [...tokens][0] ?? ''
}

/** Starts one. */
export async function startLinksApp() {
  const mails = await startMailServer()
  const mail = { smtpUrl: mails.url, from: 'Lethe <lethe@crm.example>' }
  const app = await startTestApp({ config: { mail, publicUrl, logLevel: 'trace' } })
  const databaseUrl = app.config.databaseUrl ?? ''
  const secrets = createSecrets(await installationSecret(app.config))
  const notifications = await listenToDatabase(databaseUrl, app.work.log)
  const sender = startMailSender({ ...app.work, secrets, mail, grace: 2000, notifications })
  const admin = await app.signIn()

  /** A request from an address; by default from one that nobody came from before. */
  async function request(query: string, variables: object, address = newNetwork()): Promise<GraphqlAnswer> {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ query, variables })
    const sent = new Request(`${app.url}/graphql`, { method: 'POST', headers, body })
    const response = await app.app.fetch(sent, { address, secure: true })
    return { status: response.status, headers: response.headers, ...(await response.json()) }
  }
  const askForReset = (email: string, address?: string) =>
    request('mutation ($email: String!) { requestPasswordReset(email: $email) }', { email }, address)
  const work = () => ({ ...app.work, publicUrl, requestId: randomUUID() })
  return {
    app,
    databaseUrl,
    mails,
    /** A token of the administrator. */
    admin,
    work,
    askForReset,
    newUser: (email = newAddress(), options: object = {}) =>
      addUser(work(), { email, name: 'Zqname', password: former, roles: [], ...options }),
    invite: (input: object, token = admin, to = app) =>
      to.graphql(
        'mutation ($input: InviteUserInput!) { inviteUser(input: $input) { user { id email name language hasPassword } link } }',
        { input },
        token,
      ),
    inviteAgain: (id: string, token = admin, to = app) =>
      to.graphql('mutation ($id: ID!) { sendInvitation(user: $id) { user { id } link } }', { id }, token),
    look: (token: string) =>
      app.graphql('mutation ($token: String!) { lookAtLink(token: $token) { purpose email name expiresAt } }', {
        token,
      }),
    use: (token: string, secret = password, to = app) =>
      to.graphql(
        'mutation ($token: String!, $secret: String!) { useLink(token: $token, password: $secret) { token user { email } challenge { token factors } } }',
        { token, secret },
      ),
    signIn: (email: string, secret: string) =>
      app.graphql(
        'mutation ($email: String!, $secret: String!) { signIn(email: $email, password: $secret) { token } }',
        { email, secret },
      ),
    /** Asks for a new password, and opens the mail that comes. */
    resetToken: async (email: string): Promise<string> => {
      const before = (await mails.takesFor(email, 0)).length
      expect((await askForReset(email)).data).toEqual({ requestPasswordReset: true })
      return tokenIn((await mails.takesFor(email, before + 1)).at(-1))
    },
    close: async () => {
      await sender.close()
      await notifications.close()
      await app.close()
      await mails.close()
    },
  }
}

const newNetwork = () => `2001:db8:${randomBytes(2).toString('hex')}:${randomBytes(2).toString('hex')}::1`
