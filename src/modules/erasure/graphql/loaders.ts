import DataLoader from 'dataloader'
import type { Erasure } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'

/** How many contacts of an erasure are left, how many of these a hold stops, and one of them. */
export type Subjects = { left: number; held: number; first: string | null }

declare module '../../../graphql/context.ts' {
  interface Loaders {
    erasureSubjects?: DataLoader<string, Subjects>
    erasedOfSets?: DataLoader<string, number>
    erasuresOfContact?: DataLoader<string, Erasure[]>
    erasureClients?: DataLoader<string, string | null>
  }
}

/** So many erasures of a contact are shown with it. */
export const mostOfContact = 20

/** Whom erasures are still about; of many, in one statement. */
export function subjectsOf(context: Context, erasureId: string): Promise<Subjects> {
  context.loaders.erasureSubjects ??= new DataLoader(async (ids) => {
    const rows = await context.database.$queryRaw<(Subjects & { id: string })[]>`
      SELECT erasure_id AS id, count(*)::int AS left, count(held_since)::int AS held, min(contact_id::text) AS first
      FROM erasure_subject WHERE erasure_id = ANY(${[...ids]}::uuid[]) GROUP BY erasure_id`
    const byId = new Map(rows.map((row) => [row.id, row]))
    return ids.map((id) => byId.get(id) ?? { left: 0, held: 0, first: null })
  })
  return context.loaders.erasureSubjects.load(erasureId)
}

/** How many contacts the batches of sets erased; of many, in one statement. */
export function erasedOf(context: Context, setId: string): Promise<number> {
  context.loaders.erasedOfSets ??= new DataLoader(async (ids) => {
    const rows = await context.database.$queryRaw<{ id: string; erased: number }[]>`
      SELECT set_id AS id, sum(contacts)::int AS erased FROM erasure
      WHERE set_id = ANY(${[...ids]}::uuid[]) AND state = 'executed' GROUP BY set_id`
    const byId = new Map(rows.map(({ id, erased }) => [id, erased]))
    return ids.map((id) => byId.get(id) ?? 0)
  })
  return context.loaders.erasedOfSets.load(setId)
}

/** The newest erasures that a contact is a subject of; of many contacts, in one go. */
export function erasuresOfContact(context: Context, contactId: string): Promise<Erasure[]> {
  context.loaders.erasuresOfContact ??= new DataLoader(async (ids) => {
    const subjects = await context.database.$queryRaw<{ contactId: string; erasureId: string }[]>`
      SELECT s.contact_id AS "contactId", s.erasure_id AS "erasureId" FROM unnest(${[...ids]}::uuid[]) c(id) CROSS JOIN LATERAL (
        SELECT contact_id, erasure_id FROM erasure_subject WHERE contact_id = c.id ORDER BY erasure_id DESC LIMIT ${mostOfContact}
      ) s`
    const found = await context.database.erasure.findMany({
      where: { id: { in: [...new Set(subjects.map(({ erasureId }) => erasureId))] } },
    })
    const byId = new Map(found.map((row) => [row.id, row]))
    const byContact = Map.groupBy(subjects, (row) => row.contactId)
    return ids.map((id) =>
      (byContact.get(id.toLowerCase()) ?? []).flatMap(({ erasureId }) => byId.get(erasureId) ?? []),
    )
  })
  return context.loaders.erasuresOfContact.load(contactId)
}

/** The names of clients; of many, in one statement. */
export async function clientNames(context: Context, ids: readonly string[]): Promise<string[]> {
  context.loaders.erasureClients ??= new DataLoader(async (wanted) => {
    const found = await context.database.client.findMany({ where: { id: { in: [...wanted] } } })
    const byId = new Map(found.map(({ id, name }) => [id, name]))
    return wanted.map((id) => byId.get(id) ?? null)
  })
  const names = await context.loaders.erasureClients.loadMany(ids)
  return names.flatMap((name) => (typeof name === 'string' ? name : []))
}
