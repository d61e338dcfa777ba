import type { MailLanguage } from '../../mail/layout.ts'
import { type ErasureGround, erasureGrounds } from '../module.ts'

type Texts = Readonly<Record<MailLanguage, string>>

/** Why something is erased, where a person reads it. */
export const groundTexts: Readonly<Record<ErasureGround, Texts>> = {
  no_longer_needed: {
    de: 'Die Daten werden nicht mehr gebraucht (Art. 17 Abs. 1 Buchst. a DSGVO)',
    en: 'The data is no longer needed (Art. 17(1)(a) GDPR)',
  },
  consent_withdrawn: {
    de: 'Die Einwilligung wurde widerrufen (Art. 17 Abs. 1 Buchst. b DSGVO)',
    en: 'Consent was withdrawn (Art. 17(1)(b) GDPR)',
  },
  objection: {
    de: 'Die Person hat widersprochen (Art. 17 Abs. 1 Buchst. c DSGVO)',
    en: 'The person objected (Art. 17(1)(c) GDPR)',
  },
  unlawful: {
    de: 'Die Daten wurden unrechtmäßig verarbeitet (Art. 17 Abs. 1 Buchst. d DSGVO)',
    en: 'The data was processed unlawfully (Art. 17(1)(d) GDPR)',
  },
  legal_obligation: {
    de: 'Ein Gesetz verlangt die Löschung (Art. 17 Abs. 1 Buchst. e DSGVO)',
    en: 'A law demands the erasure (Art. 17(1)(e) GDPR)',
  },
  child: {
    de: 'Die Daten eines Kindes wurden bei einem Dienst der Informationsgesellschaft erhoben (Art. 17 Abs. 1 Buchst. f DSGVO)',
    en: 'A child’s data was collected for an information society service (Art. 17(1)(f) GDPR)',
  },
  retention_ended: {
    de: 'Die Aufbewahrungsfrist ist abgelaufen (Art. 5 Abs. 1 Buchst. e DSGVO)',
    en: 'The period of retention is over (Art. 5(1)(e) GDPR)',
  },
}

/** What is stored was checked before. Throws if it wasn't. */
export function groundOf({ ground }: { ground: string }): ErasureGround {
  const found = erasureGrounds.find((known) => known === ground)
  if (!found) throw new Error(`${ground} is stored, and nobody knows it`)
  return found
}

/** What Art. 17(3) GDPR excepts from erasure. */
export const refusals = {
  expression: { letter: 'a', text: 'Freedom of expression and information (Art. 17(3)(a) GDPR).' },
  legal_obligation: { letter: 'b', text: 'A law obliges to keep it, or a public task does (Art. 17(3)(b) GDPR).' },
  public_health: { letter: 'c', text: 'Public health (Art. 17(3)(c) GDPR).' },
  archiving: { letter: 'd', text: 'Archiving in the public interest, research or statistics (Art. 17(3)(d) GDPR).' },
  legal_claims: { letter: 'e', text: 'Legal claims, to make or defend them (Art. 17(3)(e) GDPR).' },
} as const satisfies Readonly<Record<string, { letter: string; text: string }>>

export type Refusal = keyof typeof refusals

/** The article that a refusal rests on, with the law that it points to: `Art. 17(3)(b) GDPR, § 147(3) AO`. */
export const articleOf = (refusal: Refusal, law = ''): string =>
  [`Art. 17(3)(${refusals[refusal].letter}) GDPR`, law].filter(Boolean).join(', ')
