import DataLoader from 'dataloader'
import type { Context } from '../../../graphql/context.ts'
import { keyOf, openEntry } from '../../audit/opening.ts'

type Person = { id: string; birthDate: Date | null }
type Change = { id: string; contactId: string; values: Uint8Array | null }

declare module '../../../graphql/context.ts' {
  interface Loaders {
    birthDateChanges?: Map<number, DataLoader<string, Change | undefined>>
  }
}

/** When a contact was born, by what was known at a moment: what the log says was there before it was changed since. */
export async function birthDateKnownAt(
  context: Context,
  { id, birthDate }: Person,
  knownAt: Date,
): Promise<Date | null> {
  const change = await firstChangeAfter(context, knownAt).load(id)
  if (!change) return birthDate
  const key = await keyOf(context, change)
  if (key === 'destroyed') return null
  const { old } = (await openEntry(context, key, change))['birthDate'] ?? {}
  return typeof old === 'string' ? new Date(old) : null
}

/** The first change of each birth date after a moment, if there was one. Asked for many in one statement. */
function firstChangeAfter({ loaders, database }: Context, moment: Date) {
  loaders.birthDateChanges ??= new Map()
  const known = loaders.birthDateChanges.get(moment.getTime())
  if (known) return known
  const loader = new DataLoader<string, Change | undefined>(async (ids) => {
    const rows = await database.$queryRaw<Change[]>`
      SELECT DISTINCT ON (e.contact_id) e.id, e.contact_id AS "contactId", e.values FROM audit_entry e
      WHERE e.contact_id = ANY(${ids}::uuid[]) AND e.entity = 'Contact' AND 'birthDate' = ANY(e.fields) AND e.recorded_at > ${moment}
      ORDER BY e.contact_id, e.sequence`
    const changes = new Map(rows.map((row) => [row.contactId, row]))
    return ids.map((id) => changes.get(id))
  })
  loaders.birthDateChanges.set(moment.getTime(), loader)
  return loader
}
