import type { RetentionClass } from '#prisma/client.ts'
import { addDuration, calendarYear } from '../lawfulness/duration.ts'

/**
 * Until when a document is to be kept, counted from when it came: a moment, exclusive. Null where its class counts from something that
 * documents don't know, such as the end of a contract.
 */
export function retainUntil({ period, start }: Pick<RetentionClass, 'period' | 'start'>, createdAt: Date): Date | null {
  if (start === 'collected') return addDuration(createdAt, period)
  if (start !== 'end_of_calendar_year') return null
  return addDuration(new Date(Date.UTC(calendarYear(createdAt) + 1, 0, 1)), period)
}
