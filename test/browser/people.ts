import { randomUUID } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import type { TestApp } from '../support/app.ts'
import { withClient } from '../support/database.ts'
import { typeSignIn } from './browser.ts'
import { arrive } from './visits.ts'

/** Somebody with an account. */
export type Person = { email: string; password: string; name: string }

const password = 'seven ravens over the mill'

/** An invitation, as an administrator gets it to hand over where no mails are sent. */
export async function invite(server: TestApp, name = 'Grace Hopper'): Promise<Person & { link: string }> {
  const email = `${randomUUID()}@example.org`
  const mutation = 'mutation ($input: InviteUserInput!) { inviteUser(input: $input) { link } }'
  const { data } = await server.graphql(mutation, { input: { email, name, roles: ['analyst'] } }, await server.signIn())
  return { email, password, name, link: data.inviteUser.link }
}

/** Somebody who followed an invitation. */
export async function newPerson(server: TestApp, name?: string): Promise<Person & { token: string }> {
  const { link, ...person } = await invite(server, name)
  const mutation =
    'mutation ($token: String!, $password: String!) { useLink(token: $token, password: $password) { token } }'
  const { data } = await server.graphql(mutation, { token: link.split('#')[1], password })
  return { ...person, token: data.useLink.token }
}

/** Somebody with an authenticator app, whose next code is free. */
export async function personWithApp(server: TestApp): Promise<Person & { secret: string; recoveryCodes: string[] }> {
  const { token, ...person } = await newPerson(server)
  const { secret } = (await server.graphql('mutation { startTotp { secret } }', {}, token)).data.startTotp
  const mutation = 'mutation ($code: String!) { confirmTotp(code: $code) { recoveryCodes } }'
  const { data } = await server.graphql(mutation, { code: codeOf(secret) }, token)
  return { ...person, secret, recoveryCodes: data.confirmTotp.recoveryCodes }
}

/** What an authenticator app with this secret shows. */
export const codeOf = (secret: string, timestamp: number = Date.now()): string =>
  new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')) }).generate({ timestamp })

/** What it shows next; taken already, since clocks differ. */
export const nextCodeOf = (secret: string): string => codeOf(secret, Date.now() + 30_000)

/** Signs in, up to the page behind it. */
export async function signIn(page: Page, { email, password }: Person, path = '/account'): Promise<void> {
  await page.goto(`/sign-in?${new URLSearchParams({ next: path })}`)
  await typeSignIn(page, email, password)
  await arrive(page, path)
}

/** Lets ten minutes go by since anybody proved who they are. */
export const letProofsAge = ({ config }: TestApp): Promise<unknown> =>
  withClient(config.databaseUrl ?? '', (client) =>
    client.query(`UPDATE session SET confirmed_at = confirmed_at - interval '11 minutes'`),
  )

/** Has the browser believe in an authenticator that is always touched by its owner. */
export async function virtualAuthenticator(page: Page): Promise<{ loseKeys: () => Promise<unknown> }> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  })
  return { loseKeys: () => session.send('WebAuthn.clearCredentials', { authenticatorId }) }
}
