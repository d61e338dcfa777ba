import type { Transaction } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { type Counter, type Policy, takeAttempt, takeWithin } from '../../identity/sign-in/attempt-level.ts'
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
  turn: policy(1_000_000_000, 1),
} as const

/** Counts a call by client, address and origin, which is what the browser says and not the caller. Throws TOO_MANY_ATTEMPTS. */
export async function admitCall(context: Context, { client, publishable }: Asker): Promise<void> {
  const isOpen = publishable || !context.actor.id
  const { origin } = context
  const counters: Counter[] = [
    ...(isOpen
      ? [{ key: `consent:address:${hashed(context, networkOf(context.address))}`, policy: policies.address }]
      : []),
    ...(publishable && origin ? [{ key: `consent:origin:${origin}`, policy: policies.origin }] : []),
    ...(client
      ? [{ key: `consent:client:${client.id}`, policy: policies[publishable ? 'publishable' : 'secret'] }]
      : []),
  ]
  if (counters.length > 0) await takeAttempt(context.database, counters)
}

/**
 * Whether a person may be sent one more mail, counted in the transaction that queues it. Who has been sent enough gets no more, and the call is answered as usual: it would
 * tell a stranger that somebody asked for them before.
 */
export const mayMail = (tx: Transaction, personHash: string): Promise<boolean> =>
  takeWithin(tx, { key: `consent:person:${personHash}`, policy: policies.person })

/**
 * Whoever acts about the same person at once comes after this transaction, and begins again with what it has done: so nobody becomes
 * two contacts. Before the person is looked up.
 */
export const inTurn = (tx: Transaction, personHash: string): Promise<boolean> =>
  takeWithin(tx, { key: `consent:turn:${personHash}`, policy: policies.turn })

const hashed = ({ secrets }: Context, text: string) => secrets.fingerprint('consent address', text)
