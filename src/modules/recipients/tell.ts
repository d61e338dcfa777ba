import type { Webhook } from '#prisma/client.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { signed } from '../deliveries/sending/message.ts'
import type { Poster } from '../deliveries/sending/post.ts'
import { rectifiedBody } from './message.ts'

/** Milliseconds. The lease has to be longer than one try may take, or two processes would send the same. */
export type TellPace = { lease: number; firstPause: number; longestPause: number }

const usualPace: TellPace = { lease: 60_000, firstPause: 5_000, longestPause: 6 * 3_600_000 }

type Claimed = { contactId: string; id: string; attempts: number; giveUpAt: Date }

/**
 * Tells the recipient that has waited the longest, by its webhook, and notes it: told, to be tried again after a pause, or given up,
 * and then for staff. A process that dies in between leaves it to the next, which sends it with the same id. Returns whether one was due.
 */
export async function tellNext(
  context: WorkContext,
  poster: Poster,
  stop: AbortSignal,
  pace: Partial<TellPace> = {},
): Promise<boolean> {
  const { database, secrets, log } = context
  const { lease, firstPause, longestPause } = { ...usualPace, ...pace }
  const [claimed] = await database.$queryRaw<Claimed[]>`
    UPDATE recipient_sending s SET attempts = s.attempts + 1, due_at = now() + ${lease} * interval '1 millisecond'
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
  const { fault } = await poster.post(
    signed(secrets, webhook, { id, body: await rectifiedBody(database, notice) }),
    stop,
  )
  if (fault === '') {
    await noteTold(context, claimed)
    return true
  }
  const pause = Math.min(firstPause * 3 ** Math.min(attempts - 1, 20), longestPause)
  log.warn({ notice: id, fault }, 'a recipient could not be told of a rectification yet')
  if (Date.now() + pause > giveUpAt.getTime()) await giveUp(context, claimed, fault)
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
