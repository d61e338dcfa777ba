import type { ConsentSettings } from '../../../config.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { type Counter, type Policy, takeAttempt, takeWithin } from '../../identity/sign-in/attempt-level.ts'
import { networkOf } from '../../identity/sign-in/attempts.ts'
import { consentSettings } from '../consent-settings.ts'
import type { Asker } from './asker.ts'

// So many at once, and one more after each period (milliseconds). No waiting in between: nobody guesses anything here.
const policy = (capacity: number, period: number): Policy => ({ capacity, period, free: capacity })

/** So many in each `unit` (milliseconds), and those of `units` of them at once. */
const rate = (count: number, unit: number, units: number) => policy(Math.max(1, count * units), unit / count)

const policiesOf = ({ pageRate, serverRate, addressRate, mails }: ConsentSettings) => ({
  publishable: rate(pageRate, 1000, 60),
  secret: rate(serverRate, 1000, 30),
  origin: rate(pageRate, 1000, 60),
  // Behind one address may be an office, or a whole provider's network.
  address: rate(addressRate, 60_000, 10),
  // What one person can be sent because strangers typed their address.
  person: policy(mails, 2 * 3_600_000),
})

/** Counts a call by client, by the origin of the page that calls, and by address. Throws TOO_MANY_ATTEMPTS. */
export async function admitCall(context: Context, { client, publishable }: Asker): Promise<void> {
  const policies = policiesOf(consentSettings(context))
  const { origin } = context
  const isOpen = publishable || !context.actor.id
  const counters: Counter[] = [
    ...(isOpen
      ? [{ key: `consent:address:${hashed(context, networkOf(context.address))}`, policy: policies.address }]
      : []),
    ...(publishable && origin ? [{ key: `consent:origin:${hashed(context, origin)}`, policy: policies.origin }] : []),
    ...(client
      ? [{ key: `consent:client:${client.id}`, policy: policies[publishable ? 'publishable' : 'secret'] }]
      : []),
  ]
  if (counters.length > 0) await takeAttempt(context.database, counters)
}

/**
 * Whether a person may be sent one more mail, counted in the transaction that queues it. Who has been sent enough gets no more, and
 * the call is answered as usual: it would tell a stranger that somebody asked for them before.
 */
export const mayMail = (tx: Transaction, context: WorkContext, personHash: string): Promise<boolean> =>
  takeWithin(tx, { key: `consent:person:${personHash}`, policy: policiesOf(consentSettings(context)).person })

/**
 * Whoever acts about the same person at once comes after this transaction, and begins again with what it has done: so nobody becomes
 * two contacts. Before the person is looked up.
 */
export const inTurn = (tx: Transaction, personHash: string): Promise<boolean> =>
  takeWithin(tx, { key: `consent:turn:${personHash}`, policy: policy(1_000_000_000, 1) })

const hashed = ({ secrets }: Context, text: string) => secrets.fingerprint('consent address', text)
