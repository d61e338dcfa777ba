import { createHash } from 'node:crypto'
import type { CheckedContact } from '../draft.ts'

/**
 * The keys by which an imported row is known again, so that importing the same book twice changes nothing. A row that
 * brings an id of its own is known by that alone (two records of another system stay two); any other by its name
 * together with each e-mail address, else each phone number, else whatever there is. Rows with an id leave those keys
 * behind as well, for later files without ids.
 */
export function identityKeys(
  contact: CheckedContact,
  origin: { externalId?: string | undefined; source: string },
): { match: string[]; claim: string[] } {
  const soft = softKeys(contact)
  if (!origin.externalId) return { match: soft, claim: soft }
  const own = externalKey(origin.externalId, origin.source)
  return { match: [own], claim: [own, ...soft] }
}

/** The key of an id that another system gave. A UUID is unique in the world; a number is only so at its source. */
export function externalKey(externalId: string, source: string): string {
  const scope = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.test(externalId) ? '' : source
  return hash('id', scope, externalId)
}

function softKeys({ columns, points }: CheckedContact): string[] {
  const { givenName = '', familyName = '', displayName = '', organisation = '', birthDate } = columns
  const name = givenName || familyName ? `${givenName} ${familyName}` : displayName || organisation
  const of = (kind: string) => points.filter((point) => point.kind === kind)
  const reached = of('email').length > 0 ? of('email') : of('phone')
  if (reached.length > 0) return reached.map((point) => hash(point.kind, fold(name), fold(point.value)))
  const all = points.map((point) => `${point.kind} ${point.service} ${point.value}`).sort()
  return [hash('row', fold(name), fold(organisation), birthDate?.toISOString() ?? '', ...all.map(fold))]
}

const fold = (text: string) => text.trim().toLowerCase().replace(/\s+/g, ' ')

const hash = (...parts: string[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
