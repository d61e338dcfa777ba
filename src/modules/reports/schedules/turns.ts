import { randomUUID } from 'node:crypto'
import { Prisma, type ReportRecipient, type ReportSchedule } from '#prisma/client.ts'
import type { Queue } from '../../../database/queues.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { loggable } from '../../../log-error.ts'
import { queueMail } from '../../../mail/outbox.ts'
import { lastDue, nextDue } from './cron.ts'
import { beginPresence, noteEntries } from './entering.ts'
import { openForOwner, type Sound, type Trouble } from './schedule.ts'

type Work = Omit<WorkContext, 'requestId'>

// How often it is looked who has entered a report, in milliseconds: what happens meanwhile is one mail. Where looking takes long, it is
// done the less often, so that it never takes more than a twentieth of the time.
const lookEvery = 15 * 60_000
const pauseAfter = 20
const longestTurn = 15 * 60_000

/** The kind of these mails in the outbox. */
export const reportMail = 'report'

/**
 * Lets each schedule that is due at this moment take its turn: queues its mails, and notes that it did, both or neither. Any number of
 * processes may; each schedule is one's at a time. What was missed while none ran is not made up for, but for the last time, once.
 */
export async function takeTurns(work: Work, now: Date, signal?: AbortSignal): Promise<void> {
  const failed: string[] = []
  while (!signal?.aborted) {
    const requestId = randomUUID()
    const turn = { id: undefined as string | undefined }
    try {
      if (!(await takeTurn({ ...work, requestId }, now, failed, turn))) return
    } catch (error) {
      if (!turn.id) throw error
      work.log.warn(
        { requestId, schedule: turn.id, error: loggable(error) },
        'a scheduled report failed; it is tried again',
      )
      failed.push(turn.id)
      await work.database.reportTurn.updateMany({ where: { scheduleId: turn.id }, data: { trouble: 'failed' } })
    }
  }
}

/** False: none is due. */
const takeTurn = (context: WorkContext, now: Date, except: readonly string[], turn: { id: string | undefined }) => {
  const take = async (tx: Transaction) => {
    const [due] = await tx.$queryRaw<{ id: string }[]>`
      SELECT t.schedule_id AS id FROM report_turn t JOIN report_schedule s ON s.id = t.schedule_id
      WHERE s.enabled_at IS NOT NULL AND t.due_at <= ${now} AND t.schedule_id <> ALL (${[...except]}::uuid[])
      ORDER BY t.due_at LIMIT 1 FOR UPDATE OF t SKIP LOCKED`
    turn.id = due?.id
    if (!due) return false
    const schedule = await tx.reportSchedule.findUniqueOrThrow({ where: { id: due.id } })
    const { dueAt, begunAt } = await tx.reportTurn.findUniqueOrThrow({ where: { scheduleId: due.id } })
    const sound = await openForOwner(context, schedule, context.requestId)
    const outcome = schedule.cron
      ? await onTime(tx, context, { schedule, cron: schedule.cron, dueAt, now, sound })
      : await onEntering(tx, context, { schedule, begunAt, now, sound })
    if (outcome.trouble)
      context.log.warn({ schedule: due.id, trouble: outcome.trouble }, 'a scheduled report is not sent')
    await tx.reportTurn.update({ where: { scheduleId: due.id }, data: outcome })
    return true
  }
  return transact(context, 'mailReport', take, { timeout: longestTurn })
}

type Turn = { schedule: ReportSchedule; now: Date; sound: Sound | Trouble }
type Outcome = { dueAt: Date; trouble: Trouble | ''; begunAt?: Date }

const never = new Date('9999-01-01T00:00:00Z')

async function onTime(
  tx: Transaction,
  context: WorkContext,
  { schedule, cron, dueAt, now, sound }: Turn & { cron: string; dueAt: Date },
): Promise<Outcome> {
  const next = nextDue(cron, schedule.timeZone, now) ?? never
  if (typeof sound === 'string') return { dueAt: next, trouble: sound }
  const period = lastDue(cron, schedule.timeZone, dueAt, now)
  // What is sent later than the next one would say the same once more.
  if (period) await mailAll(tx, context, { schedule, period, expiresAt: next === never ? undefined : next })
  return { dueAt: next, trouble: '' }
}

async function onEntering(
  tx: Transaction,
  context: WorkContext,
  { schedule, begunAt, now, sound }: Turn & { begunAt: Date | null },
): Promise<Outcome> {
  const start = performance.now()
  const next = () => new Date(now.getTime() + Math.max(lookEvery, pauseAfter * (performance.now() - start)))
  if (typeof sound === 'string') return { dueAt: next(), trouble: sound }
  const { subjects } = sound.open
  if (!subjects) return { dueAt: next(), trouble: 'report_gone' } // It is about something else by now.
  await tx.$executeRaw`SELECT set_config('statement_timeout', ${String(longestTurn)}, true)`
  if (!begunAt) {
    await beginPresence(tx, schedule.id, { subjects })
    return { dueAt: next(), trouble: '', begunAt: now }
  }
  const entered = await noteEntries(tx, schedule.id, { subjects }, now)
  if (entered > 0) await mailAll(tx, context, { schedule, period: now, expiresAt: undefined })
  return { dueAt: next(), trouble: '' }
}

type Mailing = { schedule: ReportSchedule; period: Date; expiresAt: Date | undefined }

/** Queues a mail for each recipient who has none of this period. It is written when it is sent: see `reportMailWriters`. */
async function mailAll(tx: Transaction, context: WorkContext, { schedule, period, expiresAt }: Mailing): Promise<void> {
  const scheduleId = schedule.id
  const recipients = await tx.reportRecipient.findMany({ where: { scheduleId }, orderBy: { id: 'asc' } })
  const done = await tx.reportMailing.findMany({ where: { scheduleId, period }, select: { recipientId: true } })
  for (const recipient of recipients.filter(({ id }) => !done.some(({ recipientId }) => recipientId === id))) {
    const to = await addressOf(tx, recipient)
    if (!to) continue
    const mailId = await queueMail(tx, context, { kind: reportMail, to, subject: '', text: '', html: '', expiresAt })
    await tx.reportMailing.create({ data: { scheduleId, recipientId: recipient.id, period, mailId } })
  }
}

/** Where a recipient gets mails at this moment; undefined: they may not sign in any more. */
async function addressOf(
  tx: Transaction,
  { userId, addressId }: Pick<ReportRecipient, 'userId' | 'addressId'>,
): Promise<string | undefined> {
  const user = userId ? await tx.user.findFirst({ where: { id: userId, disabledAt: null } }) : null
  const address = addressId ? await tx.reportAddress.findUnique({ where: { id: addressId } }) : null
  return user?.email ?? address?.address
}

/** Schedules whose time has come. */
export const schedules: Queue = {
  name: 'report_schedules',
  waiting: Prisma.sql`SELECT due_at AS since FROM report_turn WHERE due_at <= now()`,
}
