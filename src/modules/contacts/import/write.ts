import type { Transaction } from '../../../database/transact.ts'
import type { Fault } from '../../../graphql/errors.ts'
import type { Keys } from '../../../keys/keys.ts'
import { type Claim, claimsIn, takenClaims, takenFault } from '../../fields/claims.ts'
import { type FieldPlan, noPlan } from '../../fields/plan.ts'
import { type FieldWrites, prepareFields, writeNewFieldRows } from '../../fields/store.ts'
import type { CheckedContact } from '../draft.ts'
import { contactRows, insertContacts, type Provenance } from '../store.ts'
import type { BasisHolder, ImportedBasis } from './bases.ts'
import { combine, type Existing, fieldGaps, fillGaps, hasGaps } from './gaps.ts'
import { identityKeys } from './identity.ts'
import type { ImportRow } from './row.ts'

/** A row that passed all checks. */
export type ImportItem = {
  contact: CheckedContact
  externalId: string | undefined
  bases: readonly ImportedBasis[]
  row: ImportRow
}

/** A row that can't be written after all: a value is another contact's, or a new contact lacks what is required. */
export type Refused = { row: ImportRow; faults: readonly Fault[] }

type Origin = { source: string }
type BatchCounts = { created: number; changed: number; unchanged: number; refused: Refused[] }
type Person = { contact: CheckedContact; keys: Set<string>; bases: ImportedBasis[]; rows: ImportRow[] }
type Fresh = Person & { match: readonly string[] }
type Known = Person & { existing: Existing }
/** Writes the legal grounds of contacts, or counts them; returns those that got some. */
type WriteBases = (holders: readonly BasisHolder[]) => Promise<ReadonlySet<string>>

/** Writes a batch: new persons are created, known ones get what they lack. */
export async function writeBatch(
  tx: Transaction,
  keys: Keys,
  origin: Origin,
  provenance: Provenance,
  items: readonly ImportItem[],
  writeBases: WriteBases,
): Promise<BatchCounts> {
  const { taken, ...recognised } = await recognise(tx, origin, items)
  const { fresh, known, repeated, refused } = await withoutRefused(tx, recognised, new Set())
  const claims: { key: string; contactId: string }[] = []
  const claim = (contactId: string, keys: ReadonlySet<string>) => {
    for (const key of keys) {
      if (taken.has(key)) continue
      taken.add(key)
      claims.push({ key, contactId })
    }
  }
  const holders: BasisHolder[] = []
  const created = fresh.map(({ contact, keys: own, bases }) => {
    const rows = contactRows(contact, provenance)
    claim(rows.row.id, own)
    holders.push({ contactId: rows.row.id, bases })
    return { ...rows, plan: contact.fields ?? noPlan }
  })
  const custom = await prepareNew(keys, created)
  await insertContacts(
    tx,
    created.map(({ row, points }) => ({ row: { ...row, customFields: custom.get(row.id)?.stored ?? {} }, points })),
  )
  await writeNewFieldRows(tx, [...custom.values()])
  const changed = new Set<string>()
  for (const { existing, contact, keys: own, bases } of known) {
    claim(existing.id, own)
    if (!existing.mergedIntoId) holders.push({ contactId: existing.id, bases })
    if (await fillGaps(tx, keys, existing, contact)) changed.add(existing.id)
  }
  const got = await writeBases(holders.filter(({ bases }) => bases.length > 0))
  for (const { existing } of known) if (got.has(existing.id)) changed.add(existing.id)
  if (claims.length > 0) await tx.importKey.createMany({ data: claims })
  return { created: fresh.length, changed: changed.size, unchanged: known.length - changed.size + repeated, refused }
}

/** What the custom fields of new contacts come to, by their ids. */
async function prepareNew(keys: Keys, created: readonly { row: { id: string }; plan: FieldPlan }[]) {
  const writes = new Map<string, FieldWrites>()
  const some = created.filter(({ plan }) => plan.size > 0)
  for (const { row, plan } of some) writes.set(row.id, await prepareFields(keys, row.id, {}, plan))
  return writes
}

type Recognised = { fresh: Fresh[]; known: Known[]; repeated: number }

/**
 * Leaves out persons with a unique value that another contact has, or that came before among them, and new ones that lack what
 * is required.
 */
