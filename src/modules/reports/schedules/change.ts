import { isDeepStrictEqual as same } from 'node:util'
import { v7 as uuidv7 } from 'uuid'
import type { ReportSchedule } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { conflict, type Fault, forPeople, invalidInput, LetheError, notFound } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { unlessTaken } from '../../unless-taken.ts'
import { openReport } from '../running/open.ts'
import { userOf } from '../saved/find.ts'
import { cronFault, nextDue } from './cron.ts'
import { findSchedule } from './find.ts'
import { type RecipientDraft, setRecipients } from './recipients.ts'
import {
  type AttachmentFormat,
  attachmentsRight,
  formatOf,
  parametersIn,
  type Reference,
  referenceIn,
} from './schedule.ts'

/** What somebody gives for a schedule. */
export type ScheduleDraft = {
  name: string
  report: Reference
  parameters: Readonly<Record<string, unknown>>
  /** Null: when somebody enters the report. */
  cron: string | null
  timeZone: string
  attachment: AttachmentFormat | null
  evenIfEmpty: boolean
  enabled: boolean
  recipients: readonly RecipientDraft[]
}

const mostOwn = 100
const nameTaken: Fault = { field: 'input.name', message: 'You have another schedule with this name.' }

/** Makes a schedule, which is the caller's. Throws INVALID_INPUT with every fault; NOT_FOUND or FORBIDDEN for a report that they may not read. */
export async function createSchedule(context: Context, draft: ScheduleDraft): Promise<ReportSchedule> {
  const ownerId = personIn(context)
  const data = await checked(context, draft)
  const now = new Date()
  return unlessTaken(nameTaken, () =>
    transact(context, 'createReportSchedule', async (tx) => {
      if ((await tx.reportSchedule.count({ where: { ownerId } })) >= mostOwn)
        throw new LetheError('LIMIT_EXCEEDED', `You have ${mostOwn} schedules: delete some that nobody needs.`)
      const times = { createdAt: now, updatedAt: now, enabledAt: draft.enabled ? now : null }
      const schedule = await tx.reportSchedule.create({ data: { id: uuidv7(), ownerId, ...data, ...times } })
      await setRecipients(tx, schedule.id, draft.recipients)
      await beginTurns(tx, schedule, now)
      return schedule
    }),
  )
}

/** What to change about a schedule; what is absent stays. */
export type ScheduleChanges = { id: string; version: number } & {
  [Key in keyof ScheduleDraft]?: ScheduleDraft[Key] | undefined
}

/**
 * Changes a schedule of the caller's own. An administrator's word that personal data may be attached holds for the schedule as it was,
 * and not for other reports, parameters, formats or recipients. Throws as `createSchedule`, NOT_FOUND and CONFLICT.
 */
export async function updateSchedule(
  context: Context,
  { id, version, ...changes }: ScheduleChanges,
): Promise<ReportSchedule> {
  personIn(context)
  // Who may not read the report hears that, whether or not there is such a schedule.
  if (changes.report) await openReport(context, changes.report, changes.parameters ?? {})
  const present = await findSchedule(context, id)
  if (present.ownerId !== userOf(context)) throw othersSchedule()
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const draft = { ...draftOf(present), ...given }
  const data = await checked(context, draft)
  const now = new Date()
  return unlessTaken(nameTaken, () =>
    transact(context, 'updateReportSchedule', async (tx) => {
      const before = await tx.reportSchedule.findUnique({ where: { id } })
      if (!before) throw notFound('ReportSchedule')
      if (before.version !== version) throw conflict(before.version)
      const others = changes.recipients ? await setRecipients(tx, id, changes.recipients) : false
      const holds =
        !others &&
        same(before.report, data.report) &&
        same(before.parameters, data.parameters) &&
        before.attachment === data.attachment
      const enabledAt = draft.enabled ? (before.enabledAt ?? now) : null
      const allowed = holds ? {} : { attachmentsAllowedAt: null, attachmentsAllowedBy: null }
      const after = await tx.reportSchedule.update({
        where: { id },
        data: { ...data, ...allowed, enabledAt, version: version + 1, updatedAt: now },
      })
      const timed = before.cron === after.cron && before.timeZone === after.timeZone && before.enabledAt !== null
      const anew = !timed || !same(before.report, data.report) || !same(before.parameters, data.parameters)
      if (anew) await beginTurns(tx, after, now)
      return after
    }),
  )
}

