import { v7 as uuidv7 } from 'uuid'
import { Prisma, type ReportReaction } from '#prisma/client.ts'
import type { Json } from '../../../database/json.ts'
import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import {
  type DeniedInput,
  type Fault,
  forbiddenInput,
  forPeople,
  invalidInput,
  LetheError,
} from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { unknownPurpose } from '../../contacts/sight.ts'
import { type OpenReport, openReport, type ReportReference } from '../running/open.ts'
import { userOf } from '../saved/find.ts'
import { judged } from './judge.ts'
import { type ReactionKind, rightsFor, type SkipReason, type Wish } from './kinds.ts'

/** What somebody wants done, with whom of a report. */
export type Asking = {
  report: ReportReference
  parameters: Readonly<Record<string, unknown>>
  kind: ReactionKind
  wish: Omit<Wish, 'validUntil'> & { validUntil?: Date | undefined }
  /** UUIDs of rows; absent: all of them. */
  rows?: readonly string[] | undefined
}

/** What would come of it. */
export type Preview = {
  /** How many rows; of some reports, several are about one contact. */
  total: number
  /** With how many it would be done. */
  would: number
  skipped: readonly { reason: SkipReason; count: number }[]
}

const mostChosen = 10_000

/** What a reaction would do now, without doing it. Throws as `react`. */
export async function previewReaction(context: Context, asking: Asking): Promise<Preview> {
  const { subjects } = await prepare(context, asking)
  const found = await context.database.$queryRaw<{ reason: SkipReason | null; count: number }[]>`
    SELECT j.reason, count(*)::int AS count FROM (${judged({ context, kind: asking.kind }, subjects)}) j
    GROUP BY 1 ORDER BY 2 DESC, 1`
  return {
    total: found.reduce((sum, { count }) => sum + count, 0),
    would: found.find(({ reason }) => reason === null)?.count ?? 0,
    skipped: found.flatMap(({ reason, count }) => (reason === null ? [] : [{ reason, count }])),
  }
}

/**
 * Has something done with all whom a report shows the caller now, or with some of them: one action, which a worker does by the caller's
 * rights, as they are then. Throws FORBIDDEN with all that is missing; INVALID_INPUT; CONFLICT where it would be done with another number
 * than was expected.
 *
 * @param expected How many, as the preview said.
 */
export async function react(context: Context, asking: Asking, expected?: number | null): Promise<ReportReaction> {
  const userId = userOf(context)
  if (userId === null) throw forPeople()
  const { open, subjects, wish } = await prepare(context, asking)
  const { kind, report } = asking
  if (kind === 'ask_for_consent' && !context.mail)
    throw new LetheError('UNAVAILABLE', 'This server can send no mails, which asking for consent needs.')
  const id = uuidv7()
  return transact(context, 'reactToReport', async (tx) => {
    const total = await tx.$executeRaw`
      INSERT INTO report_reaction_subject (contact_id, id, reaction_id, basis_id, purpose_key)
      SELECT s.contact_id, s.id, ${id}::uuid, s.basis_id, s.purpose_key FROM (${subjects}) s`
    if (total === 0) throw invalidInput([{ field: 'report', message: 'It shows nobody with whom it could be done.' }])
    if (typeof expected === 'number') {
      const [now] = await tx.$queryRaw<{ would: number }[]>`
        SELECT count(*) FILTER (WHERE j.reason IS NULL)::int AS would FROM (${judged({ context, kind }, subjectsOf(id))}) j`
      if (now?.would !== expected) {
        const message = `It would be done with ${now?.would}, not with ${expected}: look at the preview again.`
        throw new LetheError('CONFLICT', message, { would: now?.would })
      }
    }
    const named = 'key' in report ? report.key : 'id' in report ? report.id : ''
    const reaction = await tx.reportReaction.create({
      data: {
        ...{ id, kind, report: named, source: open.source.key, wish, userId, total, state: 'queued' },
        ...{ requestId: context.requestId, createdAt: new Date() },
      },
    })
    await tx.reportReactionWork.create({ data: { id } })
    await tx.$executeRaw`SELECT pg_notify('lethe_report_reactions', '')`
    return reaction
  })
}

const eachOf = {
  renew: 'ground',
  ask_for_consent: 'purpose',
  restrict: 'contact',
  lift_restriction: 'contact',
  erase: 'contact',
} as const

/** With whom a reaction is still to be done. */
export const subjectsOf = (id: string): Prisma.Sql =>
  Prisma.sql`SELECT t.contact_id, t.id, t.basis_id, t.purpose_key FROM report_reaction_subject t WHERE t.reaction_id = ${id}::uuid`

/** Throws what `previewReaction` throws before it looks at anybody. */
export async function checkReaction(context: Context, asking: Asking): Promise<void> {
  await prepare(context, asking)
}

/** Checks what is asked, and says with whom, as SQL. */
async function prepare(context: Context, { report, parameters, kind, wish, rows }: Asking) {
  const denied = rightsFor[kind].flatMap((right): DeniedInput[] =>
    context.rights.canWrite(right) ? [] : [{ path: 'reaction.kind', access: 'write', right }],
  )
  if (denied.length > 0) throw forbiddenInput(denied)
  const open = await openReport(context, report, parameters)
  const checked = await checkedWish(context, kind, wish, open)
  if (rows && rows.length > mostChosen) throw new LetheError('LIMIT_EXCEEDED', `At most ${mostChosen} rows by name.`)
  const subjects = open.subjects?.({ rows, each: eachOf[kind], purpose: checked.purpose })
  if (!subjects) throw invalidInput([{ field: 'report', message: 'This report is not about contacts.' }])
  return { open, subjects, wish: stored(checked) }
}

async function checkedWish(
  context: Context,
  kind: ReactionKind,
  { purpose: named, validUntil, reason, ground }: Asking['wish'],
  open: OpenReport,
): Promise<Wish> {
  const faults: Fault[] = []
  const needsPurpose = kind === 'renew' || kind === 'ask_for_consent'
  const purpose = checkText(named, 'reaction.purpose', { max: 200 }, faults) || undefined
  const text = checkText(reason, 'reaction.reason', { max: 500 }, faults)
  if (needsPurpose && !open.namesPurposes && !purpose)
    faults.push({ field: 'reaction.purpose', message: 'Name the purpose: the rows of this report name none.' })
  if (kind === 'renew' && !text && faults.length === 0)
    faults.push({ field: 'reaction.reason', message: 'Say why it goes on: it is recorded as the source of each.' })
  if (kind === 'erase' && !ground) faults.push({ field: 'reaction.ground', message: 'Say on which ground.' })
  if (validUntil && validUntil <= new Date())
    faults.push({ field: 'reaction.validUntil', message: 'It would end before it was renewed.' })
  if (faults.length > 0) throw invalidInput(faults)
  const unknown = purpose ? ((await context.unknownPurposes?.(context, [purpose])) ?? []) : []
  if (unknown.length > 0) throw unknownPurpose('reaction.purpose')
  return {
    ...(needsPurpose && { purpose }),
    ...(kind === 'renew' && { validUntil: validUntil?.toISOString() }),
    ...(text && { reason: text }),
    ...(kind === 'erase' && { ground }),
  }
}

const stored = (wish: Wish): Record<string, Json> => JSON.parse(JSON.stringify(wish))
