import type { Context } from '../../graphql/context.ts'
import { type Policy, takeAttempt } from '../identity/sign-in/attempt-level.ts'

// A partner hands on what persons ask for: some a day, and many at once only when it catches up. Each makes work, and a mail to
// whoever has to answer.
const usual = 100
const refilledAfter = 100 * 60_000

const perClient = (capacity: number): Policy => ({ capacity, period: refilledAfter / capacity, free: capacity })

/** Counts a report of a program: 100 at once, and one more each minute, unless the settings say more or less. Throws TOO_MANY_ATTEMPTS. */
export async function admitReport({
  database,
  actor,
  requestsAtOnce = usual,
}: Pick<Context, 'database' | 'actor' | 'requestsAtOnce'>): Promise<void> {
  if (actor.kind !== 'client') return
  await takeAttempt(database, [{ key: `requests:client:${actor.id}`, policy: perClient(requestsAtOnce) }])
}
