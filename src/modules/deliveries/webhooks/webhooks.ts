import { v7 as uuidv7 } from 'uuid'
import type { Webhook } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import { covers } from '../../../graphql/auth/rights.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { invalidInput, notFound } from '../../../graphql/errors.ts'
import { type Authority, authorityOf } from '../../identity/access/authority.ts'
import { changesRight } from '../feed/stream.ts'
import { signed, testBody } from '../sending/message.ts'
import { createPoster } from '../sending/post.ts'
import { checkedWebhook, type WebhookDraft } from './checks.ts'
import { newSecret, sealSecret } from './secret.ts'

/** What it takes to see and change webhooks. */
export const right = 'deliveries.webhooks'

/** A secret that was made, and what it is of. */
export type IssuedSecret = { id: string; secret: string }

/** The longest that two secrets may be good at a time, in hours. */
export const longestOverlap = 720

/**
 * Makes a webhook of a client. Throws INVALID_INPUT with every fault, NOT_FOUND for the client, FORBIDDEN unless the caller may hear
 * of all changes themselves: whoever says where they are sent could send them to themselves.
 */
export async function createWebhook(
  context: WorkContext,
  clientId: string,
  draft: WebhookDraft & { url: string; purposes: readonly string[] },
): Promise<IssuedSecret> {
  const data = { url: '', purposes: [], events: [], ...(await checkedWebhook(context, draft)) }
  const id = uuidv7()
  const secret = newSecret()
  await changing(context, 'createWebhook', async (tx, caller) => {
    mustHear(caller, data.emailHashes)
    if (!(await tx.client.findUnique({ where: { id: clientId } }))) throw notFound('Client')
    if (data.emailHashes) await requireEmailScope(tx, clientId)
    const now = new Date()
    await tx.webhook.create({
      data: { id, clientId, ...data, secret: sealSecret(context.secrets, id, secret), secretMadeAt: now },
    })
  })
  return { id, secret }
}

/** Changes a webhook. What is on its way for purposes that it loses isn't sent any more. Throws as `createWebhook`. */
export async function updateWebhook(context: WorkContext, id: string, draft: WebhookDraft): Promise<void> {
  const { enabled } = draft
  const data = await checkedWebhook(context, draft)
  const state =
    typeof enabled !== 'boolean' ? {} : enabled ? enabledNow : { disabledAt: new Date(), disabledBecause: 'staff' }
  await changing(context, 'updateWebhook', async (tx, caller) => {
    const webhook = await requireWebhook(tx, id)
    if (Object.keys(data).length > 0) mustHear(caller, data.emailHashes ?? webhook.emailHashes)
    if (data.emailHashes) await requireEmailScope(tx, webhook.clientId)
    const stays = enabled === false && webhook.disabledAt
    await tx.webhook.update({ where: { id }, data: { ...data, ...(!stays && state) } })
    if (data.purposes) {
      await tx.$executeRaw`
        UPDATE webhook_delivery d SET state = 'cancelled', finished_at = now() FROM consent_change h
        WHERE d.webhook_id = ${id}::uuid AND d.state = 'queued' AND h.contact_id = d.contact_id AND h.id = d.change_id
          AND NOT h.purpose_key = ANY(${data.purposes}::text[])`
    }
    await tx.$executeRaw`SELECT pg_notify('lethe_webhooks', '')`
  })
}

const enabledNow = { disabledAt: null, disabledBecause: '' }

/** Ends a webhook for good: nothing is sent there any more, and its secrets are forgotten. Who was told stays known. */
export async function deleteWebhook(context: WorkContext, id: string): Promise<void> {
  await changing(context, 'deleteWebhook', async (tx) => {
    const webhook = await tx.webhook.findUnique({ where: { id } })
    if (!webhook) throw notFound('Webhook')
    if (webhook.deletedAt) return
    await tx.webhook.update({
      where: { id },
      data: { deletedAt: new Date(), secret: new Uint8Array(), formerSecret: null, formerUntil: null },
    })
    await tx.$executeRaw`
      UPDATE webhook_delivery SET state = 'cancelled', finished_at = now() WHERE webhook_id = ${id}::uuid AND state = 'queued'`
    await tx.erasureNotice.updateMany({
      where: { webhookId: id, state: { in: ['queued', 'dead'] } },
      data: { state: 'cancelled', erasedId: null, finishedAt: new Date() },
    })
  })
}

/** Makes a new secret; for some hours, what is sent has the signatures of both. */
export async function rotateWebhookSecret(context: WorkContext, id: string, overlap: number): Promise<IssuedSecret> {
  if (!(overlap >= 0 && overlap <= longestOverlap)) {
    throw invalidInput([{ field: 'overlapHours', message: `Must be 0 to ${longestOverlap}.` }])
  }
  const secret = newSecret()
  await changing(context, 'rotateWebhookSecret', async (tx) => {
    const webhook = await requireWebhook(tx, id)
    const now = new Date()
    await tx.webhook.update({
      where: { id },
      data: {
        secret: sealSecret(context.secrets, id, secret),
        secretMadeAt: now,
        formerSecret: webhook.secret,
        formerUntil: new Date(now.getTime() + overlap * 3_600_000),
      },
    })
  })
  return { id, secret }
}

/** Sends a message without anybody in it, at once. Throws NOT_FOUND. */
export async function testWebhook(context: WorkContext, id: string) {
  const webhook = found(await context.database.webhook.findUnique({ where: { id } }))
  const poster = createPoster(context.webhooks)
  try {
    const target = { webhookId: id, url: webhook.url, secret: webhook.secret, formerSecret: liveFormer(webhook) }
    const message = signed(context.secrets, target, { id: uuidv7(), body: testBody(new Date()) })
    return await poster.post(message, context.signal ?? new AbortController().signal)
  } finally {
    poster.close()
  }
}

const liveFormer = ({ formerSecret, formerUntil }: Webhook) =>
  formerUntil && formerUntil > new Date() ? formerSecret : null

/** The rights of whoever changes something are read in the transaction itself. */
const changing = <T>(
  context: WorkContext,
  operation: string,
  run: (tx: Transaction, caller: Authority) => Promise<T>,
) =>
  transact(context, operation, async (tx) => {
    const caller = await authorityOf(tx, context)
    caller.mustWrite(right, operation)
    return run(tx, caller)
  })

/** Data may go elsewhere afterwards: whoever says where must be allowed to hear it, and of all contacts. */
const mustHear = (caller: Authority, withHashes: boolean | undefined) =>
  caller.mustHold(
    [changesRight, ...(withHashes ? ['contacts.email'] : [])].map((one) => ({ right: one, read: true, write: false })),
    'input',
  )

async function requireWebhook(tx: Transaction, id: string): Promise<Webhook> {
  return found(await tx.webhook.findUnique({ where: { id } }))
}

function found(webhook: Webhook | null): Webhook {
  if (!webhook || webhook.deletedAt) throw notFound('Webhook')
  return webhook
}

async function requireEmailScope(tx: Transaction, clientId: string) {
  const scopes = await tx.clientScope.findMany({ where: { clientId, read: true } })
  if (scopes.some((scope) => covers(scope.right, 'contacts.email'))) return
  const message =
    'Hashes of addresses go only to clients with the scope to read contacts.email: give it with grantScope first.'
  throw invalidInput([{ field: 'emailHashes', message, rule: 'scope_missing' }])
}
