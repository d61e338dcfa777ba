import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { ConsentRequest } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import { actorKinds, type WorkContext } from '../../../graphql/context.ts'
import type { Secrets } from '../../../secrets.ts'
import type { FieldDraft } from '../../fields/given.ts'
import { hashToken, isToken } from '../../identity/sign-in/sessions.ts'
import { voidLinks } from '../../mails/links.ts'
import { consentSettings } from '../consent-settings.ts'

const given = z.object({
  text: z.string().nullish(),
  integer: z.number().nullish(),
  decimal: z.string().nullish(),
  money: z.object({ amount: z.string(), currency: z.string() }).nullish(),
  boolean: z.boolean().nullish(),
  date: z.coerce.date().nullish(),
  dateTime: z.coerce.date().nullish(),
  choices: z.array(z.string()).nullish(),
  file: z.object({ name: z.string(), mediaType: z.string().nullish(), content: z.string() }).nullish(),
})

const content = z.object({
  /** Who asked, for the log. */
  actor: z.object({ kind: z.enum(actorKinds), id: z.string().nullable() }),
  /** The partner by the name that its administrator gave it; empty: staff of this organisation. */
  site: z.string(),
  page: z.string().optional(),
  /** Where the browser called from, shortened. */
  network: z.string().optional(),
  email: z.string(),
  /** Whom staff meant. */
  contactId: z.string().optional(),
  language: z.enum(['de', 'en']),
  givenName: z.string().optional(),
  familyName: z.string().optional(),
  fields: z.array(z.object({ key: z.string(), value: given.nullable() })),
  choices: z.array(z.object({ purpose: z.string(), noticeId: z.string().nullable() })),
})

/** What was said in a request. */
export type RequestContent = z.infer<typeof content>

/** A request that is open, with what was said in it. */
export type OpenRequest = Omit<ConsentRequest, 'content'> & { content: RequestContent }

/** What finds the requests of the same person. */
export const personHashOf = (secrets: Secrets, email: string): string =>
  secrets.fingerprint('consent person', email.toLowerCase())

/** Keeps a request until it is confirmed. */
export async function storeRequest(
  tx: Transaction,
  context: WorkContext,
  said: RequestContent,
  { clientId, token }: { clientId: string | null; token: string | undefined },
): Promise<OpenRequest> {
  const { secrets } = context
  const [id, createdAt] = [uuidv7(), new Date()]
  const row = {
    ...{ id, clientId, createdAt, expiresAt: new Date(createdAt.getTime() + consentSettings(context).timeToConfirm) },
    personHash: personHashOf(secrets, said.email),
    tokenHash: token ? hashToken(token) : null,
  }
  await tx.consentRequest.create({ data: { ...row, content: secrets.seal(placeOf(id), JSON.stringify(said)) } })
  return { ...row, content: said }
}

/** The request with this id or handle, unless it has expired, or was sealed with another secret than now. */
export async function findRequest(
  tx: Pick<Transaction, 'consentRequest'>,
  context: Opener,
  by: { id: string } | { token: string },
): Promise<OpenRequest | undefined> {
  if ('token' in by && !isToken(by.token)) return undefined
  const where = 'id' in by ? { id: by.id } : { tokenHash: hashToken(by.token) }
  const row = await tx.consentRequest.findUnique({ where })
  return row && row.expiresAt > new Date() ? opened(context, row) : undefined
}

/** What was asked with an address and waits to be confirmed. */
export async function requestsOf(
  tx: Pick<Transaction, 'consentRequest'>,
  context: Opener,
  email: string,
): Promise<OpenRequest[]> {
  const where = { personHash: personHashOf(context.secrets, email), expiresAt: { gt: new Date() } }
  const rows = await tx.consentRequest.findMany({ where, orderBy: { id: 'asc' } })
  return rows.flatMap((row) => opened(context, row) ?? [])
}

/** Takes some purposes out of a request: the person said no meanwhile. With the last one it goes, and its links with it. */
export async function dropFrom(
  tx: Transaction,
  { secrets }: Pick<WorkContext, 'secrets'>,
  { id, content: said }: OpenRequest,
  purposes: readonly string[],
): Promise<void> {
  const choices = said.choices.filter(({ purpose }) => !purposes.includes(purpose))
  if (choices.length === said.choices.length) return
  if (choices.length === 0) return closeRequest(tx, id)
  const sealed = secrets.seal(placeOf(id), JSON.stringify({ ...said, choices }))
  await tx.consentRequest.update({ where: { id }, data: { content: sealed } })
}

/** The same for all that a person has asked and not confirmed. */
export async function dropFromAll(
  tx: Transaction,
  context: Opener,
  emails: readonly string[],
  purposes: readonly string[],
): Promise<void> {
  const hashes = emails.map((email) => personHashOf(context.secrets, email))
  for (const row of await tx.consentRequest.findMany({ where: { personHash: { in: hashes } } })) {
    const request = opened(context, row)
    if (request) await dropFrom(tx, context, request, purposes)
  }
}

/**
 * Forgets everything that was said at these addresses and waits, and makes its links worth nothing; the mails that would bring these
 * aren't sent. Returns how much it was.
 */
export async function forgetPersons(tx: Transaction, secrets: Secrets, emails: readonly string[]): Promise<number> {
  const where = { personHash: { in: [...new Set(emails.map((email) => personHashOf(secrets, email)))] } }
  const requests = await tx.consentRequest.findMany({ where, select: { id: true } })
  const requestId = { in: requests.map(({ id }) => id) }
  if (requests.length > 0) {
    await tx.requestLink.deleteMany({ where: { requestId } })
    const waiting = { requestId, state: { in: ['queued', 'sending'] } }
    await tx.outgoingMail.updateMany({ where: waiting, data: { state: 'cancelled', fault: 'erased' } })
    await tx.outgoingMail.updateMany({ where: { requestId }, data: { message: null } })
    await tx.consentRequest.deleteMany({ where })
  }
  return requests.length + (await tx.consentWish.deleteMany({ where })).count
}

/** Replaces what was said of the person's own fields, for as long as it waits. */
export async function replaceFields(
  tx: Transaction,
  { secrets }: Pick<WorkContext, 'secrets'>,
  { id, content: said }: OpenRequest,
  fields: readonly FieldDraft[],
): Promise<void> {
  const kept = said.fields.filter(({ key }) => !fields.some((field) => field.key === key))
  const sealed = secrets.seal(placeOf(id), JSON.stringify({ ...said, fields: [...kept, ...fields] }))
  await tx.consentRequest.update({ where: { id }, data: { content: sealed } })
}

/** Forgets a request, and makes its links worth nothing. */
export async function closeRequest(tx: Transaction, id: string): Promise<void> {
  await tx.consentRequest.delete({ where: { id } })
  await voidLinks(tx, { requestId: id })
}

type Opener = Pick<WorkContext, 'secrets' | 'log'>

function opened({ secrets, log }: Opener, row: ConsentRequest): OpenRequest | undefined {
  let text: string
  try {
    text = secrets.open(placeOf(row.id), row.content)
  } catch {
    log.warn({ consentRequest: row.id }, 'a request for consent does not open: LETHE_SECRET was changed since')
    return undefined
  }
  return { ...row, content: content.parse(JSON.parse(text)) }
}

const placeOf = (id: string) => `consent_request.content ${id}`
