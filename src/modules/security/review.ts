import type { SecurityCheck } from '#prisma/client.ts'
import type { Context } from '../../graphql/context.ts'
import type { Finding, Language, Measure } from './measure.ts'
import { measures } from './measures.ts'

export type Status = 'ok' | 'attention' | 'unknown'

/** A measure, as somebody sees it now, in one language. */
export type ReviewedMeasure = {
  key: string
  title: string
  description: string
  status: Status
  findings: readonly ReviewedFinding[]
  /** The latest, newest first. */
  checks: readonly SecurityCheck[]
  /** Days. */
  checkEvery: number
  /** Nobody has looked for longer than that. */
  due: boolean
}

export type ReviewedFinding = Omit<Finding, 'text'> & { text: string }

const day = 24 * 60 * 60 * 1000
const checksShown = 10

/** All measures, one after the other: a review is not in a hurry, and leaves connections to others. */
export async function review(context: Context, language: Language): Promise<ReviewedMeasure[]> {
  const checks = await latestChecks(context)
  const reviewed: ReviewedMeasure[] = []
  for (const measure of measures) {
    const look = await measure.look(context)
    reviewed.push(together(measure, look, checks.get(measure.key) ?? [], language))
  }
  return reviewed
}

function together(
  { key, title, description, checkEvery }: Measure,
  { findings, unknown = false }: Awaited<ReturnType<Measure['look']>>,
  checks: readonly SecurityCheck[],
  language: Language,
): ReviewedMeasure {
  const last = checks[0]?.checkedAt
  const due = !last || last.getTime() < Date.now() - checkEvery * day
  return {
    key,
    title: title[language],
    description: description[language],
    status: statusOf({ findings, unknown, checked: last !== undefined, due }),
    findings: findings.map(({ text, ...rest }) => ({ ...rest, text: text[language] })),
    checks,
    checkEvery,
    due,
  }
}

/** What can't be seen from here is as good as the last look that somebody took. */
function statusOf(known: { findings: readonly Finding[]; unknown: boolean; checked: boolean; due: boolean }): Status {
  if (known.findings.some(({ attention }) => attention)) return 'attention'
  if (!known.unknown) return 'ok'
  if (!known.checked) return 'unknown'
  return known.due ? 'attention' : 'ok'
}

async function latestChecks({ database }: Context): Promise<Map<string, SecurityCheck[]>> {
  const keys = measures.map(({ key }) => key)
  const rows = await database.$queryRaw<SecurityCheck[]>`
    SELECT c.* FROM unnest(${keys}::text[]) m(key)
    CROSS JOIN LATERAL (
      SELECT id, measure, user_id AS "userId", note, checked_at AS "checkedAt" FROM security_check
      WHERE measure = m.key ORDER BY checked_at DESC, id DESC LIMIT ${checksShown}) c`
  return Map.groupBy(rows, ({ measure }) => measure)
}
