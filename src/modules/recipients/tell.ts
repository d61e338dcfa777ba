import type { Webhook } from '#prisma/client.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { signed } from '../deliveries/sending/message.ts'
import type { Poster } from '../deliveries/sending/post.ts'
import { type Pace, pauseAfter, usualPace } from '../deliveries/sending/queue.ts'
import { noticeBody } from './message.ts'

type Claimed = { contactId: string; id: string; noticeId: string; webhookId: string; attempts: number; giveUpAt: Date }

/**
 * Tells the recipient that has waited the longest, at one of its endpoints, and notes it: told, to be tried again after a pause, or given
 * up. A process that dies in between leaves it to the next, which sends it with the same id. Returns whether one was due.
 */
export async function tellNext(
  context: WorkContext,
  poster: Poster,
  stop: AbortSignal,
  pace: Partial<Pace> = {},
): Promise<boolean> {
  const { database, secrets, log } = context
  const paces = { ...usualPace, ...pace }
  const [claimed] = await database.$queryRaw<Claimed[]>`
    UPDATE recipient_sending s SET attempts = s.attempts + 1, due_at = now() + ${paces.lease} * interval '1 millisecond'
    FROM (SELECT contact_id, id FROM recipient_sending WHERE due_at <= now() AND done_at IS NULL
      ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED) due
    WHERE s.contact_id = due.contact_id AND s.id = due.id
    RETURNING s.contact_id AS "contactId", s.id, s.notice_id AS "noticeId", s.webhook_id AS "webhookId", s.attempts,
      s.give_up_at AS "giveUpAt"`
  if (!claimed) return false
  const { contactId, id, noticeId, attempts, giveUpAt } = claimed
  const notice = await database.recipientNotice.findUnique({ where: { contactId_id: { contactId, id: noticeId } } })
  if (notice?.state !== 'open') {
    await database.recipientSending.deleteMany({ where: { contactId, noticeId } })
    return true
  }
  const webhook = await webhookOf(context, claimed.webhookId)
  if (!webhook) {
    await finish(context, claimed, noWebhook)
    return true
  }
  const body = await noticeBody(database, notice)
  const { fault, status, retryAfter } = await poster.post(signed(secrets, webhook, { id: noticeId, body }), stop)
  if (fault === '') {
    await finish(context, claimed, '')
    return true
  }
  const pause = pauseAfter(attempts, paces, retryAfter)
  log.warn({ notice: noticeId, webhook: webhook.webhookId, fault }, 'a recipient could not be told yet')
  // Gone for good, or not in time: somebody has to tell them otherwise.
  if (status === 410 || Date.now() + pause > giveUpAt.getTime()) await finish(context, claimed, fault)
  else {
    await database.$executeRaw`
      UPDATE recipient_sending SET due_at = now() + ${pause} * interval '1 millisecond'
      WHERE contact_id = ${contactId}::uuid AND id = ${id}::uuid AND attempts = ${attempts}`
  }
  return true
}

const noWebhook = 'NO_WEBHOOK'

/** An endpoint that is open. */
async function webhookOf({ database }: WorkContext, id: string) {
  const webhook = await database.webhook.findFirst({
    where: { id, deletedAt: null, disabledAt: null, client: { disabledAt: null } },
  })
  return webhook && targetOf(webhook)
}

const targetOf = ({ id: webhookId, url, secret, formerSecret, formerUntil }: Webhook) => ({
  ...{ webhookId, url, secret },
  formerSecret: formerUntil && formerUntil > new Date() ? formerSecret : null,
})

/**
 * Notes how it ended at one endpoint. Once it has at all of them, the recipient is told if each that is still there took it; otherwise it
 * is left to staff.
 */
const finish = (context: WorkContext, { contactId, id, noticeId }: Claimed, fault: string) =>
  transact(context, 'tellRecipient', async (tx) => {
    // Of two that end at once, one is the last.
    await tx.$queryRaw`SELECT FROM recipient_notice WHERE contact_id = ${contactId}::uuid AND id = ${noticeId}::uuid FOR UPDATE`
    await tx.recipientSending.updateMany({ where: { contactId, id }, data: { doneAt: new Date(), fault } })
    const sendings = await tx.recipientSending.findMany({ where: { contactId, noticeId } })
    if (sendings.some(({ doneAt }) => doneAt === null)) return
    await tx.recipientSending.deleteMany({ where: { contactId, noticeId } })
    const faults = sendings.map((one) => one.fault)
    const failed = faults.find((one) => one !== '' && one !== noWebhook) ?? (faults.includes('') ? '' : noWebhook)
    // Staff may have told them meanwhile, and the contact may be erased.
    await tx.recipientNotice.updateMany({
      where: { contactId, id: noticeId, state: 'open' },
      data: failed ? { fault: failed } : { state: 'told', how: 'webhook', toldAt: new Date(), fault: '' },
    })
  })
