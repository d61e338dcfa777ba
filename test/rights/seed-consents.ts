import type { Act } from './seed.ts'
import { purposeKey } from './seed-lawfulness.ts'

let count = 0

/** What a person consents to, as somebody attests: another person each time. */
export const attested = () => ({
  idempotencyKey: `matrix-${++count}`,
  person: { email: `consenting-${count}@example.org` },
  purposes: [{ purpose: purposeKey, notice: { version: 1, language: 'en' } }],
  evidence: { kind: 'FORM', text: 'A form.' },
})

/** Somebody who consents. Returns the token by which they see that. */
export async function seedConsents(act: Act): Promise<string> {
  const give = 'mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { token } }'
  return (await act(give, { input: attested() }))['giveConsent']?.['token'] ?? ''
}
