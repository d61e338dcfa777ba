import { v7 as uuidv7 } from 'uuid'
import type { Prisma } from '#prisma/client.ts'
import type { Database } from '../database/client.ts'
import type { JsonObject } from '../database/json.ts'
import type { WorkContext } from '../graphql/context.ts'
import { writeBody } from '../modules/erasure/engine/body.ts'
import { erasureGrounds } from '../modules/module.ts'
import type { RetainedFact } from '../modules/retention/kept/record.ts'
import { asBody } from './former.ts'

// What a database knows of erasures, for a ledger that is made anew.

/** The erasures that a database has executed. */
export async function executedIn(database: Database): Promise<Set<string>> {
  const rows = await database.erasure.findMany({ where: executed, select: { id: true } })
  return new Set(rows.map(({ id }) => id))
}

/** Contacts that the database has, though their keys were destroyed: a backup brought them back, and no ledger tells of them. */
export async function* returnedIn({
  database,
  keys,
}: Pick<WorkContext, 'database' | 'keys'>): AsyncGenerator<string[]> {
  for await (const contactIds of keys.destroyed()) {
    const found = await database.contact.findMany({
      where: { id: { in: [...contactIds] } },
      select: { id: true },
    })
    if (found.length > 0) yield found.map(({ id }) => id)
  }
}

/** What a ledger has to tell of them: nobody knows any more what was decided, but that it was. */
export function bodyOfReturned(contactIds: readonly string[]): JsonObject {
  const [erasureId, at] = [uuidv7(), new Date()]
  const nothing = { set: null, requestId: null, approverIds: [], approvedAt: null, toldAt: null, toldHow: null }
  return writeBody({
    ...{ erasureId, contactIds, retained: [] },
    decision: { erasureId, ground: 'legal_obligation', categories: null, related: {}, fingerprints: false, at },
    facts: { ...nothing, requester: { kind: 'operator', id: null }, requestedAt: at.toISOString() },
  })
}

/**
 * The erasures of whole contacts that a database has executed, as the ledger tells of them, in their order. Of an erasure of chosen
 * categories no database knows any more whom it was about.
 */
export async function* erasuresIn(database: Database): AsyncGenerator<JsonObject> {
  for (let after: Prisma.ErasureWhereInput = {}; ; ) {
    const rows = await database.erasure.findMany({
      where: { AND: [executed, { categories: { isEmpty: true } }, after] },
      orderBy: [{ ledgerSequence: 'asc' }, { id: 'asc' }],
      take: pageSize,
    })
    const last = rows.at(-1)
    if (!last?.ledgerSequence) return
    const about = await aboutOf(database, rows)
    for (const row of rows) yield bodyOf(row, about)
    const { ledgerSequence, id } = last
    after = { OR: [{ ledgerSequence: { gt: ledgerSequence } }, { ledgerSequence, id: { gt: id } }] }
  }
}

const pageSize = 100

/** A set is told of by its batches. */
const executed = {
  state: 'executed',
  kind: { not: 'set' },
  ledgerSequence: { not: null },
} satisfies Prisma.ErasureWhereInput

type About = Awaited<ReturnType<typeof aboutOf>>

async function aboutOf(database: Database, rows: readonly { id: string; setId: string | null }[]) {
  const ids = rows.map(({ id }) => id)
  const [gone, kept, sets] = await Promise.all([
    database.erasedContact.findMany({ where: { erasureId: { in: ids } } }),
    database.retainedRecord.findMany({ where: { erasureId: { in: ids }, settled: true }, omit: { sealed: true } }),
    database.erasure.findMany({ where: { id: { in: rows.flatMap(({ setId }) => setId ?? []) } } }),
  ])
  return {
    gone: Map.groupBy(gone, ({ erasureId }) => erasureId),
    kept: Map.groupBy(kept, ({ erasureId }) => erasureId),
    sets: new Map(sets.map(({ id, contacts }) => [id, { id, contacts }])),
  }
}

function bodyOf(row: Prisma.ErasureGetPayload<object>, { gone, kept, sets }: About): JsonObject {
  const ground = erasureGrounds.find((one) => one === row.ground)
  if (!ground) throw new Error(`the register has an unknown ground: ${row.ground}`)
  const { id, fingerprints, requestId, approverIds, toldHow } = row
  const facts = {
    set: sets.get(row.setId ?? '') ?? null,
    requester: { kind: row.requesterKind, id: row.requesterId },
    requestedAt: row.requestedAt.toISOString(),
    approvedAt: row.approvedAt?.toISOString() ?? null,
    toldAt: row.toldAt?.toISOString() ?? null,
    ...{ requestId, approverIds, toldHow },
  }
  const decision = { erasureId: id, ground, categories: null, related: relatedOf(row.related), fingerprints }
  // By its place in the lost ledger its certificate still names it.
  const former = { sequence: Number(row.ledgerSequence), hash: row.ledgerHash ?? '' }
  const body = writeBody({
    erasureId: id,
    contactIds: (gone.get(id) ?? []).map(({ contactId }) => contactId),
    decision: { ...decision, at: row.executedAt ?? row.requestedAt },
    facts,
    retained: (kept.get(id) ?? []).map(factOf),
  })
  return { ...asBody([former]), ...body }
}

const factOf = (record: Omit<Prisma.RetainedRecordGetPayload<object>, 'sealed'>): RetainedFact => ({
  ...{ id: record.id, contactId: record.subjectId, row: record.rowId, model: record.model, kind: record.kind },
  ...{ key: record.retentionKey, citation: record.citation, until: record.until.toISOString(), files: record.files },
})

const relatedOf = (related: Prisma.JsonValue): Record<string, 'keep' | 'erase'> =>
  Object.fromEntries(
    Object.entries(related ?? {}).flatMap(([kind, choice]) =>
      choice === 'keep' || choice === 'erase' ? [[kind, choice]] : [],
    ),
  )
