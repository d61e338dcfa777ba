import DataLoader from 'dataloader'
import { type LawfulBasisEvent, Prisma } from '#prisma/client.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../../../database/keyset.ts'
import { pageSize } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'

// Uses decide nothing and may be many: they are read page by page, and of each ground the last one is looked up.

/** Uses until a moment, by what was known at another. */
type Moments = { at: Date; knownAt: Date | null }

type UsePage = {
  edges: { cursor: string; node: LawfulBasisEvent }[]
  hasNextPage: boolean
  hasPreviousPage: boolean
}

declare module '../../../graphql/context.ts' {
  interface Loaders {
    uses?: Map<string, DataLoader<string, UsePage>>
    lastUses?: Map<string, DataLoader<string, Map<string, Date>>>
  }
}

const newestFirst: readonly SortKey[] = [
  { name: 'occurredAt', expression: Prisma.sql`e.occurred_at`, type: 'timestamptz', descending: true },
  { name: 'id', expression: Prisma.sql`e.id`, type: 'uuid', descending: true },
]

/** The last use of each ground of a contact, by the event that it began with. Asked for many in one statement. */
export function lastUsesOf(context: Context, contactId: string, moments: Moments): Promise<Map<string, Date>> {
  const { loaders, database } = context
  loaders.lastUses ??= new Map()
  const loader = loaderIn(loaders.lastUses, moments, async (ids) => {
    const rows = await database.$queryRaw<{ contactId: string; basisId: string; last: Date }[]>`
      SELECT e.contact_id AS "contactId", e.basis_id AS "basisId", max(e.occurred_at) AS last FROM lawful_basis_event e
      WHERE e.contact_id = ANY(${ids}::uuid[]) AND ${usedBy(moments)} GROUP BY 1, 2`
    const byContact = Map.groupBy(rows, (row) => row.contactId)
    return ids.map((id) => new Map((byContact.get(id) ?? []).map(({ basisId, last }) => [basisId, last])))
  })
  return loader.load(contactId)
}

/** A page of a contact's uses, the newest first. Asked for many in one statement. */
export function usesOf(context: Context, contactId: string, moments: Moments, page: PageArguments): Promise<UsePage> {
  const { loaders, database } = context
  loaders.uses ??= new Map()
  const { first, after, last, before } = page
  const loader = loaderIn(loaders.uses, { ...moments, first, after, last, before }, async (ids) => {
    const plan = planPage(newestFirst, page, pageSize)
    const conditions = [Prisma.sql`e.contact_id = c.id`, usedBy(moments), ...plan.conditions]
    const rows = await database.$queryRaw<(LawfulBasisEvent & Record<string, unknown>)[]>`
      SELECT e.* FROM unnest(${ids}::uuid[]) c (id)
      CROSS JOIN LATERAL (
        SELECT ${columns}, ${plan.cursorColumns} FROM lawful_basis_event e WHERE ${Prisma.join(conditions, ' AND ')}
        ORDER BY ${plan.orderBy} LIMIT ${plan.limit}) e`
    const byContact = Map.groupBy(rows, (row) => row.contactId)
    return ids.map((id) => {
      const { rows: kept, ...more } = cutPage(plan, byContact.get(id) ?? [], page)
      return { edges: kept.map((row) => ({ cursor: writeCursor(newestFirst, row), node: row })), ...more }
    })
  })
  return loader.load(contactId)
}

const usedBy = ({ at, knownAt }: Moments) =>
  Prisma.sql`e.kind = 'used' AND e.occurred_at <= ${at} ${knownAt ? Prisma.sql`AND e.recorded_at <= ${knownAt}` : Prisma.empty}`

function loaderIn<Value>(
  known: Map<string, DataLoader<string, Value>>,
  selection: object,
  load: (ids: readonly string[]) => Promise<Value[]>,
) {
  const key = JSON.stringify(selection)
  const found = known.get(key) ?? new DataLoader<string, Value>(load)
  known.set(key, found)
  return found
}

// In Prisma's names, so that rows read like Prisma's.
const columns = Prisma.raw(
  `e.contact_id AS "contactId", e.id, e.kind, e.purpose_key AS "purposeKey", e.ground, e.occurred_at AS "occurredAt",
   e.valid_from AS "validFrom", e.valid_until AS "validUntil", e.confirm_until AS "confirmUntil", e.basis_id AS "basisId",
   e.special_ground AS "specialGround", e.by_guardian AS "byGuardian", e.despite_objection AS "despiteObjection",
   e.notice_id AS "noticeId", e.source, e.evidence_kind AS "evidenceKind", e.evidence, e.import_id AS "importId",
   e.copied_from AS "copiedFrom", e.actor_kind AS "actorKind", e.actor_id AS "actorId", e.recorded_at AS "recordedAt"`,
)
