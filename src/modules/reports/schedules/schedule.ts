import { z } from 'zod'
import type { ReportSchedule } from '#prisma/client.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import type { MailLanguage } from '../../../mail/layout.ts'
import { savedForm } from '../definition/definition.ts'
import { contextOf } from '../reader.ts'
import { reportsRight } from '../rights.ts'
import { type OpenReport, openReport } from '../running/open.ts'

/** The right to make schedules, and to have them. */
export const schedulesRight = 'reports.schedules'

/** The right to allow that personal data is attached, and to whom. */
export const attachmentsRight = 'reports.personal_attachments'

/** What can be attached. */
export const attachmentFormats = ['pdf', 'csv', 'xlsx', 'json_lines'] as const
export type AttachmentFormat = (typeof attachmentFormats)[number]

/** What a schedule attaches. */
export const formatOf = ({ attachment }: Pick<ReportSchedule, 'attachment'>): AttachmentFormat | undefined =>
  attachmentFormats.find((format) => format === attachment)

/** Why nothing is sent, as long as this is so. Names nobody. */
export const troubles = ['owner_gone', 'owner_rights', 'report_gone', 'failed'] as const
export type Trouble = (typeof troubles)[number]

const reference = z.union([z.strictObject({ key: z.string() }), z.strictObject({ id: z.uuid() })])

/** Which report a schedule is of. */
export type Reference = z.infer<typeof reference>

export const referenceIn = ({ report }: Pick<ReportSchedule, 'report'>): Reference => reference.parse(report)

export const parametersIn = ({ parameters }: Pick<ReportSchedule, 'parameters'>): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(parameters)

/** A schedule whose owner still may have it, with the report as they may read it. */
export type Sound = { owner: Context; open: OpenReport }

/**
 * Opens the report of a schedule as its owner may at this moment; or why nothing may be sent: they may not sign in any more, may not
 * have schedules, or not read this report.
 *
 * @param options.language Of whoever reads it, for what the report tells in words, unless the schedule or the report says that.
 */
export async function openForOwner(
  work: Omit<WorkContext, 'requestId'>,
  schedule: ReportSchedule,
  requestId: string,
  options: { language?: MailLanguage } = {},
): Promise<Sound | Trouble> {
  const owner = await contextOf(work, schedule.ownerId, requestId)
  if (!owner) return 'owner_gone'
  if (!owner.rights.canRead(reportsRight) || !owner.rights.canWrite(schedulesRight)) return 'owner_rights'
  try {
    return { owner, open: await openReport(owner, referenceIn(schedule), parametersIn(schedule), options) }
  } catch (error) {
    if (isRefusal(error)) return 'report_gone'
    throw error
  }
}

/** The same report for somebody else, who may read what they may; undefined: not at all. */
export async function openForReader({ open }: Sound, reader: Context): Promise<OpenReport | undefined> {
  if (!reader.rights.canRead(reportsRight)) return undefined
  try {
    return { ...(await openReport(reader, { definition: savedForm(open.definition) })), name: open.name }
  } catch (error) {
    if (isRefusal(error)) return undefined
    throw error
  }
}

const isRefusal = (error: unknown) =>
  error instanceof LetheError && ['FORBIDDEN', 'NOT_FOUND', 'INVALID_INPUT'].includes(error.code)
