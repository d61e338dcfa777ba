import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { isBound, noteSeen, seenContacts } from '../../contacts/sight.ts'
import { checkedDraft, type RuleInput } from './change.ts'
import { judged, judgedPart, type Status } from './judge.ts'
import { type Reader, readRegister, readSpecs, specOf } from './spec.ts'

/** What a rule would do. */
export type Simulation = {
  counts: Readonly<Record<Status, number>>
  /** Whom it is about. */
  matched: number
  /** Of these, whose own period is over, while another one keeps them longer. */
  keptLonger: number
  dueWithin30Days: number
  dueWithin365Days: number
  earliest: Date | null
  latest: Date | null
  months: readonly { month: Date; count: number }[]
  examples: readonly Example[]
}

export type Example = { contactId: string; status: Status; due: Date | null }

const most = 10

type Group = {
  status: Status
  month: Date | null
  count: number
  longer: number
  soon: number
  year: number
  earliest: Date | null
  latest: Date | null
}

/**
 * Tells what a rule would do that there isn't yet, or in place of the one with this key, in a transaction that can't write: whom it is
 * about, how it stands with them, when they would be due, and some examples. Of contacts that the caller sees. Throws INVALID_INPUT.
 */
export async function simulateRule(context: Context, input: RuleInput, key = ''): Promise<Simulation> {
  return context.database.$transaction(
    async (tx) => {
      await tx.$executeRaw`SET TRANSACTION READ ONLY`
      return simulateIn(tx, context, input, key)
    },
    { isolationLevel: 'RepeatableRead', timeout: 60_000 },
  )
}

async function simulateIn(
  tx: Reader & Pick<Database, '$queryRaw'>,
  context: Context,
  input: RuleInput,
  key: string,
): Promise<Simulation> {
  const register = await readRegister(tx)
  const spec = specOf(register, key, checkedDraft(input, register))
  const specs = [...(spec ? [spec] : []), ...(await readSpecs(tx, key))]
  const sight = isBound(context) ? Prisma.sql`IN (SELECT c.contact_id FROM ${seenContacts(context)} c)` : undefined
  const found = spec && spec.categories.length > 0 ? judgedPart(spec, sight) : judged(specs, sight, 0)
  const rows = await tx.$queryRaw<(Group & { contactId: string | null })[]>`
    WITH j AS MATERIALIZED (${found}),
    example AS (SELECT * FROM j WHERE status IN ('due', 'waiting') ORDER BY due, contact_id LIMIT ${most})
    SELECT j.status, date_trunc('month', j.due AT TIME ZONE 'UTC')::date AS month, count(*)::int AS count,
      count(*) FILTER (WHERE j.own_due <= now() AND j.due > now())::int AS longer,
      count(*) FILTER (WHERE j.due <= now() + interval '30 days')::int AS soon,
      count(*) FILTER (WHERE j.due <= now() + interval '365 days')::int AS year,
      min(j.due) AS earliest, max(j.due) AS latest, NULL::uuid AS "contactId"
    FROM j GROUP BY 1, 2
    UNION ALL SELECT e.status, NULL, 0, 0, 0, 0, e.due, e.due, e.contact_id FROM example e
    ORDER BY month, earliest, "contactId"`
  const groups = rows.filter(({ contactId }) => contactId === null)
  const examples = rows.flatMap(({ contactId, status, earliest: due }) =>
    contactId ? [{ contactId, status, due }] : [],
  )
  noteSeen(
    context,
    examples.map(({ contactId }) => contactId),
  )
  return { ...summed(groups), examples }
}

function summed(groups: readonly Group[]): Omit<Simulation, 'examples'> {
  const sum = (of: (group: Group) => number) => groups.reduce((total, group) => total + of(group), 0)
  const count = (status: Status) => sum((group) => (group.status === status ? group.count : 0))
  // Whoever is kept by a ground has no date yet.
  const dated = groups.filter(({ status }) => status !== 'lawful' && status !== 'running')
  const times = (of: 'earliest' | 'latest') => dated.flatMap((group) => group[of]?.getTime() ?? [])
  const months = new Map<number, number>()
  for (const { month, count: number } of dated) {
    if (month) months.set(month.getTime(), (months.get(month.getTime()) ?? 0) + number)
  }
  return {
    counts: {
      ...{ lawful: count('lawful'), running: count('running'), waiting: count('waiting'), held: count('held') },
      ...{ kept: count('kept'), requested: count('requested'), due: count('due') },
    },
    matched: sum((group) => group.count),
    keptLonger: dated.reduce((total, { longer }) => total + longer, 0),
    dueWithin30Days: dated.reduce((total, { soon }) => total + soon, 0),
    dueWithin365Days: dated.reduce((total, { year }) => total + year, 0),
    earliest: times('earliest').length > 0 ? new Date(Math.min(...times('earliest'))) : null,
    latest: times('latest').length > 0 ? new Date(Math.max(...times('latest'))) : null,
    months: [...months].map(([month, number]) => ({ month: new Date(month), count: number })),
  }
}
