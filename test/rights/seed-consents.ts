import type { Act } from './seed.ts'

// A purpose that everybody may know of: partners' pages show it.
const offered = 'matrix.offered'

let count = 0

/** What one of a few persons consents to, as somebody attests. */
export const attested = () => ({
  idempotencyKey: `matrix-${++count}`,
  person: { email: `consenting-${count % 5}@example.org` },
  familyName: 'Zzz',
  purposes: [{ purpose: offered, notice: { version: 1, language: 'en' } }],
  evidence: { kind: 'FORM', text: 'A form.' },
})

/** What a page may ask for. */
export const offers = () => ({ purposes: [offered] })

/** Somebody who consents. Returns the token by which they see that. */
export async function seedConsents(act: Act): Promise<string> {
  const text = [{ language: 'en', text: 'Offered' }]
  const create = 'mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }'
  await act(create, { input: { key: offered, names: text, grounds: ['CONSENT'] } })
  const publish = 'mutation ($p: String!, $t: [LocalizedTextInput!]!) { publishNotice(purpose: $p, texts: $t) { id } }'
  await act(publish, { p: offered, t: text })
  const give = 'mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { token } }'
  return (await act(give, { input: attested() }))['giveConsent']?.['token'] ?? ''
}
