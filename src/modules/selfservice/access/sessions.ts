import { timingSafeEqual } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Contact } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { cookie } from '../../../http/credentials.ts'
import { newContactToken, readContactToken } from '../../mails/contact-token.ts'
import { presentContact } from '../../mails/survivor.ts'

/** How a contact came. With a link that was handed over, it may be whoever handed it over. */
export type Method = 'link' | 'handed_over' | 'code'

/** A contact on the page about themself. */
export type Visit = {
  contact: Contact
  sessionId: string
  method: Method
  /** What the forms of this session carry, and those of no other. */
  formToken: string
  /** The value of `set-cookie` that keeps the session from being idle. */
  cookie: string
  /** For whatever the contact does. */
  context: WorkContext
}

const minute = 60_000
/** How long a session lasts without anything being asked, in milliseconds. */
export const idleFor: number = 30 * minute
/** How long it lasts at most. */
export const longestVisit: number = 4 * 60 * minute

const name = '__Host-lethe-my'
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'

/** The value of `set-cookie` that ends a session in the browser. */
export const noSessionCookie: string = `${name}=; ${attributes}; Max-Age=0`

/** Who acts is the contact, with no rights of anybody's: what they may do is what the functions for them do. */
export function asContact(context: Context, contactId: string): WorkContext {
  const { rights: _rights, partner: _partner, cause: _cause, ...rest } = context
  return { ...rest, actor: { kind: 'contact', id: contactId } }
}

/** Begins a session. Returns the value of `set-cookie`. */
export async function startVisit(
  tx: Transaction,
  { secrets }: Pick<WorkContext, 'secrets'>,
  contactId: string,
  method: Method,
): Promise<string> {
  const now = Date.now()
  const { token, tokenHash } = newContactToken(contactId)
  await tx.selfServiceSession.create({
    data: {
      ...{ contactId, id: uuidv7(), tokenHash, method },
      startedAt: new Date(now),
      expiresAt: new Date(now + longestVisit),
    },
  })
  return sessionCookie(secrets, token)
}

/** The visit that a request is part of; of a contact who was merged since, to the one that is left. `gone`: they were erased. */
export async function visitOf(context: Context, request: Request): Promise<Visit | 'gone' | undefined> {
  const token = tokenIn(context, request)
  const place = token && readContactToken(token)
  if (!token || !place) return undefined
  const { database, secrets } = context
  const contact = await presentContact(database, place.contactId)
  if (!contact) return 'gone'
  const { tokenHash } = place
  const session = await database.selfServiceSession.findFirst({ where: { contactId: contact.id, tokenHash } })
  if (!session || session.endedAt || session.expiresAt <= new Date() || !isMethod(session.method)) return undefined
  return {
    contact,
    sessionId: session.id,
    method: session.method,
    formToken: secrets.fingerprint('self-service form', token),
    cookie: sessionCookie(secrets, token),
    context: asContact(context, contact.id),
  }
}

/** Ends a session for good. */
export async function endVisit({ context, contact, sessionId }: Visit): Promise<void> {
  await transact(context, 'endSelfService', (tx) =>
    tx.selfServiceSession.updateMany({
      where: { contactId: contact.id, id: sessionId, endedAt: null },
      data: { endedAt: new Date() },
    }),
  )
}

/** Ends the sessions that a contact has. */
export const endVisitsOf = (tx: Transaction, contactId: string): Promise<unknown> =>
  tx.selfServiceSession.updateMany({
    where: { contactId, endedAt: null, expiresAt: { gt: new Date() } },
    data: { endedAt: new Date() },
  })

/** Whether a form came from a page of this session. */
export const isFormOf = ({ formToken }: Visit, given: string): boolean => isSame(formToken, given)

// The cookie says when it was given, under a signature: so a session that is idle ends without a write for each request.
function sessionCookie(secrets: WorkContext['secrets'], token: string) {
  const at = Date.now().toString(36)
  return `${name}=${token}.${at}.${signatureOf(secrets, token, at)}; ${attributes}`
}

function tokenIn({ secrets }: Context, request: Request) {
  const [token = '', at = '', signature = ''] = (cookie(request, name) ?? '').split('.')
  if (!isSame(signatureOf(secrets, token, at), signature)) return undefined
  const age = Date.now() - Number.parseInt(at, 36)
  return age < idleFor ? token : undefined
}

const signatureOf = (secrets: WorkContext['secrets'], token: string, at: string) =>
  secrets.fingerprint('self-service session', `${token} ${at}`)

const isSame = (one: string, other: string) =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))

const isMethod = (text: string): text is Method => text === 'link' || text === 'handed_over' || text === 'code'
