import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { z } from 'zod'

// Bounds keep a stranger's answer small; authenticators stay far below.
const bytes = (most: number) =>
  z
    .string()
    .max(Math.ceil((most * 4) / 3))
    .regex(/^[\w-]+$/)

const credential = { id: bytes(1023), rawId: bytes(1023), type: z.literal('public-key') }

// Pages of others can't have ours inside of theirs, so nobody answers from there.
const clientData = z.object({ challenge: z.string(), crossOrigin: z.literal(false).optional() })

const clientDataJSON = bytes(4096).refine((text) => clientDataOf(text) !== undefined)

function clientDataOf(encoded: string) {
  try {
    const text = new TextDecoder().decode(Buffer.from(encoded, 'base64url'))
    return clientData.safeParse(JSON.parse(text)).data
  } catch {
    return undefined // Not even JSON: as little an answer as any other text.
  }
}

const creation = z.object({
  ...credential,
  response: z.object({
    clientDataJSON,
    attestationObject: bytes(16_384),
    transports: z
      .array(z.string().regex(/^[\w-]{1,30}$/))
      .max(10)
      .default([]),
  }),
})

const assertion = z.object({
  ...credential,
  response: z.object({
    clientDataJSON,
    authenticatorData: bytes(4096),
    signature: bytes(2048),
    userHandle: bytes(64).nullish(),
  }),
})

/** A browser's answer to the wish for a new key, with the challenge that it says it signed; nothing unless it is one. */
export function readCreation(answer: unknown): { response: RegistrationResponseJSON; challenge: string } | undefined {
  const read = creation.safeParse(answer).data
  const seen = read && clientDataOf(read.response.clientDataJSON)
  return seen && { response: { ...read, clientExtensionResults: {} }, challenge: seen.challenge }
}

/** A browser's answer to the question for a signature, and whose key it says it used; nothing unless it is one. */
export function readAssertion(
  answer: unknown,
): { response: AuthenticationResponseJSON; userHandle: string | undefined } | undefined {
  const read = assertion.safeParse(answer).data
  if (!read) return undefined
  const { userHandle, ...response } = read.response
  return { response: { ...read, response, clientExtensionResults: {} }, userHandle: userHandle ?? undefined }
}