async function withoutRefused(tx: Transaction, { fresh, known, repeated }: Recognised, seen: Set<string>) {
  const refused: Refused[] = []
  const wanted = [
    ...known.map((entry) => ({
      entry,
      id: entry.existing.id,
      plan: fieldGaps(entry.existing, entry.contact),
      missing: [],
    })),
    ...fresh.map((entry) => ({
      entry,
      id: '',
      plan: entry.contact.fields ?? noPlan,
      missing: entry.contact.missing ?? [],
    })),
  ].map((one) => ({ ...one, claims: claimsIn(one.plan, one.id) }))
  const taken = new Set(
    (
      await takenClaims(
        tx,
        wanted.flatMap(({ claims }) => claims),
      )
    ).map(nameOf),
  )
  const gone = new Set<Fresh | Known>()
  for (const { entry, claims, missing } of wanted) {
    const others = claims.filter((claim) => taken.has(nameOf(claim)) || seen.has(nameOf(claim)))
    const faults = [...missing, ...others.map(takenFault)]
    if (faults.length === 0) for (const claim of claims) seen.add(nameOf(claim))
    if (faults.length === 0) continue
    gone.add(entry)
    refused.push(...entry.rows.map((row) => ({ row, faults })))
  }
  const folded = [...gone].reduce((sum, { rows }) => sum + rows.length - 1, 0)
  return {
    fresh: fresh.filter((entry) => !gone.has(entry)),
    known: known.filter((entry) => !gone.has(entry)),
    repeated: repeated - folded,
    refused,
  }
}

const nameOf = ({ field, value }: Claim) => `${field} ${value}`

/** What `writeBatch` would come to, without writing. `seen` carries the keys of earlier batches. */
export async function countBatch(
  tx: Transaction,
  origin: Origin,
  items: readonly ImportItem[],
  seen: Set<string>,
  countBases: WriteBases,
): Promise<BatchCounts> {
  const { taken: _, ...found } = await recognise(tx, origin, items)
  // Those of earlier batches would be known by now.
  const entered = ({ match }: Fresh) => match.some((key) => seen.has(key))
  const all = found.fresh.map((entry) =>
    entered(entry) ? { ...entry, contact: { ...entry.contact, missing: [] } } : entry,
  )
  const { fresh, known, repeated, refused } = await withoutRefused(tx, { ...found, fresh: all }, seen)
  const counts = { created: 0, changed: 0, unchanged: repeated, refused }
  for (const { match, keys } of fresh) {
    if (match.some((key) => seen.has(key))) counts.unchanged++
    else counts.created++
    for (const key of keys) seen.add(key)
  }
  const holders = known.map(({ existing, bases }) => ({ contactId: existing.id, bases, gone: existing.mergedIntoId }))
  const getting = await countBases(holders.filter(({ bases, gone }) => !gone && bases.length > 0))
  for (const { existing, contact } of known) {
    if (hasGaps(existing, contact) || getting.has(existing.id)) counts.changed++
    else counts.unchanged++
  }
  return counts
}

/** Sorts a batch into persons not seen before and those known; rows about the same person become one. */
async function recognise(tx: Transaction, origin: Origin, items: readonly ImportItem[]) {
  const rows = items.map((item) => ({
    ...item,
    ...identityKeys(item.contact, { ...origin, externalId: item.externalId }),
  }))
  const claims = await tx.importKey.findMany({
    where: { key: { in: [...new Set(rows.flatMap(({ claim }) => claim))] } },
  })
  const ownerOf = new Map(claims.map(({ key, contactId }) => [key, contactId]))
  const owners = await existingContacts(tx, [...new Set(claims.map(({ contactId }) => contactId))])

  const fresh: Fresh[] = []
  const known = new Map<string, Known>()
  const freshByKey = new Map<string, Fresh>()
  let repeated = 0
  for (const { contact, match, claim, bases, row } of rows) {
    const owner = match.map((key) => ownerOf.get(key)).find((id) => id !== undefined)
    const existing = owner === undefined ? undefined : owners.get(owner)
    const earlier = existing ? known.get(existing.id) : match.map((key) => freshByKey.get(key)).find(Boolean)
    if (earlier) {
      earlier.contact = combine(earlier.contact, contact)
      earlier.rows.push(row)
      for (const key of claim) earlier.keys.add(key)
      earlier.bases.push(...bases)
      repeated++
    } else if (existing) {
      known.set(existing.id, { existing, contact, keys: new Set(claim), bases: [...bases], rows: [row] })
    } else {
      const entry = { contact, match, keys: new Set(claim), bases: [...bases], rows: [row] }
      fresh.push(entry)
      for (const key of match) freshByKey.set(key, entry)
    }
  }
  return { fresh, known: [...known.values()], repeated, taken: new Set(ownerOf.keys()) }
}

async function existingContacts(tx: Transaction, ids: readonly string[]): Promise<Map<string, Existing>> {
  if (ids.length === 0) return new Map()
  const found = await tx.contact.findMany({ where: { id: { in: [...ids] } }, include: { points: true } })
  return new Map(found.map((contact) => [contact.id, contact]))
}
