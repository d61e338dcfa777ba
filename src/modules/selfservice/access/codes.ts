import { randomInt, timingSafeEqual } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import { Prisma } from '#prisma/client.ts'
import { afterwards } from '../../../afterwards.ts'
import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { cookie } from '../../../http/credentials.ts'
import { writeEntries } from '../../audit/write.ts'
import { type Counter, takeAttempt } from '../../identity/sign-in/attempt-level.ts'
import { isFamiliar, networkOf, rememberPlace } from '../../identity/sign-in/attempts.ts'
import { hashToken, isToken, newToken } from '../../identity/sign-in/sessions.ts'
import { presentContact } from '../../mails/survivor.ts'
import { mailCode, mailSharedAddress } from '../mails.ts'
import { asContact, startVisit } from './sessions.ts'

const minute = 60_000
/** How long a code is good for, in milliseconds. */
export const codeLifetime: number = 10 * minute
/** How often somebody may be wrong about one. */
const mostTries = 5
const digits = 8
/** Milliseconds. */
const pause = [50, 500] as const

// Nobody's mailbox is flooded, nobody asks on behalf of everybody, and nobody guesses: in any day at most 54 codes are made for
// an address, of which each can be tried five times, of a hundred million.
const policies = {
  person: { capacity: 6, period: 30 * minute, free: 6 },
  place: { capacity: 3, period: 30 * minute, free: 3 },
  network: { capacity: 20, period: 3 * minute, free: 20 },
  asking: { capacity: 200, period: 1000, free: 200 },
  guessing: { capacity: 60, period: minute, free: 60 },
} as const

const name = '__Host-lethe-my-code'
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'

/** The value of `set-cookie` that ends the asking in the browser. */
export const noCodeCookie: string = `${name}=; ${attributes}; Max-Age=0`

/** Whether this browser asked for a code. */
export const hasAsked = (request: Request): boolean => isToken(cookie(request, name) ?? '')

/**
 * Mails a code to an address, if it is one contact's. Whoever asks can't tell, neither by the answer nor by its time: what is
 * done before it is the same for every address, and never looks for a contact. Returns the value of `set-cookie` that the code
 * will be bound to. Throws UNAVAILABLE where no mail can be sent, TOO_MANY_ATTEMPTS for who asks all the time; that an address gets no
 * more mails since others asked for it, too, nobody is told.
 */
export async function askForCode(context: Context, address: string): Promise<string> {
  if (!context.mail) throw new LetheError('UNAVAILABLE', 'No mails are sent from here.')
  const network = networkOf(context.address)
  const email = address.trim().toLowerCase()
  await takeAttempt(context.database, [
    counter(context, 'place', `${email} ${network}`),
    counter(context, 'network', network),
    counter(context, 'asking', ''),
  ])
  const browser = newToken()
  // Others who ask for an address all the time keep nobody out who came from here before.
  const isWithin =
    (await isFamiliar(context, accountOf(addressHashOf(context, email)))) ||
    (await within(context, counter(context, 'person', email)))
  const browserHash = hashToken(browser)
  const id = await begin(context, browserHash)
  if (isWithin) later(context, (lasting) => makeCode(asNobody(lasting), { id, browserHash, email }))
  return `${name}=${browser}; ${attributes}; Max-Age=${codeLifetime / 1000}`
}

/** What is there for every address alike, before the answer: a code that nobody knows, and that lets nobody in. */
async function begin(context: Context, browserHash: string): Promise<string> {
  const { secrets } = context
  const id = uuidv7()
  const codeHash = hashOf(context, { id, browserHash, code: newToken() })
  const expiresAt = new Date(Date.now() + codeLifetime)
  await transact(asNobody(context), 'askForSelfServiceCode', async (tx) => {
    const owner = secrets.seal(placeOf(id), nobody)
    await tx.selfServiceCode.create({ data: { id, browserHash, codeHash, expiresAt, owner } })
  })
  return id
}

/** Beyond its limit an address gets no more mails, silently. */
async function within(context: Context, limit: Counter) {
  try {
    await takeAttempt(context.database, [limit])
    return true
  } catch (error) {
    if (error instanceof LetheError && error.code === 'TOO_MANY_ATTEMPTS') return false
    throw error
  }
}

/**
 * Does something after the answer, at a moment that nobody can foresee: what it takes must not show in the time of whichever answer
 * the same browser asks for next.
 */
function later({ signal: _ended, ...lasting }: Context, work: (context: Omit<Context, 'signal'>) => Promise<void>) {
  afterwards(lasting, async () => {
    await setTimeout(randomInt(...pause))
    await work(lasting)
  })
}

/** Mails a code, if the address is one contact's; if it is nobody's, does the same but for the mail. */
async function makeCode(
  context: Omit<Context, 'signal'>,
  { id, browserHash, email }: { id: string; browserHash: string; email: string },
) {
  await transact(context, 'askForSelfServiceCode', async (tx) => {
    const owners = await ownersOf(tx, email)
    const [owner] = owners
    if (owner && owners.length > 1) return mailSharedAddress(tx, context, owner)
    const code = String(randomInt(10 ** digits)).padStart(digits, '0')
    const row = await tx.selfServiceCode.update({
      where: { id },
      data: {
        codeHash: hashOf(context, { id, browserHash, code }),
        owner: context.secrets.seal(placeOf(id), owner ? ownerText(context, owner.contactId, email) : nobody),
      },
    })
    if (owner) await mailCode(tx, context, owner, { code, expiresAt: row.expiresAt })
  })
}

