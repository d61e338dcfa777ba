import type { Erasure, Prisma } from '#prisma/client.ts'
import type { JsonObject } from '../../database/json.ts'
import type { Transaction } from '../../database/transact.ts'
import type { Text } from '../disclosed.ts'
import type { ErasureDecision, ErasureOutcome } from '../module.ts'
import { pending } from './state.ts'

/** What the register knows of an erasure besides the decision; it stands in the ledger, so that a restored database learns it again. */
export type ErasureFacts = {
  /** The set that it is a batch of, with how many contacts were asked for. */
  set: { id: string; contacts: number } | null
  requestId: string | null
  requester: { kind: string; id: string | null }
  /** ISO 8601, like all times here. */
  requestedAt: string
  approverIds: readonly string[]
  approvedAt: string | null
  toldAt: string | null
  toldHow: string | null
}

/** An entry of the ledger. */
type LedgerPosition = { sequence: number; hash: string }

/** Something that is kept since a law obliges to, as far as the register tells of it. */
type Kept = { model: string; citation: string /** ISO 8601, exclusive. */; until: string }

/** An erasure that happened. */
export type Execution = {
  erasureId: string
  decision: ErasureDecision
  facts: ErasureFacts
  /** All that are gone, those that had been merged into others included. */
  contactIds: readonly string[]
  outcome: ErasureOutcome
  retained: readonly Kept[]
  position: LedgerPosition
  /** It was executed before, as the ledger says, and this database lacked that. */
  replay: boolean
}

/** How the register counts what is retained: of one model, by one law, until one day. */
export type RetainedCount = Kept & { count: number }

/**
 * Writes an erasure into the register, in the transaction that executes it, and who is gone. Where the database is older than the ledger,
 * whatever still waited there waits for somebody to look at it: it may have been called off since.
 */
export async function recordExecuted(tx: Transaction, execution: Execution): Promise<void> {
  const { erasureId: id, decision, facts, contactIds, outcome, retained, position, replay } = execution
  const row = await tx.erasure.findUnique({ where: { id } })
  // Somebody who died between the ledger and the database is completed; that is no replay.
  const lost = replay && row?.state !== 'executing'
  const done = {
    state: 'executed',
    contacts: contactIds.length,
    executedAt: decision.at,
    counts: asJson(outcome),
    retained: asJson(countRetained(retained)),
    ledgerSequence: BigInt(position.sequence),
    ledgerHash: position.hash,
    fault: '',
    ...(lost && { replays: (row?.replays ?? 0) + 1, replayedAt: new Date() }),
  }
  if (lost) await stopWhatWaits(tx)
  if (facts.set) await ensureSet(tx, decision, facts, facts.set)
  if (row) await tx.erasure.update({ where: { id }, data: done })
  else {
    const kind = facts.set ? 'batch' : 'contact'
    await tx.erasure.create({ data: { id, kind, setId: facts.set?.id ?? null, ...asked(decision, facts), ...done } })
  }
  if (facts.set) await sumUp(tx, facts.set.id)
  if (decision.categories !== null) return
  const known = await tx.erasedContact.findMany({ where: { erasureId: id }, select: { contactId: true } })
  const there = new Set(known.map(({ contactId }) => contactId))
  const gone = contactIds.filter((contactId) => !there.has(contactId))
  if (gone.length === 0) return
  const common = { erasureId: id, ledgerSequence: BigInt(position.sequence), erasedAt: decision.at }
  await tx.erasedContact.createMany({ data: gone.map((contactId) => ({ contactId, ...common })) })
}

const asked = ({ ground, categories, related, fingerprints }: ErasureDecision, facts: ErasureFacts) => ({
  ...{ ground, categories: [...(categories ?? [])], related: { ...related }, fingerprints },
  requestId: facts.requestId,
  ...{ requesterKind: facts.requester.kind, requesterId: facts.requester.id, requestedAt: new Date(facts.requestedAt) },
  ...{ approverIds: [...facts.approverIds], approvedAt: facts.approvedAt === null ? null : new Date(facts.approvedAt) },
  ...{ toldAt: facts.toldAt === null ? null : new Date(facts.toldAt), toldHow: facts.toldHow },
})

/** A set that a restored database never heard of: all that is left of it is what was erased. */
async function ensureSet(
  tx: Transaction,
  decision: ErasureDecision,
  facts: ErasureFacts,
  { id, contacts }: { id: string; contacts: number },
) {
  if (await tx.erasure.findUnique({ where: { id } })) return
  await tx.erasure.create({
    data: {
      ...{ id, kind: 'set', contacts, ...asked(decision, facts) },
      // Its batches say what came of it.
      ...{ state: 'approved', replays: 1, replayedAt: new Date() },
    },
  })
}

