import type { Transaction } from '../../../database/transact.ts'
import type { CheckedContact } from '../draft.ts'
import { contactRows, insertContacts, type Provenance } from '../store.ts'
import type { BasisHolder, ImportedBasis } from './bases.ts'
import { combine, type Existing, fillGaps, hasGaps } from './gaps.ts'
import { identityKeys } from './identity.ts'

/** A row that passed all checks. */
export type ImportItem = { contact: CheckedContact; externalId: string | undefined; bases: readonly ImportedBasis[] }

type Origin = { source: string }
type BatchCounts = { created: number; changed: number; unchanged: number }
type Fresh = { contact: CheckedContact; match: readonly string[]; keys: Set<string>; bases: ImportedBasis[] }
/** Writes the legal grounds of contacts; returns those that got some. */
type WriteBases = (holders: readonly BasisHolder[]) => Promise<ReadonlySet<string>>

/** Writes a batch: new persons are created, known ones get what they lack. */
export async function writeBatch(
  tx: Transaction,
  origin: Origin,
  provenance: Provenance,
  items: readonly ImportItem[],
  writeBases: WriteBases,
): Promise<BatchCounts> {
  const { fresh, known, repeated, taken } = await recognise(tx, origin, items)
  const claims: { key: string; contactId: string }[] = []
  const claim = (contactId: string, keys: ReadonlySet<string>) => {
    for (const key of keys) {
      if (taken.has(key)) continue
      taken.add(key)
      claims.push({ key, contactId })
    }
  }
  const holders: BasisHolder[] = []
  const created = fresh.map(({ contact, keys, bases }) => {
    const rows = contactRows(contact, provenance)
    claim(rows.row.id, keys)
    holders.push({ contactId: rows.row.id, bases })
    return rows
  })
  await insertContacts(tx, created)
  const changed = new Set<string>()
  for (const { existing, contact, keys, bases } of known) {
    claim(existing.id, keys)
    if (!existing.mergedIntoId) holders.push({ contactId: existing.id, bases })
    if (await fillGaps(tx, existing, contact)) changed.add(existing.id)
  }
  const got = await writeBases(holders.filter(({ bases }) => bases.length > 0))
  for (const { existing } of known) if (got.has(existing.id)) changed.add(existing.id)
  if (claims.length > 0) await tx.importKey.createMany({ data: claims })
  return { created: fresh.length, changed: changed.size, unchanged: known.length - changed.size + repeated }
}

/** What `writeBatch` would come to, without writing. `seen` carries the keys of earlier batches. */
export async function countBatch(
  tx: Transaction,
  origin: Origin,
  items: readonly ImportItem[],
  seen: Set<string>,
): Promise<BatchCounts> {
  const { fresh, known, repeated } = await recognise(tx, origin, items)
  const counts = { created: 0, changed: 0, unchanged: repeated }
  for (const { match, keys } of fresh) {
    if (match.some((key) => seen.has(key))) counts.unchanged++
    else counts.created++
    for (const key of keys) seen.add(key)
  }
  for (const { existing, contact } of known) {
    if (hasGaps(existing, contact)) counts.changed++
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
  const known = new Map<
    string,
    { existing: Existing; contact: CheckedContact; keys: Set<string>; bases: ImportedBasis[] }
  >()
  const freshByKey = new Map<string, Fresh>()
  let repeated = 0
  for (const { contact, match, claim, bases } of rows) {
    const owner = match.map((key) => ownerOf.get(key)).find((id) => id !== undefined)
    const existing = owner === undefined ? undefined : owners.get(owner)
    const earlier = existing ? known.get(existing.id) : match.map((key) => freshByKey.get(key)).find(Boolean)
    if (earlier) {
      earlier.contact = combine(earlier.contact, contact)
      for (const key of claim) earlier.keys.add(key)
      earlier.bases.push(...bases)
      repeated++
    } else if (existing) {
      known.set(existing.id, { existing, contact, keys: new Set(claim), bases: [...bases] })
    } else {
      const entry = { contact, match, keys: new Set(claim), bases: [...bases] }
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
