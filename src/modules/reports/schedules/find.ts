import { NIL } from 'uuid'
import type { ReportSchedule } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { notFound } from '../../../graphql/errors.ts'
import { userOf } from '../saved/find.ts'
import { attachmentsRight } from './schedule.ts'

// Who made a schedule sees it, and who decides over attachments.

/** A schedule that the caller sees. Throws NOT_FOUND. */
export async function findSchedule(context: Context, id: string): Promise<ReportSchedule> {
  const found = await context.database.reportSchedule.findUnique({ where: { id } })
  if (!found || (found.ownerId !== userOf(context) && !context.rights.canRead(attachmentsRight)))
    throw notFound('ReportSchedule')
  return found
}

/** The schedules that the caller sees, by name. */
export const listSchedules = (context: Context): Promise<ReportSchedule[]> =>
  context.database.reportSchedule.findMany({
    where: context.rights.canRead(attachmentsRight) ? {} : { ownerId: userOf(context) ?? NIL },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: mostListed,
  })

const mostListed = 1000
