import type { Act } from './seed.ts'

// A purpose that everybody may know of: partners' pages show it.
const offered = 'matrix.offered'

let count = 0

const about = () => ({
  idempotencyKey: `matrix-${++count}`,
  person: { email: `consenting-${count % 5}@example.org` },
})

/** What one of a few persons consents to, as somebody attests. */
export const attested = () => ({
  ...about(),
  familyName: 'Zzz',
  // And to something that there is not.
  purposes: [{ purpose: offered, notice: { version: 1, language: 'en' } }, { purpose: 'matrix.none' }],
  evidence: { kind: 'FORM', text: 'A form.' },
})

/** What one of them does not consent to any more. */
export const withdrawn = () => ({ ...about(), purposes: [offered] })

/** What one of them never consented to. */
export const refused = () => ({ ...about(), purposes: [{ purpose: offered }] })

/** What one of them says of themself: nothing. */
export const ownFields = () => ({ ...about(), fields: [] })

/** What a page may ask for. */
export const offers = () => ({ purposes: [offered] })

/** Somebody who consents. Returns the token by which they see that. */
export async function seedConsents(act: Act): Promise<string> {
  const text = [{ language: 'en', text: 'Offered' }]
  const create = 'mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }'
  await act(create, { input: { key: offered, parent: 'matrix.above', names: text, grounds: ['CONSENT'] } })
  const publish = 'mutation ($p: String!, $t: [LocalizedTextInput!]!) { publishNotice(purpose: $p, texts: $t) { id } }'
  await act(publish, { p: offered, t: text })
  const give = 'mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { token } }'
  return (await act(give, { input: attested() }))['giveConsent']?.['token'] ?? ''
}
