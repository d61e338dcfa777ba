import type { GraphQLSchema } from 'graphql'
import { Prisma } from '#prisma/client.ts'
import type { Json } from '../../database/json.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../../database/keyset.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import { rightsOf } from '../../graphql/auth/rights.ts'
import { pageSize } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { invalidInput, LetheError } from '../../graphql/errors.ts'
import { facet } from '../audit/facets.ts'
import { firstIdAt } from '../audit/filter.ts'
import { newestEntries } from '../audit/search.ts'
import type { CompiledRule } from './definition.ts'
import { plan } from './evaluate.ts'
import type { AllOffers } from './offers.ts'
import { eventsOf } from './raise.ts'
import { bothOf } from './rule-rights.ts'
import { changesOf, type EventEntry, eventVariable, factVariables } from './variables.ts'

/** What a rule would have done at one event. */
export type TestedEvent = {
  contactId: string
  entryId: string
  event: string
  at: Date
  /** Empty where it would have failed. */
  actions: { action: string; arguments: { name: string; value: Json }[] }[]
  /** Why it would have failed. */
  fault: string | null
}

/** A page of a test: of so many events, the newest first, those at which the rule would have acted. */
export type RuleTest = {
  since: Date
  events: number
  matches: TestedEvent[]
  hasNextPage: boolean
  endCursor: string | null
}

/** How far back a test can go, in days. */
export const mostDays = 90

const day = 24 * 3_600_000
const newestFirst: SortKey[] = [{ name: 'id', expression: Prisma.sql`e.id`, type: 'uuid', descending: true }]

type Tried = EventEntry & { transactionId: bigint }

/**
 * What a rule would have done at what the log tells of, with what both it and the caller may read. The transaction is read-only:
 * PostgreSQL itself sees to it that nothing is done. Throws INVALID_INPUT for a time that is too long ago.
 */
export async function testRule(
  context: Context,
  { schema, offers }: { schema: GraphQLSchema; offers: AllOffers },
  rule: CompiledRule,
  {
    since = new Date(Date.now() - mostDays * day),
    ...page
  }: { since?: Date | undefined } & Pick<PageArguments, 'first' | 'after'>,
): Promise<RuleTest> {
  if (Date.now() - since.getTime() > mostDays * day + 60_000) {
    throw invalidInput([{ field: 'since', message: `A test goes back ${mostDays} days at most.` }])
  }
  const paging = planPage(newestFirst, page, pageSize)
  const kinds = rule.events.flatMap((name) => offers.events.get(name)?.entries ?? [])
  const selection = {
    range: [Prisma.sql`e.id >= ${firstIdAt(since.getTime() - day)}::uuid`, ...paging.conditions],
    conditions: [
      Prisma.sql`e.recorded_at >= ${since.toISOString()}::timestamptz`,
      Prisma.sql`(e.entity, e.action) IN (${Prisma.join(kinds.map(({ entity, action }) => Prisma.sql`(${entity}, ${action})`))})`,
    ],
    facets: [facet('e', ...new Set(kinds.map(({ entity }) => entity)))],
    isNarrow: false,
    contactsOnly: true,
    tellsWhat: true,
  }
  const found = await newestEntries(context, selection, paging)
  const { rows, hasNextPage } = cutPage(paging, found, page)
  const last = rows.at(-1)
  const entries = rows.flatMap(({ contactId, ...row }) => (contactId ? [{ ...row, contactId }] : []))
  const within = { ...context, loaders: {}, rights: bothOf(rightsOf(rule.rights), context.rights) }
  // Before the transaction: one that waits for a second connection could wait for others that do the same.
  const told = await Promise.all(entries.map(async (entry) => ({ entry, changes: await changesOf(within, entry) })))
  const outcome = await transact(context, 'testRule', async (tx) => {
    await tx.$executeRaw`SET TRANSACTION READ ONLY`
    const made = await makingsOf(tx, entries)
    let events = 0
    const matches: TestedEvent[] = []
    for (const { entry, changes } of told) {
      context.signal?.throwIfAborted()
      const isNew = made.get(entry.contactId) === entry.transactionId
      const name = eventsOf(offers, { ...entry, changes, isNew }).find((event) => rule.events.includes(event))
      if (!name) continue
      const tools = { schema, offers, context: within }
      const event = eventVariable(tools, { name, entry, changes })
      if (!event) continue
      events++
      const match = await tryAt(tx, { ...tools, rule }, { name, entry, event })
      if (match) matches.push(match)
    }
    return { events, matches }
  })
  return { since, ...outcome, hasNextPage, endCursor: last ? writeCursor(newestFirst, last) : null }
}

async function tryAt(
  tx: Transaction,
  { rule, offers, context }: { offers: AllOffers; context: Context; rule: CompiledRule },
  { name, entry, event }: { name: string; entry: EventEntry; event: Record<string, unknown> },
): Promise<TestedEvent | undefined> {
  const { contactId, id: entryId, recordedAt: at } = entry
  const about = { contactId, entryId, event: name, at }
  try {
    const facts = await factVariables(offers, rule, { tx, context, contactId })
    const planned = plan(rule, { event, ...facts })
    return planned && { ...about, actions: planned.map(shown), fault: null }
  } catch (error) {
    if (!(error instanceof LetheError)) throw error
    return { ...about, actions: [], fault: error.message }
  }
}

const shown = ({ action, values }: { action: string; values: Record<string, Json> }) => ({
  action,
  arguments: Object.entries(values).map(([name, value]) => ({ name, value })),
})

/** The transactions that made these contacts. */
async function makingsOf(tx: Transaction, entries: readonly Tried[]): Promise<Map<string, bigint>> {
  const contactIds = [...new Set(entries.map(({ contactId }) => contactId))]
  const first = await tx.auditEntry.findMany({
    where: { contactId: { in: contactIds }, sequence: 1 },
    select: { contactId: true, transactionId: true },
  })
  return new Map(first.map(({ contactId, transactionId }) => [contactId, transactionId]))
}
