import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { json, refusal } from '../../http/answers.ts'
import { bearerToken } from '../../http/credentials.ts'
import { readBounded } from '../../http/forms.ts'
import type { ContextOf, Route } from '../../http/router.ts'
import { mailsNamedIn } from '../../mail/bounces/address.ts'
import { readBounce } from '../../mail/bounces/read.ts'
import { type Counter, type Policy, takeAttempt } from '../identity/sign-in/attempt-level.ts'
import { networkOf } from '../identity/sign-in/attempts.ts'
import { noteUndeliverable } from './undeliverable.ts'

const longest = 2 * 1024 * 1024

/**
 * `POST /bounces`: where the mail server hands on what comes to `bounces+…@…`, as it came (`message/rfc822`), with the token of
 * LETHE_BOUNCE_TOKEN. Which mail came back tells the address, which only those know who got that mail. Answers 200 to whatever it is,
 * since nobody should send it again.
 */
export const bounceRoutes = (contextOf: ContextOf): Readonly<Record<string, Route>> => ({
  '/bounces': {
    methods: ['POST'],
    answer: async (request, exchange) => {
      const presented = bearerToken(request) ?? ''
      // Nobody signs in here: the token is no session's.
      const context = await contextOf(new Request(request.url), exchange)
      const { bounces } = context
      if (!bounces)
        return refusal(exchange, 404, 'NOT_FOUND', 'Bounces are not taken here: LETHE_BOUNCE_ADDRESS is not set.')
      const isOurs = isSame(presented, bounces.token)
      const wait = await admit(context, isOurs)
      if (wait !== undefined) {
        const message = 'Too much at once: hand it on again later.'
        return refusal(exchange, 429, 'TOO_MANY_ATTEMPTS', message, { 'retry-after': String(wait) })
      }
      if (!isOurs) {
        const challenge = { 'www-authenticate': 'Bearer' }
        const message = 'Present the token of LETHE_BOUNCE_TOKEN as a bearer token.'
        return refusal(exchange, 401, 'UNAUTHENTICATED', message, challenge)
      }
      const raw = await readBounded(request, longest)
      if (!raw) return refusal(exchange, 413, 'BAD_REQUEST', `A mail that comes back may have ${longest} bytes.`)
      return json(200, { noted: await noteBounce(context, bounces.address, raw) })
    },
  },
})

// So many at once, and one more after each period (milliseconds). Strangers fill `bounces+…@…` at will, and each is read.
const handedOn: Policy = { capacity: 600, period: 100, free: 600 }
const refused: Policy = { capacity: 30, period: 10_000, free: 30 }

/** Counts a call: all of those with the token together, others by where they come from. Seconds to wait, if it is one too many. */
async function admit(context: Context, isOurs: boolean): Promise<number | undefined> {
  const network = () => context.secrets.fingerprint('bounces from', networkOf(context.address))
  const counter: Counter = isOurs
    ? { key: 'bounces:handed-on', policy: handedOn }
    : { key: `bounces:refused:${network()}`, policy: refused }
  try {
    await takeAttempt(context.database, [counter])
    return undefined
  } catch (error) {
    if (!(error instanceof LetheError && error.code === 'TOO_MANY_ATTEMPTS')) throw error
    return Number(error.extensions['retryAfter'])
  }
}

/** How many mails it tells of that could not be delivered; 0 for what is none of ours, and for answers of other kinds. */
async function noteBounce(context: Context, address: string, raw: Uint8Array): Promise<number> {
  const [mailId, ...more] = mailsNamedIn(context.secrets, address, Buffer.from(raw).toString('latin1'))
  if (!mailId || more.length > 0) return 0
  const failures = await failuresIn(context, raw)
  const [worst] = failures.toSorted((one, other) => other.localeCompare(one))
  if (!worst) return 0
  await noteUndeliverable({ ...context, actor: { kind: 'system', id: null } }, mailId, worst)
  return 1
}

async function failuresIn({ log, requestId }: Context, raw: Uint8Array): Promise<string[]> {
  try {
    return (await readBounce(raw)).map(({ status }) => status)
  } catch {
    log.info({ requestId }, 'what came back can not be read') // Made to be unreadable, or cut off on the way.
    return []
  }
}

// Digests are of equal length, and comparing them takes the same time wherever they differ.
const isSame = (given: string, expected: string) => timingSafeEqual(digest(given), digest(expected))

const digest = (text: string) => createHash('sha256').update(text).digest()
