import { isIPv6 } from 'node:net'
import type { Context } from '../../../graphql/context.ts'
import { type Counter, type Policy, type TakenAttempt, takeAttempt } from './attempt-level.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/**
 * What stands between an account and whoever guesses (ASVS 6.3.1). In any 24 hours `account` lets through 6 + 8 attempts and
 * `familiar` 12 + 16, so an account is tried at most 42 times a day, from however many places.
 */
const policies = {
  /** An account, from places where its user never was. */
  account: { capacity: 6, period: 3 * hour, free: 3 },
  /** An account, from all places together where its user signed in lately. It makes nobody wait for others. */
  familiar: { capacity: 12, period: 1.5 * hour, free: 12 },
  /**
   * An account, from one of these. Half of them, so that whoever guesses at one leaves room at another; and like `account`,
   * so that nobody is told that a user was there.
   */
  place: { capacity: 6, period: 3 * hour, free: 3 },
  /** An account, from a device on which its user signed in. Nobody else can use it up. */
  device: { capacity: 10, period: hour, free: 4 },
  /** An address: offices share one, and so do those whom the same guesser tries. */
  address: { capacity: 20, period: 3 * minute, free: 10 },
  /** A /48 of IPv6: so much of it can be one guesser's own. */
  range: { capacity: 60, period: minute, free: 30 },
  /** Everything from unfamiliar places. Less than may wait to be hashed, so that this never keeps others out. */
  all: { capacity: 60, period: second / 5, free: 60 },
  /** The second factor of an account, and the same from a known device. */
  factor: { capacity: 10, period: hour, free: 3 },
  deviceFactor: { capacity: 10, period: hour, free: 3 },
  /** New passwords of an account. */
  newPassword: { capacity: 10, period: 5 * minute, free: 10 },
  /** One question for a second factor; it doesn't live long enough for its level to fall. */
  question: { capacity: 5, period: 24 * hour, free: 5 },
} as const satisfies Record<string, Policy>

/** The longest that it takes a counter to fall to nothing, in milliseconds. */
export const longestMemory: number = Math.max(
  ...Object.values(policies).map(({ capacity, period }) => capacity * period),
)

/** How long a place where somebody signed in stays familiar, in milliseconds. */
export const familiarFor: number = 90 * 24 * hour

/** What the keys of familiar places begin with. */
export const familiarPrefix = 'familiar-place:'

/** Who is tried, by whom. */
export type Attempt = {
  /** The user's id or, for an unknown one, what stands for them. */
  account: string
  /** What `knownDevice` says. */
  device: string | undefined
}

/**
 * Counts a new password for a user, before it is hashed: nobody keeps others from signing in by changing theirs all the time.
 * Throws TOO_MANY_ATTEMPTS.
 */
export async function takeNewPassword(context: AttemptContext, userId: string): Promise<void> {
  await takeAttempt(context.database, [counters(context)('newPassword', userId)])
}

type AttemptContext = Pick<Context, 'database' | 'secrets' | 'address'>

/**
 * Counts an attempt at a password, before it is hashed. Throws TOO_MANY_ATTEMPTS. Unknown accounts are counted alike.
 *
 * @param now For tests.
 */
export async function takePasswordAttempt(
  context: AttemptContext,
  attempt: Attempt,
  now: Date | null = null,
): Promise<TakenAttempt> {
  return takeAttempt(context.database, await passwordCounters(context, attempt, now), now)
}

async function passwordCounters(context: AttemptContext, { account, device }: Attempt, now: Date | null) {
  const counter = counters(context)
  if (device) return [counter('device', device)]
  const network = networkOf(context.address)
  const address = counter('address', network)
  if (await isFamiliar(context, account, now)) {
    return [counter('familiar', account), counter('place', `${account} ${network}`), address]
  }
  const range = rangeOf(network)
  const wide = range ? [counter('range', range)] : []
  return [counter('account', account), address, ...wide, counter('all', '')]
}

/**
 * Counts an attempt at a second factor. Throws TOO_MANY_ATTEMPTS.
 *
 * @param question What it answers, if it answers one. `exhausted`: no further answer to that will be let through.
 */
export async function takeFactorAttempt(
  context: AttemptContext,
  { account, device }: Attempt,
  question?: string,
): Promise<{ taken: TakenAttempt; exhausted: boolean }> {
  const counter = counters(context)
  const own = device ? counter('deviceFactor', device) : counter('factor', account)
  const taken = await takeAttempt(context.database, [own, ...(question ? [counter('question', question)] : [])])
  const answers = question ? (taken.taken.at(-1)?.level ?? 0) : 0
  return { taken, exhausted: answers + 1 > policies.question.capacity }
}

// Keys name no one.
const counters =
  ({ secrets }: AttemptContext) =>
  (kind: keyof typeof policies, subject: string): Counter => ({
    key: `${kind}:${secrets.fingerprint('attempts', `${kind} ${subject}`)}`,
    policy: policies[kind],
  })

const familiarKey = ({ secrets, address }: AttemptContext, account: string) =>
  `${familiarPrefix}${secrets.fingerprint('attempts', `familiar ${account} ${networkOf(address)}`)}`

/** Whether somebody who could prove to be this came from here lately: see `rememberPlace`. */
export async function isFamiliar(context: AttemptContext, account: string, now: Date | null = null): Promise<boolean> {
  const found = await context.database.$queryRaw<unknown[]>`
    SELECT FROM attempt_level WHERE key = ${familiarKey(context, account)}
      AND updated_at > coalesce(${now}::timestamptz, now()) - ${familiarFor} * interval '1 millisecond'`
  return found.length > 0
}

/**
 * Remembers that the user signed in from this address.
 *
 * @param now For tests.
 */
export async function rememberPlace(context: AttemptContext, userId: string, now: Date | null = null): Promise<void> {
  await context.database.$executeRaw`
    INSERT INTO attempt_level (key, level, updated_at, blocked_until)
    SELECT ${familiarKey(context, userId)}, 0, time, time FROM coalesce(${now}::timestamptz, now()) AS time
    ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at`
}

/** From where somebody calls: an IPv4 address, or the /64 of an IPv6 one, of which a household has all. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [bare = ''] = address.split('%')
  if (!isIPv6(bare)) return address
  const canonical = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const [head = [], tail = []] = canonical.split('::').map((half) => half.split(':').filter(Boolean))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail].slice(0, 4).join(':')
}

/** The /48 that the /64 of an IPv6 address lies in; undefined for IPv4. */
const rangeOf = (network: string) => (network.includes(':') ? network.split(':').slice(0, 3).join(':') : undefined)