/** An address, as it is written with the contact whose it is. */
export type AddressOwner = { contactId: string; address: string; language: string }

/** Who has this address. More than two are as good as two. */
async function ownersOf(tx: { $queryRaw: <T>(query: Prisma.Sql) => Promise<T> }, email: string) {
  return tx.$queryRaw<AddressOwner[]>(Prisma.sql`
    SELECT DISTINCT ON (c.contact_id) c.contact_id AS "contactId", p.value AS address, c.language
    FROM contact_point p JOIN contact c ON c.contact_id = p.contact_id
    WHERE p.kind = 'email' AND lower(p.value) = ${email} AND c.merged_into_id IS NULL
    ORDER BY c.contact_id LIMIT 2`)
}

type Row = { id: string; codeHash: string; owner: Uint8Array; tries: number }

/**
 * Begins a visit for whoever has the code that this browser asked for; returns the cookie of the session. Throws
 * SIGN_IN_FAILED, with `exhausted` when the code is worth nothing any more; TOO_MANY_ATTEMPTS for who guesses all the time.
 */
export async function enterCode(context: Context, request: Request, code: string): Promise<string> {
  const { database, secrets } = context
  const browser = cookie(request, name) ?? ''
  await takeAttempt(database, [counter(context, 'guessing', networkOf(context.address))])
  const browserHash = hashToken(browser)
  // Counted before it is looked at, also of guesses that come at once.
  const [row] = await database.$queryRaw<Row[]>`
    UPDATE self_service_code SET tries = tries + 1
    WHERE browser_hash = ${browserHash} AND expires_at > now() AND tries < ${mostTries}
    RETURNING id, code_hash AS "codeHash", owner, tries`
  if (!row) throw wrong(true)
  const [contactId = nobodysId, addressHash = ''] = secrets.open(placeOf(row.id), row.owner).split(' ')
  const given = code.replaceAll(/\s/g, '')
  const isRight = isSame(row.codeHash, hashOf(context, { id: row.id, browserHash, code: given }))
  if (!isRight || contactId === nobodysId) {
    const exhausted = row.tries >= mostTries
    if (exhausted) later(context, (lasting) => logRefusal(lasting, contactId))
    throw wrong(exhausted)
  }
  const owner = await presentContact(database, contactId)
  if (!owner) throw wrong(true)
  const session = await transact(asContact(context, owner.id), 'openSelfService', async (tx) => {
    const { count } = await tx.selfServiceCode.deleteMany({ where: { id: row.id } })
    const contact = await tx.contact.findUnique({ where: { id: owner.id } })
    if (count === 0 || !contact || contact.mergedIntoId) throw wrong(true)
    // Whoever reads its mails is the contact only as long as it is theirs.
    const emails = await tx.contactPoint.findMany({ where: { contactId: contact.id, kind: 'email' } })
    if (!emails.some(({ value }) => addressHashOf(context, value) === addressHash)) throw wrong(true)
    return startVisit(tx, context, contact.id, 'code')
  })
  await rememberPlace(context, accountOf(addressHash))
  return session
}

/** Somebody who wasn't the contact, or couldn't read, tried to come in. */
async function logRefusal(context: Omit<Context, 'signal'>, contactId: string) {
  if (contactId === nobodysId) return
  const nobody = asNobody(context)
  await transact(nobody, 'openSelfService', (tx) =>
    writeEntries(tx, nobody, [
      {
        ...{ contactId, action: 'refused', operation: 'openSelfService' },
        ...{ entity: 'Contact', entityId: contactId, changes: { id: {} } },
      },
    ]),
  )
}

/** In the log it is nobody who asks: whoever is signed in as staff need not be who asks here. */
const asNobody = (context: Omit<Context, 'signal'>): Omit<Context, 'signal'> => ({
  ...context,
  actor: { kind: 'anonymous', id: null },
})

const addressHashOf = ({ secrets }: Pick<Context, 'secrets'>, address: string) =>
  secrets.fingerprint('self-service address', address.trim().toLowerCase())

const accountOf = (addressHash: string) => `self-service ${addressHash}`

const ownerText = (context: Pick<Context, 'secrets'>, contactId: string, email: string) =>
  `${contactId} ${addressHashOf(context, email)}`

// As long as any other.
const nobodysId = '00000000-0000-0000-0000-000000000000'
const nobody = `${nobodysId} ${'0'.repeat(64)}`

const placeOf = (id: string) => `self_service_code.owner ${id}`

const hashOf = (
  { secrets }: Pick<Context, 'secrets'>,
  { id, browserHash, code }: { id: string; browserHash: string; code: string },
) => secrets.fingerprint('self-service code', `${id} ${browserHash} ${code}`)

const isSame = (one: string, other: string) => timingSafeEqual(Buffer.from(one), Buffer.from(other))

const wrong = (exhausted: boolean) =>
  new LetheError('SIGN_IN_FAILED', 'This code is not right, or too old.', { exhausted })

const counter = ({ secrets }: Context, kind: keyof typeof policies, subject: string): Counter => ({
  key: `self-service-${kind}:${secrets.fingerprint('attempts', `self-service ${kind} ${subject}`)}`,
  policy: policies[kind],
})