/** Ends a schedule: the caller's own, or any by who decides over attachments. What waits to be sent isn't any more. Throws NOT_FOUND. */
export async function deleteSchedule(context: Context, id: string): Promise<void> {
  const { ownerId } = await findSchedule(context, id)
  if (ownerId !== personIn(context) && !context.rights.canWrite(attachmentsRight)) throw othersSchedule()
  await transact(context, 'deleteReportSchedule', async (tx) => {
    await tx.reportRecipient.deleteMany({ where: { scheduleId: id } })
    const gone = await tx.reportSchedule.findUnique({ where: { id } })
    if (!gone) throw notFound('ReportSchedule')
    await tx.reportSchedule.delete({ where: { id } })
  })
}

/** Allows, or forbids again, that the rows of a schedule's report are attached, for the schedule as it is in this version. Throws NOT_FOUND, CONFLICT; INVALID_INPUT for one that attaches nothing. */
export async function allowAttachments(
  context: Context,
  { id, version, allowed }: { id: string; version: number; allowed: boolean },
): Promise<ReportSchedule> {
  const attachmentsAllowedBy = personIn(context)
  await findSchedule(context, id)
  return transact(context, 'allowReportAttachments', async (tx) => {
    const before = await tx.reportSchedule.findUnique({ where: { id } })
    if (!before) throw notFound('ReportSchedule')
    if (before.version !== version) throw conflict(before.version)
    if (allowed && !before.attachment) throw invalidInput([{ field: 'id', message: 'This schedule attaches nothing.' }])
    const data = allowed
      ? { attachmentsAllowedAt: new Date(), attachmentsAllowedBy }
      : { attachmentsAllowedAt: null, attachmentsAllowedBy: null }
    return tx.reportSchedule.update({ where: { id }, data: { ...data, version: version + 1 } })
  })
}

/** From when on it is due: never what was before. Of those on entering, who is in it from the start is noted anew. */
async function beginTurns(tx: Transaction, { id: scheduleId, cron, timeZone }: ReportSchedule, now: Date) {
  const dueAt = cron ? (nextDue(cron, timeZone, now) ?? now) : now
  await tx.reportTurn.deleteMany({ where: { scheduleId } })
  await tx.reportPresence.deleteMany({ where: { id: scheduleId } })
  await tx.reportTurn.create({ data: { scheduleId, dueAt } })
}

const draftOf = (schedule: ReportSchedule): Omit<ScheduleDraft, 'recipients'> => ({
  ...{ name: schedule.name, cron: schedule.cron, timeZone: schedule.timeZone, evenIfEmpty: schedule.evenIfEmpty },
  ...{ report: referenceIn(schedule), parameters: parametersIn(schedule), enabled: schedule.enabledAt !== null },
  attachment: formatOf(schedule) ?? null,
})

/** Opens the report as its owner reads it, and reads nothing. */
async function checked(context: Context, draft: Omit<ScheduleDraft, 'recipients'>) {
  const faults: Fault[] = []
  const name = checkText(draft.name, 'input.name', { max: 200 }, faults)
  if (!name && faults.length === 0) faults.push({ field: 'input.name', message: 'Give it a name.' })
  const { cron, timeZone, attachment, evenIfEmpty, report, parameters } = draft
  if (!isTimeZone(timeZone))
    faults.push({ field: 'input.timeZone', message: 'Give a time zone such as Europe/Berlin.' })
  else if (cron !== null) {
    const message = cronFault(cron, timeZone, new Date())
    if (message) faults.push({ field: 'input.cron', message })
  }
  const open = await openReport(context, report, parameters)
  if (cron === null && !open.subjects)
    faults.push({
      field: 'input.report',
      message: 'This report is about no contacts, so nobody enters it: give a time.',
    })
  if (faults.length > 0) throw invalidInput(faults)
  return { name, report, parameters: JSON.parse(JSON.stringify(parameters)), cron, timeZone, attachment, evenIfEmpty }
}

function isTimeZone(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }))
  } catch {
    return false // Intl knows no other way to say so.
  }
}

/** Schedules are people's: somebody has to answer for them. */
export function personIn(context: Context): string {
  const userId = userOf(context)
  if (userId === null) throw forPeople()
  return userId
}

const othersSchedule = () => new LetheError('FORBIDDEN', 'Who made a schedule changes it: make one of your own.')
