import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, givePasskey, giveTotp, newPerson, type Person, startPasskey } from './factors-support.ts'
import { type Installation, install, password } from './support.ts'

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
})
afterAll(() => lethe.close())

const payload = '{ token user { email } challenge { token factors passkeyOptions } }'

async function signIn({ email }: Person) {
  const source = `mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) ${payload} }`
  return (await lethe.run(source, { email, password })).data?.['signIn']
}

async function complete(challenge: string, factor: object) {
  const source = `mutation ($challenge: String!, $factor: SecondFactorInput!) { completeSignIn(challenge: $challenge, factor: $factor) ${payload} }`
  return lethe.run(source, { challenge, factor })
}

describe('signing in with a second factor', () => {
  test('ASVS 6.3.3: takes a code of the app, a passkey, or a recovery code, and nothing less', async () => {
    const person = await newPerson(lethe)
    const { secret, recoveryCodes } = await giveTotp(person)
    const { authenticator } = await givePasskey(person)
    const proofs: ((options: { challenge: string }) => object)[] = [
      () => ({ totp: codeOf(secret, Date.now() + 30_000) }),
      (options) => ({ passkey: authenticator.get(options) }),
      () => ({ recoveryCode: recoveryCodes[0] }),
    ]
    for (const proof of proofs) {
      const { token, challenge } = await signIn(person)
      expect(token).toBeNull()
      expect(challenge.factors).toEqual(['PASSKEY', 'TOTP', 'RECOVERY_CODE'])
      const { data } = await complete(challenge.token, proof(challenge.passkeyOptions))
      expect(data?.['completeSignIn']).toMatchObject({ user: { email: person.email }, challenge: null })
      expect(data?.['completeSignIn'].token).toEqual(expect.any(String))
    }
  })

  test('takes no answer of a passkey to an earlier question, nor one twice', async () => {
    const person = await newPerson(lethe)
    const { authenticator } = await givePasskey(person, { counts: false })
    const [earlier, later] = [(await signIn(person)).challenge, (await signIn(person)).challenge]
    const passkey = authenticator.get(earlier.passkeyOptions)
    expect((await complete(later.token, { passkey })).codes).toEqual(['SIGN_IN_FAILED'])
    expect((await complete(earlier.token, { passkey })).codes).toEqual([])
    expect((await complete(earlier.token, { passkey })).codes).toEqual(['SIGN_IN_FAILED'])
  })

  test('takes the wish for a new key for no question of a sign-in', async () => {
    const person = await newPerson(lethe)
    const { secret } = await giveTotp(person)
    const { challenge } = await startPasskey(person)
    expect((await complete(challenge, { totp: codeOf(secret, Date.now() + 30_000) })).codes).toEqual(['SIGN_IN_FAILED'])
  })
})
