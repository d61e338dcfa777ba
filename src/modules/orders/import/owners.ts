import { decodeGlobalID } from '@pothos/plugin-relay'
import { validate as isUuid } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import type { Fault } from '../../../graphql/errors.ts'
import { externalKey } from '../../contacts/import/identity.ts'
import type { OrderRow } from './row.ts'

type Named = OrderRow['contact']

/** Whose an order is, or why nobody can tell. */
export type Owner = string | Fault

/**
 * Finds the contacts of orders: by id, by the id that another system gave when contacts were imported from `source`, or by an e-mail
 * address that one contact alone has. A few statements, however many they are. Those that were merged are what they were merged into.
 */
export async function findOwners(
  tx: Transaction,
  named: readonly Named[],
  source: string,
): Promise<(contact: Named) => Owner> {
  const ids = named.flatMap(({ id }) => uuidIn(id) ?? [])
  const keys = named.flatMap(({ externalId }) => (externalId ? [externalKey(externalId, source)] : []))
  const emails = named.flatMap(({ email }) => (email ? [folded(email)] : []))
  const claims = keys.length > 0 ? await tx.importKey.findMany({ where: { key: { in: keys } } }) : []
  const points =
    emails.length > 0
      ? await tx.$queryRaw<{ contactId: string; email: string }[]>`
          SELECT DISTINCT p.contact_id AS "contactId", lower(p.value) AS email FROM contact_point p
          WHERE p.kind = 'email' AND lower(p.value) = ANY(${emails})`
      : []
  const candidates = [...ids, ...claims.map(({ contactId }) => contactId), ...points.map(({ contactId }) => contactId)]
  const standing = await survivors(tx, [...new Set(candidates)])
  const byKey = new Map(claims.map(({ key, contactId }) => [key, contactId]))
  const byEmail = Map.groupBy(points, ({ email }) => email)
  return ({ id, externalId, email }) => {
    const key = externalId && externalKey(externalId, source)
    const found = id
      ? [uuidIn(id)]
      : key
        ? [byKey.get(key)]
        : (byEmail.get(folded(email ?? '')) ?? []).map(({ contactId }) => contactId)
    const [owner, ...others] = new Set(found.flatMap((one) => (one && standing.get(one)) ?? []))
    if (owner && others.length === 0) return owner
    if (owner) return { field: 'contact', message: 'Several contacts have this address: name one by its id.' }
    return { field: 'contact', message: 'There is no such contact: import it first, or name it in another way.' }
  }
}

/** Each of these contacts by its id, or what it was merged into in the end. */
async function survivors(tx: Transaction, ids: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  if (ids.length === 0) return found
  const rows = await tx.contact.findMany({ where: { id: { in: [...ids] } }, select: { id: true, mergedIntoId: true } })
  const merged = rows.flatMap(({ mergedIntoId }) => mergedIntoId ?? [])
  const further = await survivors(tx, merged)
  for (const { id, mergedIntoId } of rows) {
    const survivor = mergedIntoId ? further.get(mergedIntoId) : id
    if (survivor) found.set(id, survivor)
  }
  return found
}

const folded = (email: string) => email.trim().toLowerCase()

/** Of a UUID, or of a global id. */
function uuidIn(id: string | undefined): string | undefined {
  if (!id) return undefined
  if (isUuid(id)) return id.toLowerCase()
  try {
    const { typename, id: uuid } = decodeGlobalID(id)
    return typename === 'Contact' && isUuid(uuid) ? uuid : undefined
  } catch {
    return undefined // Not an id at all: then there is no such contact.
  }
}
