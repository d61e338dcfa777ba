import type { Text } from '../../disclosed.ts'
import { type ErasureGround, erasureGrounds } from '../../module.ts'

/** What can be done with all whom a report shows. */
export const reactionKinds = ['renew', 'ask_for_consent', 'restrict', 'lift_restriction', 'erase'] as const

export type ReactionKind = (typeof reactionKinds)[number]

/** What is stored was checked before. Throws if it wasn't. */
export function kindOf({ kind }: { kind: string }): ReactionKind {
  const found = reactionKinds.find((known) => known === kind)
  if (!found) throw new Error(`${kind} is stored, and nobody knows it`)
  return found
}

/** The rights to write that each takes, of whoever has it done, beyond that to react at all. */
export const rightsFor: Readonly<Record<ReactionKind, readonly string[]>> = {
  renew: ['lawfulness.basis'],
  ask_for_consent: ['lawfulness.basis'],
  restrict: ['requests.decide'],
  lift_restriction: ['requests.decide'],
  erase: ['erasure.erasures'],
}

/** What is wished for, as far as a kind takes it. */
export type Wish = {
  /** For renewing and asking, where the report's rows don't name one. */
  purpose?: string | undefined
  /** Until when what is renewed holds, as ISO 8601; as long as the purpose says, without. */
  validUntil?: string | undefined
  /** Why: of what is renewed, it is the source that is recorded. */
  reason?: string | undefined
  /** Why it is erased. */
  ground?: ErasureGround | undefined
}

/** A wish as it is stored. */
export function wishIn(stored: unknown): Wish {
  const { purpose, validUntil, reason, ground } = Object(stored)
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  return {
    ...{ purpose: text(purpose), validUntil: text(validUntil), reason: text(reason) },
    ground: erasureGrounds.find((known) => known === ground),
  }
}

/** Why it is not done with somebody. */
export const skipReasons = {
  gone: { de: 'nicht mehr zu sehen, oder zusammengeführt', en: 'not seen any more, or merged' },
  no_ground: { de: 'keine Grundlage, die noch gilt', en: 'no ground that still holds' },
  consent: { de: 'Einwilligung: nur die Person kann sie erneuern', en: 'consent: only the person can renew it' },
  restricted: { de: 'Verarbeitung eingeschränkt', en: 'processing is restricted' },
  not_restricted: { de: 'nicht von Hand eingeschränkt', en: 'not restricted by hand' },
  said_no: { de: 'hat widerrufen, abgelehnt oder widersprochen', en: 'withdrew, refused or objected' },
  asked_already: {
    de: 'schon gefragt, in den letzten 30 Tagen, oder eine Anfrage ist noch offen',
    en: 'asked already, within 30 days, or a question still waits for an answer',
  },
  consents: { de: 'hat eingewilligt, ohne Ende', en: 'consents already, without an end' },
  child: { de: 'unter 16 Jahren', en: 'younger than 16' },
  no_address: { de: 'keine zustellbare E-Mail-Adresse', en: 'no e-mail address that mails arrive at' },
  not_asked_for: {
    de: 'Zweck beruht nicht auf Einwilligung, oder ist ausgemustert',
    en: 'purpose does not rest on consent, or is retired',
  },
  being_erased: { de: 'wird schon gelöscht', en: 'is being erased already' },
  refused: { de: 'nicht möglich', en: 'it can’t be done' },
} as const satisfies Readonly<Record<string, Text>>

export type SkipReason = keyof typeof skipReasons
