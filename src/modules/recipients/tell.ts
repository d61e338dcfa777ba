import type { Webhook } from '#prisma/client.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { signed } from '../deliveries/sending/message.ts'
import type { Poster } from '../deliveries/sending/post.ts'
import { type Pace, pauseAfter, usualPace } from '../deliveries/sending/queue.ts'
import { rectifiedBody } from './message.ts'

type Claimed = { contactId: string; id: string; attempts: number; giveUpAt: Date }

/**
 * Tells the recipient that has waited the longest, by its webhook, and notes it: told, to be tried again after a pause, or given up,
 * and then for staff. A process that dies in between leaves it to the next, which sends it with the same id. Returns whether one was due.
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
    FROM (SELECT contact_id, id FROM recipient_sending WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED) due
    WHERE s.contact_id = due.contact_id AND s.id = due.id
    RETURNING s.contact_id AS "contactId", s.id, s.attempts, s.give_up_at AS "giveUpAt"`
  if (!claimed) return false
  const { contactId, id, attempts, giveUpAt } = claimed
  const notice = await database.recipientNotice.findUnique({ where: { contactId_id: { contactId, id } } })
  if (notice?.state !== 'open') {
    await database.recipientSending.deleteMany({ where: { contactId, id } })
    return true
  }
  const webhook = notice.clientId ? await webhookOf(context, notice.clientId) : undefined
  if (!webhook) {
    await giveUp(context, claimed, 'NO_WEBHOOK')
    return true
  }
  const body = await rectifiedBody(database, notice)
  const { fault, status, retryAfter } = await poster.post(signed(secrets, webhook, { id, body }), stop)
  if (fault === '') {
    await noteTold(context, claimed)
    return true
  }
  const pause = pauseAfter(attempts, paces, retryAfter)
  log.warn({ notice: id, fault }, 'a recipient could not be told of a rectification yet')
  // Gone for good, or not in time: somebody has to tell them otherwise.
  if (status === 410 || Date.now() + pause > giveUpAt.getTime()) await giveUp(context, claimed, fault)
  else {
    await database.$executeRaw`
      UPDATE recipient_sending SET due_at = now() + ${pause} * interval '1 millisecond'
      WHERE contact_id = ${contactId}::uuid AND id = ${id}::uuid AND attempts = ${attempts}`
  }
  return true
}

/** The first endpoint of a client that is open. */
async function webhookOf({ database }: WorkContext, clientId: string) {
  const webhook = await database.webhook.findFirst({
    where: { clientId, deletedAt: null, disabledAt: null, client: { disabledAt: null } },
    orderBy: { id: 'asc' },
  })
  return webhook && targetOf(webhook)
}

const targetOf = ({ id: webhookId, url, secret, formerSecret, formerUntil }: Webhook) => ({
  ...{ webhookId, url, secret },
  formerSecret: formerUntil && formerUntil > new Date() ? formerSecret : null,
})

const noteTold = (context: WorkContext, { contactId, id }: Claimed) =>
  transact(context, 'tellRecipient', async (tx) => {
    await tx.recipientSending.deleteMany({ where: { contactId, id } })
    // Staff may have told them meanwhile, and the contact may be erased.
    await tx.recipientNotice.updateMany({
      where: { contactId, id, state: 'open' },
      data: { state: 'told', how: 'webhook', toldAt: new Date(), fault: '' },
    })
  })

/** Leaves it to staff. */
const giveUp = (context: WorkContext, { contactId, id }: Claimed, fault: string) =>
  transact(context, 'tellRecipient', async (tx) => {
    await tx.recipientSending.deleteMany({ where: { contactId, id } })
    await tx.recipientNotice.updateMany({ where: { contactId, id, state: 'open' }, data: { fault } })
  })
