import type { SubjectRequest } from '#prisma/client.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { daysBetween, endOfPeriod, extendedMonths, usualMonths } from './deadline.ts'

type Timed = Pick<SubjectRequest, 'receivedAt' | 'extendedAt' | 'pausedDays' | 'verificationAskedAt'>

/** Until when a request has to be answered, by what has happened to it. */
export const dueOf = (
  { receivedAt, extendedAt, pausedDays }: Omit<Timed, 'verificationAskedAt'>,
  { workingDays }: Pick<WorkContext, 'workingDays'>,
): Date =>
  endOfPeriod(
    receivedAt,
    { months: extendedAt ? extendedMonths : usualMonths, pausedDays: pausedDays ?? 0 },
    workingDays,
  )

/** The days for which the time stood still are added, once the person has proved who they are (EDPB Guidelines 01/2022, no. 159). */
export function resumed(
  request: Timed & Pick<SubjectRequest, 'status' | 'dueAt'>,
  context: Pick<WorkContext, 'workingDays'>,
): { dueAt?: Date; pausedDays?: number } {
  const { status, verificationAskedAt: since } = request
  if (status !== 'needs_verification' || !since) return {}
  const pausedDays = (request.pausedDays ?? 0) + daysBetween(since, new Date(), context.workingDays)
  return { pausedDays, dueAt: dueOf({ ...request, pausedDays }, context) }
}
