import { expect, test } from 'vitest'
import type { Config } from '../../src/config.ts'
import { admin, startTestApp } from '../support/app.ts'

const provider: Config['provider'] = {
  issuer: 'https://issuer.example',
  clientId: 'lethe',
  clientSecret: 'hidden',
  name: 'Acme',
  audience: undefined,
  rolesClaim: 'groups',
  roles: [],
}
const mail = { smtpUrl: 'smtps://hidden@mail.example', from: 'lethe@example.org' }

test.each<[Partial<Config>, object]>([
  [{}, { passwordReset: false, provider: null }],
  [
    { provider, mail },
    { passwordReset: true, provider: { name: 'Acme', path: '/sign-in/provider' } },
  ],
])('everybody is told which ways there are to sign in, and no more', async (config, told) => {
  const app = await startTestApp({ config })
  const { data, errors } = await app.graphql('{ signInOptions { passwordReset provider { name path } } }')
  expect([data, errors]).toEqual([{ signInOptions: told }, undefined])
  await app.close()
})

test('ASVS 3.3: the cookies of a sign-in are for this host, for no script, and for no other site', async () => {
  const app = await startTestApp()
  const source =
    'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }'
  const { headers } = await app.graphql(source, admin)
  const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'
  expect(headers.getSetCookie().map((line) => line.replace(/=[^;]+/, '=…'))).toEqual([
    `__Host-lethe=…; ${attributes}`,
    `__Host-lethe-device=…; ${attributes}; Max-Age=31536000`,
  ])
  await app.close()
})
