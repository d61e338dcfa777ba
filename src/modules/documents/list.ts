import DataLoader from 'dataloader'
import { type Document, Prisma } from '#prisma/client.ts'
import {
  cutPage,
  type PageArguments,
  type PagePlan,
  planPage,
  type SortKey,
  writeCursor,
} from '../../database/keyset.ts'
import { pageSize } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { invalidInput } from '../../graphql/errors.ts'
import { uuidOrNobody } from '../../graphql/ids.ts'
import { contains } from '../contacts/list/filter.ts'
import { seenContacts } from '../contacts/sight.ts'
import type { Personal } from './personal.ts'
import { documentSeen } from './sight.ts'

/** A document with its title, wherever that lies. */
export type ListedDocument = Omit<Document, 'contentKey' | 'title'> & { title: string }

/** Which documents. What is undefined is not asked for. */
export type DocumentFilter = {
  contactId?: string | undefined
  title?: string | null | undefined
  types?: readonly string[] | null | undefined
  personal?: readonly Personal[] | null | undefined
  createdFrom?: Date | null | undefined
  createdBefore?: Date | null | undefined
  unlinked?: boolean | null | undefined
}

export type DocumentOrder = { by: 'createdAt' | 'updatedAt'; descending: boolean }

const columnOf = { createdAt: Prisma.sql`d.created_at`, updatedAt: Prisma.sql`d.updated_at` } as const

const id = (descending: boolean): SortKey => ({ name: 'id', expression: Prisma.sql`d.id`, type: 'uuid', descending })

const keysOf = ({ by, descending }: DocumentOrder): SortKey[] => [
  { name: by, expression: columnOf[by], type: 'timestamptz', descending },
  id(descending),
]

/** A page of documents that the caller sees, in one statement. Throws BAD_CURSOR, INVALID_INPUT. */
export async function listDocuments(
  context: Context,
  filter: DocumentFilter,
  order: DocumentOrder,
  page: PageArguments,
) {
  const keys = keysOf(order)
  const plan = planPage(keys, page, pageSize)
  const conditions = [documentSeen(context), ...conditionsOf(filter), ...plan.conditions]
  const rows = await context.database.$queryRaw<Rows>`
    SELECT ${columns}, ${plan.cursorColumns} FROM ${sourceOf(context, filter)}
    WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  return pageOf(keys, plan, rows, page)
}

/** How many documents there are that the caller sees. */
export async function countDocuments(context: Context, filter: DocumentFilter): Promise<number> {
  const conditions = Prisma.join([documentSeen(context), ...conditionsOf(filter)], ' AND ')
  const [row] = await context.database.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM ${sourceOf(context, filter)} WHERE ${conditions}`
  return row?.count ?? 0
}

/** A document by its UUID, if the caller sees it. */
export async function findDocument(context: Context, id: string): Promise<ListedDocument | null> {
  const [found] = await context.database.$queryRaw<ListedDocument[]>`
    SELECT ${columns} FROM document d WHERE d.id = ${uuidOrNobody(id)}::uuid AND ${documentSeen(context)}`
  return found ?? null
}

declare module '../../graphql/context.ts' {
  interface Loaders {
    documentsOfContact?: Map<string, DataLoader<string, Rows>>
  }
}

/** A page of a contact's documents, the newest first. For several contacts at once, one statement. Throws BAD_CURSOR. */
export async function documentsOfContact(context: Context, contactId: string, page: PageArguments) {
  const keys = keysOf({ by: 'createdAt', descending: true })
  const plan = planPage(keys, page, pageSize)
  const { first, after, last, before } = page
  context.loaders.documentsOfContact ??= new Map()
  const { documentsOfContact: loaders } = context.loaders
  const key = JSON.stringify([first, after, last, before])
  const loader =
    loaders.get(key) ??
    new DataLoader(async (ids: readonly string[]) => {
      const rows = await context.database.$queryRaw<(Rows[number] & { ownerId: string })[]>`
        SELECT o.id AS "ownerId", d.* FROM unnest(${[...ids]}::uuid[]) o (id), LATERAL (
          SELECT ${columns}, ${plan.cursorColumns} FROM document_contact own JOIN document d ON d.id = own.document_id
          WHERE ${Prisma.join([Prisma.sql`own.contact_id = o.id`, documentSeen(context), ...plan.conditions], ' AND ')}
          ORDER BY ${plan.orderBy} LIMIT ${plan.limit}) d`
      const byContact = Map.groupBy(rows, ({ ownerId }) => ownerId)
      return ids.map((id) => byContact.get(id) ?? [])
    })
  loaders.set(key, loader)
  return pageOf(keys, plan, await loader.load(contactId), page)
}

type Rows = (ListedDocument & Record<string, unknown>)[]

function pageOf(keys: SortKey[], plan: PagePlan, rows: Rows, page: PageArguments) {
  const { rows: kept, hasNextPage, hasPreviousPage } = cutPage(plan, rows, page)
  const edges = kept.map((node) => ({ cursor: writeCursor(keys, node), node }))
  const [startCursor, endCursor] = [edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null]
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}

// Not by a contact that the caller doesn't see: what is found would tell that there is one.
const sourceOf = (context: Context, { contactId }: DocumentFilter) =>
  contactId
    ? Prisma.sql`${seenContacts(context)} c JOIN document_contact own ON own.contact_id = c.contact_id
        JOIN document d ON d.id = own.document_id AND c.contact_id = ${contactId}::uuid`
    : Prisma.sql`document d`

function conditionsOf(filter: DocumentFilter): Prisma.Sql[] {
  const { title, types, personal, createdFrom, createdBefore, unlinked } = filter
  if (typeof title === 'string' && (title.trim() === '' || title.length > 300))
    throw invalidInput([{ field: 'filter.title', message: 'Give a part of a title, of at most 300 characters.' }])
  return [
    ...(typeof title === 'string' ? [titled(title.trim())] : []),
    ...(types ? [Prisma.sql`d.type_key = ANY(${types}::text[])`] : []),
    ...(personal ? [Prisma.sql`d.personal = ANY(${personal}::text[])`] : []),
    ...(createdFrom ? [Prisma.sql`d.created_at >= ${createdFrom}`] : []),
    ...(createdBefore ? [Prisma.sql`d.created_at < ${createdBefore}`] : []),
    ...(typeof unlinked === 'boolean' ? [Prisma.sql`(d.contact_count = 0) = ${unlinked}`] : []),
  ]
}

/** Looked for once in each place, by its index. */
const titled = (part: string) => Prisma.sql`d.id = ANY(ARRAY(
  SELECT t.id FROM document t WHERE ${contains(Prisma.sql`lethe_fold(t.title)`, part)} UNION ALL
  SELECT t.document_id FROM document_contact t WHERE ${contains(Prisma.sql`lethe_fold(t.title)`, part)}))`

// In Prisma's names. Of a document with personal data, the title lies with its contacts.
const columns = Prisma.raw(
  `d.id, d.type_key AS "typeKey", d.personal, d.contact_count AS "contactCount", d.latest, d.declared_by AS "declaredBy",
   d.declarer_id AS "declarerId", d.declared_at AS "declaredAt", d.created_at AS "createdAt", d.updated_at AS "updatedAt", d.version,
   coalesce(d.title, (SELECT l.title FROM document_contact l WHERE l.document_id = d.id LIMIT 1), '') AS title`,
)
