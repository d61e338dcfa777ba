import type { Context } from '../../graphql/context.ts'
import { type Policy, takeAttempt } from '../identity/sign-in/attempt-level.ts'

// A partner hands on what persons ask for: some a day, and many at once only when it catches up. Each makes work, and a mail to
// whoever has to answer.
const minute = 60_000
const perClient: Policy = { capacity: 100, period: minute, free: 100 }

/** Counts a report of a program: 100 at once, and one more each minute. Throws TOO_MANY_ATTEMPTS. */
export async function admitReport({ database, actor }: Context): Promise<void> {
  if (actor.kind !== 'client') return
  await takeAttempt(database, [{ key: `requests:client:${actor.id}`, policy: perClient }])
}
