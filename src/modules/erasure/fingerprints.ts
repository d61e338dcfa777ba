import { stringify } from 'uuid'
import { type ErasureFingerprint, Prisma } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import { rowsIn } from '../../database/rows-in.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../graphql/errors.ts'
import type { Secrets } from '../../secrets.ts'
import { checkPoint } from '../contacts/check-points.ts'
import type { Readmission } from '../contacts/readmission.ts'
import { lift } from './lifted.ts'

// Somebody who objected to direct marketing and was erased must not come back by the next import (Art. 21(3) GDPR). All that is kept for
// that is a keyed hash of their addresses: it answers whether an address is one of those, and nothing else.

/** An address as it is stored with a contact. */
type Address = { kind: string; value: string }

const isKept = ({ kind }: Address) => kind === 'email' || kind === 'phone'

const hashOf = (secrets: Secrets, { kind, value }: Address): string =>
  secrets.fingerprint('erased addresses', `${kind} ${value.toLowerCase()}`)

/**
 * The id of a fingerprint: the same when an erasure is done again after a restore, so that the ledger can say which were lifted. Whoever
 * lacks the installation's secret learns nothing from it, and nobody that two of them are of one address.
 */
function idOf(secrets: Secrets, erasureId: string, hash: string): string {
  const bytes = Buffer.from(secrets.fingerprint('ids of fingerprints', `${erasureId} ${hash}`), 'hex').subarray(0, 16)
  // UUIDv8 (RFC 9562).
  return stringify(
    bytes.map((byte, index) => (index === 6 ? (byte & 0x0f) | 0x80 : index === 8 ? (byte & 0x3f) | 0x80 : byte)),
  )
}

/** Keeps the fingerprints of the addresses of contacts that are about to be erased. Returns how many. */
export async function keepFingerprints(
  tx: Transaction,
  secrets: Secrets,
  contactIds: readonly string[],
  erasureId: string,
): Promise<number> {
  const where = { contactId: { in: [...contactIds] }, kind: { in: ['email' as const, 'phone' as const] } }
  const points = await tx.contactPoint.findMany({ where, select: { kind: true, value: true } })
  const kinds = new Map(points.map((point) => [hashOf(secrets, point), point.kind]))
  const known = await tx.erasureFingerprint.findMany({
    where: { hash: { in: [...kinds.keys()] } },
    select: { hash: true },
  })
  for (const { hash } of known) kinds.delete(hash)
  if (kinds.size === 0) return known.length
  const createdAt = new Date()
  await tx.erasureFingerprint.createMany({
    data: [...kinds].map(([hash, kind]) => ({ id: idOf(secrets, erasureId, hash), hash, kind, erasureId, createdAt })),
  })
  return known.length + kinds.size
}

/** Whose addresses are among those that may not be entered again, and how they are let in: see `Readmission`. */
export const readmission: Readmission = {
  async barred(tx, { secrets }, addresses) {
    const byHash = new Map<string, Address[]>()
    for (const address of addresses.filter(isKept)) {
      const hash = hashOf(secrets, address)
      byHash.set(hash, [...(byHash.get(hash) ?? []), address])
    }
    if (byHash.size === 0) return new Set()
    const found = await rowsIn<{ hash: string }>(
      tx,
      Prisma.sql`SELECT hash FROM erasure_fingerprint WHERE hash = ANY(${[...byHash.keys()]}::text[])`,
    )
    return new Set(found.flatMap(({ hash }) => byHash.get(hash) ?? []))
  },
  async admit(tx, { secrets }, addresses) {
    const hashes = addresses.filter(isKept).map((address) => hashOf(secrets, address))
    // Mostly there is none, and then nothing is written.
    const found = await tx.erasureFingerprint.findMany({ where: { hash: { in: hashes } }, select: { id: true } })
    if (found.length > 0)
      await lift(
        tx,
        found.map(({ id }) => id),
      )
    return found.length
  },
}

/** The fingerprint of an address; null if there is none. Throws INVALID_INPUT for what is no address. */
export async function findFingerprint(
  { database, secrets, country }: Pick<WorkContext, 'secrets' | 'country'> & { database: Database },
  given: { email?: string | null | undefined; phone?: string | null | undefined },
): Promise<ErasureFingerprint | null> {
  const address = addressIn(given, country)
  return database.erasureFingerprint.findUnique({ where: { hash: hashOf(secrets, address) } })
}

/** Lets whoever has an address be entered again. Throws NOT_FOUND. */
export const liftFingerprint = (context: WorkContext, id: string): Promise<ErasureFingerprint> =>
  transact(context, 'liftErasureFingerprint', async (tx) => {
    const found = await tx.erasureFingerprint.findUnique({ where: { id } })
    if (!found) throw notFound('ErasureFingerprint')
    await lift(tx, [id])
    return found
  })

function addressIn(
  { email, phone }: { email?: string | null | undefined; phone?: string | null | undefined },
  defaultCountry: string,
): Address {
  const faults: Fault[] = []
  if (email && !phone) {
    const { point, faults: found } = checkPoint('email', { address: email }, 'email')
    if (point) return point
    faults.push(...found)
  } else if (phone && !email) {
    const { point, faults: found } = checkPoint('phone', { number: phone }, 'phone', { defaultCountry })
    if (point) return point
    faults.push(...found)
  } else faults.push({ field: 'email', message: 'Give an e-mail address or a phone number.' })
  throw invalidInput(faults)
}