/**
 * What all batches of a set came to, for one that isn't being executed: it was called off meanwhile, or a restored database learns of it. One
 * of which nobody is left is executed.
 */
async function sumUp(tx: Transaction, id: string) {
  const set = await tx.erasure.findUnique({ where: { id } })
  if (!set || set.state === 'executing') return
  const { contacts, ...totals } = await totalsOf(tx, id)
  if (set.ledgerSequence === totals.ledgerSequence) return
  const left = await tx.erasureSubject.count({ where: { erasureId: id } })
  const whole = set.state === 'executed' || (left === 0 && pending.some((state) => state === set.state))
  await tx.erasure.update({ where: { id }, data: whole ? { contacts, ...totals, state: 'executed' } : totals })
}

/** What all batches of a set came to that are executed. */
export async function totalsOf(tx: Transaction, setId: string) {
  const where = { setId, state: 'executed' }
  const batches = await tx.erasure.findMany({ where, orderBy: { ledgerSequence: 'asc' } })
  const newest = batches.at(-1)
  return {
    contacts: batches.reduce((sum, { contacts }) => sum + contacts, 0),
    counts: asJson(addOutcomes(batches.map(outcomeOf))),
    retained: asJson(addRetained(batches.map(retainedOf))),
    ledgerSequence: newest?.ledgerSequence ?? null,
    ledgerHash: newest?.ledgerHash ?? null,
    executedAt: newest?.executedAt ?? null,
  }
}

async function stopWhatWaits(tx: Transaction) {
  const where = { state: { in: ['queued', 'executing', 'held'] }, kind: { not: 'batch' } }
  await tx.erasure.updateMany({ where, data: { state: 'approved' } })
  await tx.erasureWork.deleteMany({})
}

/** What is retained, counted by model, law and day. */
export function countRetained(retained: readonly Kept[]): RetainedCount[] {
  const counts = new Map<string, RetainedCount>()
  for (const { model, citation, until } of retained) {
    const key = JSON.stringify([model, citation, until])
    const counted = counts.get(key) ?? { model, citation, until, count: 0 }
    counts.set(key, { ...counted, count: counted.count + 1 })
  }
  return [...counts.values()]
}

/** What the register says that came of it. Reasons were in English alone once. */
export const outcomeOf = ({ counts }: Pick<Erasure, 'counts'>): ErasureOutcome => ({
  ...{ erased: {}, anonymised: {}, kept: {} },
  ...(isObject(counts) &&
    JSON.parse(JSON.stringify(counts), (key, value) =>
      key === 'reason' && typeof value === 'string' ? { de: value, en: value } : value,
    )),
})

/** What it says is retained. */
export const retainedOf = ({ retained }: Pick<Erasure, 'retained'>): RetainedCount[] =>
  Array.isArray(retained) ? JSON.parse(JSON.stringify(retained)) : []

const isObject = (value: Prisma.JsonValue): value is Prisma.JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

// The register holds plain JSON, and what goes in is made of nothing else.
const asJson = (value: object): JsonObject => JSON.parse(JSON.stringify(value))

/** What came of several erasures together. */
export function addOutcomes(outcomes: readonly ErasureOutcome[]): ErasureOutcome {
  const erased: Record<string, number> = {}
  const anonymised: Record<string, number> = {}
  const kept: Record<string, { rows: number; reason: Text }> = {}
  for (const outcome of outcomes) {
    for (const [model, rows] of Object.entries(outcome.erased)) erased[model] = (erased[model] ?? 0) + rows
    for (const [model, rows] of Object.entries(outcome.anonymised)) anonymised[model] = (anonymised[model] ?? 0) + rows
    for (const [model, { rows, reason }] of Object.entries(outcome.kept))
      kept[model] = { rows: (kept[model]?.rows ?? 0) + rows, reason: joined(kept[model]?.reason, reason) }
  }
  return { erased, anonymised, kept }
}

/** Several reasons, each once. */
function joined(one: Text | undefined, other: Text): Text {
  if (!one) return other
  const both = (language: 'de' | 'en') =>
    [...new Set([one, other].flatMap((text) => text[language].split('; ')))].join('; ')
  return { de: both('de'), en: both('en') }
}

/** What several erasures retain together. */
export const addRetained = (lists: readonly (readonly RetainedCount[])[]): RetainedCount[] => {
  const counts = new Map<string, RetainedCount>()
  for (const { count, ...kept } of lists.flat()) {
    const key = JSON.stringify(kept)
    counts.set(key, { ...kept, count: (counts.get(key)?.count ?? 0) + count })
  }
  return [...counts.values()]
}

/** Erasures of the same contacts that haven't come to an end. */
export const isPending = { state: { in: [...pending] } }
