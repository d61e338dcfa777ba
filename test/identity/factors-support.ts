import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { Secret, TOTP } from 'otpauth'
import type { WorkContext } from '../../src/graphql/context.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { type FactorProof, passkeyQuestion, takeFactor } from '../../src/modules/identity/factors/factors.ts'
import { softwareAuthenticator } from '../support/authenticator.ts'
import { type Installation, password } from './support.ts'

/** Where the pages of these tests are. */
export const origin = 'https://lethe.test'

export type Person = Awaited<ReturnType<typeof newPerson>>

/** A user who has just signed in. */
export async function newPerson(lethe: Installation, email = `${randomUUID()}@example.org`) {
  const { id } = await addUser(lethe.system, { email, name: '', password, roles: [] })
  const { bearer } = await lethe.signIn(email)
  const run = (source: string, variables: object = {}) => lethe.run(source, { ...variables }, { bearer })
  /** What a sign-in does with a second factor. */
  const offer = (proof: FactorProof, challenge = '') => takeFactor(stranger(lethe), id, proof, challenge)
  /** What a sign-in asks a browser with a passkey. */
  const asked = () => passkeyQuestion(stranger(lethe), id)
  return { id, email, bearer, run, offer, asked }
}

const stranger = (lethe: Installation): WorkContext => ({ ...lethe.system, actor: { kind: 'anonymous', id: null } })

/** The code that an app with this secret (base32) shows, by default now. */
export const codeOf = (secret: string, timestamp = Date.now()): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp })

/** Gives somebody an authenticator app. The code of this time confirms it; the next one is free. */
export async function giveTotp(person: Person, timestamp: number = Date.now()) {
  const { data } = await person.run('mutation { startTotp { secret uri qrCode } }')
  const secret: string = data?.['startTotp'].secret
  const confirmed = await confirmTotp(person, codeOf(secret, timestamp))
  const recoveryCodes: string[] = confirmed.data?.['confirmTotp'].recoveryCodes
  return { secret, recoveryCodes }
}

export const confirmTotp = (person: Person, code: string) =>
  person.run('mutation ($code: String!) { confirmTotp(code: $code) { recoveryCodes } }', { code })

/** What a browser is asked for a new key. */
export async function startPasskey(person: Person): Promise<{ challenge: string }> {
  return (await person.run('mutation { startPasskey }')).data?.['startPasskey']
}

export const addPasskey = (person: Person, response: unknown, name = 'Key') =>
  person.run(
    'mutation ($name: String!, $response: JSON!) { addPasskey(name: $name, response: $response) { passkey { id name createdAt lastUsedAt } recoveryCodes } }',
    { name, response },
  )

/** Gives somebody a passkey. */
export async function givePasskey(person: Person, options: Partial<Parameters<typeof softwareAuthenticator>[0]> = {}) {
  const authenticator = softwareAuthenticator({ origin, ...options })
  const { data } = await addPasskey(person, authenticator.create(await startPasskey(person)))
  const { passkey, recoveryCodes } = data?.['addPasskey'] ?? {}
  return { authenticator, id: String(passkey?.id), recoveryCodes: recoveryCodes as string[] }
}

/** JSON that looks more or less like an answer, with client data and an id that may well be right. */
export function answerLike(clientDataJSON: string, id: string): fc.Arbitrary<unknown> {
  const text = fc.oneof(
    fc.base64String().map((coded) => coded.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')),
    fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
    fc.string(),
  )
  const part = (known?: string) =>
    fc.oneof(
      { weight: 4, arbitrary: known === undefined ? text : fc.constant(known) },
      { weight: 1, arbitrary: fc.jsonValue() },
    )
  return fc.oneof(
    { weight: 1, arbitrary: fc.jsonValue() },
    {
      weight: 4,
      arbitrary: fc.record(
        {
          id: part(id),
          rawId: part(id),
          type: part('public-key'),
          clientExtensionResults: fc.jsonValue(),
          response: fc.record(
            {
              clientDataJSON: fc.oneof(part(clientDataJSON), part()),
              attestationObject: part(),
              authenticatorData: part(),
              signature: part(),
              userHandle: part(),
              transports: fc.jsonValue(),
            },
            { requiredKeys: ['clientDataJSON'] },
          ),
        },
        { requiredKeys: ['id', 'rawId', 'type', 'response'] },
      ),
    },
  )
}

/** The passkeys that somebody sees of themselves. */
export const passkeysOf = async (person: Person) =>
  (await person.run('{ mySecondFactors { passkeys { id name createdAt lastUsedAt } } }')).data?.['mySecondFactors']
    .passkeys

export const removePasskey = (person: Person, id: string) =>
  person.run('mutation ($id: ID!) { removePasskey(id: $id) }', { id })
