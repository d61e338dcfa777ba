import type { Context } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { type Counter, type Policy, takeAttempt } from '../../identity/sign-in/attempt-level.ts'
import { networkOf } from '../../identity/sign-in/attempts.ts'
import type { Asker } from './asker.ts'

// So many at once, and one more after each period (milliseconds). No waiting in between: nobody guesses anything here.
const policy = (capacity: number, period: number): Policy => ({ capacity, period, free: capacity })

const policies = {
  publishable: policy(600, 100),
  secret: policy(3000, 10),
  origin: policy(600, 100),
  // Behind one address may be an office, or a whole provider's network.
  address: policy(60, 10_000),
  // What one person can be sent because strangers typed their address.
  person: policy(5, 2 * 3_600_000),
} as const

/** Counts a call by client, origin and address. Throws TOO_MANY_ATTEMPTS. */
export async function admitCall(context: Context, { client, publishable }: Asker, page?: string): Promise<void> {
  const fromServer = client && !publishable
  const origin = page && URL.parse(page)?.origin
  const counters: Counter[] = [
    ...(fromServer || context.actor.kind === 'user'
      ? []
      : [{ key: `consent:address:${hashed(context, networkOf(context.address))}`, policy: policies.address }]),
    ...(publishable && origin ? [{ key: `consent:origin:${origin}`, policy: policies.origin }] : []),
    ...(client
      ? [{ key: `consent:client:${client.id}`, policy: policies[publishable ? 'publishable' : 'secret'] }]
      : []),
  ]
  if (counters.length > 0) await takeAttempt(context.database, counters)
}

/**
 * Whether a person may be sent one more mail. Who has been sent enough gets no more, and the call is answered as usual: it would
 * tell a stranger that somebody asked for them before.
 */
export async function mayMail(context: Context, personHash: string): Promise<boolean> {
  try {
    await takeAttempt(context.database, [{ key: `consent:person:${personHash}`, policy: policies.person }])
    return true
  } catch (error) {
    if (error instanceof LetheError && error.code === 'TOO_MANY_ATTEMPTS') return false
    throw error
  }
}

const hashed = ({ secrets }: Context, text: string) => secrets.fingerprint('consent address', text)
