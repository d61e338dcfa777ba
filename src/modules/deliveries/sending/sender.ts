import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import type { Notifications } from '../../../database/listen.ts'
import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { loggable } from '../../../log-error.ts'
import { startWorkerLoop, type Worker } from '../../../worker-loop.ts'
import { defaultGiveUpAfter } from './enqueue.ts'
import { type ClaimedNotice, claimNotice, noteNoticeDelivered, noteNoticeFault, tidyNotices } from './erasures.ts'
import { bodyOf, erasureBody, hashKeyOf, signed } from './message.ts'
import { createPoster, type Posting, type PostOutcome } from './post.ts'
import {
  type ClaimedDelivery,
  claimDelivery,
  dueWebhooks,
  noteDelivered,
  noteFault,
  type Pace,
  settleOrder,
  tidy,
  usualPace,
} from './queue.ts'

/** What a sender works with. */
export type SenderOptions = {
  work: Omit<WorkContext, 'requestId'>
  /** Milliseconds that what is on the wire gets at the end. */
  grace: number
  /** From PostgreSQL, so that a change is told when it is committed. Without: within half a minute. */
  notifications?: Notifications
  pace?: Partial<Pace>
  /** Milliseconds for one try. */
  patience?: number
}

const tidyEvery = 30_000
const shortestWait = 100
const mostAtOnce = 4
const noteAgainEvery = 1000

/**
 * Delivers changes to webhooks, for as long as the process runs. Any number of processes may: PostgreSQL gives each delivery to one
 * of them at a time. A slow webhook keeps only itself waiting. A delivery counts when the endpoint has answered with 2xx and that is
 * noted; when it isn't known whether it was taken, it is sent again with the same id, and marked. `close` waits for what is on the wire, at
 * most for the grace period.
 */
export function startWebhookSender({ work, grace, notifications, patience, ...options }: SenderOptions): Worker {
  const { database, log } = work
  const pace = { ...usualPace, ...options.pace }
  const giveUpAfter = work.webhooks?.giveUpAfter ?? defaultGiveUpAfter
  const poster = createPoster(work.webhooks, patience === undefined ? {} : { patience })
  const stop = new AbortController()
  const busy = new Map<string, Promise<void>>()
  let closing = false
  let settled = false

  /** Sets those webhooks going to which something is due. Returns in how many milliseconds something will be. */
  async function look(): Promise<number | undefined> {
    if (!settled) await settleOrder(database)
    settled = true
    const { ids, wait } = await dueWebhooks(database)
    for (const id of ids) {
      if (closing || busy.has(id)) continue
      const serving = serve(id)
        .catch((error: unknown) => {
          log.warn({ webhook: id, error: loggable(error) }, 'a webhook has to wait')
          return 0
        })
        .then((claimed) => {
          busy.delete(id)
          if (claimed > 0)
            loop.wake() // Something may have come due while the last was on the wire.
          else soon() // It is with somebody else.
        })
      busy.set(id, serving)
    }
    return wait
  }

  function soon() {
    if (!closing) setTimeout(loop.wake, shortestWait).unref()
  }

  /** Until nothing is due to this webhook, some at a time. Returns how many there were. */
  async function serve(webhookId: string): Promise<number> {
    let empty = false
    let claimed = 0
    const lane = async () => {
      while (!closing && !empty) {
        const delivery = await claimDelivery(database, webhookId, pace)
        const notice = delivery ? undefined : await claimNotice(database, webhookId, pace)
        if (delivery) await deliver(delivery)
        if (notice) await tellOfErasure(notice)
        // What waited for it is due.
        empty = !delivery && !notice
        if (!empty) claimed++
      }
    }
    await Promise.all(Array.from({ length: mostAtOnce }, lane))
    return claimed
  }

  async function deliver(delivery: ClaimedDelivery) {
    const { deliveryId, webhookId, id: changeId, attempts, perhapsTwice } = delivery
    const facts = { delivery: deliveryId, webhook: webhookId, change: changeId, attempts }
    if (perhapsTwice) log.info(facts, 'nobody knows whether this was taken before: perhaps it is sent twice')
    const outcome = await attempt(delivery.deliveryId, () => {
      const body = bodyOf(delivery, delivery.addresses ?? undefined, hashKeyOf(work.secrets, delivery))
      return signed(work.secrets, delivery, { id: changeId, body })
    })
    const noted = { attemptId: uuidv7(), ...outcome }
    await insistently(async () => {
      if (outcome.fault === '') await noteDelivered(database, delivery, noted)
      else {
        const state = await noteFault(database, delivery, noted, pace)
        await notDelivered(webhookId, facts, outcome, state)
      }
    })
  }

  async function tellOfErasure(notice: ClaimedNotice) {
    const { noticeId: id, webhookId, attempts } = notice
    const facts = { notice: id, webhook: webhookId, attempts }
    const outcome = await attempt(id, () => signed(work.secrets, notice, { id, body: erasureBody({ ...notice, id }) }))
    await insistently(async () => {
      if (outcome.fault === '') await noteNoticeDelivered(database, notice)
      else
        await notDelivered(
          webhookId,
          facts,
          outcome,
          await noteNoticeFault(database, notice, outcome, { ...pace, giveUpAfter }),
        )
    })
  }

  async function notDelivered(
    webhookId: string,
    facts: object,
    { fault, status, duration }: PostOutcome,
    state?: string,
  ) {
    log.warn(
      { ...facts, fault, status, duration, state },
      state === 'dead' ? 'a webhook was given up' : 'a webhook was not delivered yet',
    )
    if (status === 410) await disableGone(work, webhookId)
  }

  async function attempt(id: string, make: () => Posting): Promise<PostOutcome> {
    try {
      return await poster.post(make(), stop.signal)
    } catch (error) {
      log.error({ delivery: id, error: loggable(error) }, 'a message to a webhook could not be made')
      return { status: null, duration: 0, fault: 'UNREADABLE', perhapsTaken: false }
    }
  }

  /** Until the database is back, or we have to stop: what isn't noted is sent again. */
  async function insistently(note: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await note()
      } catch (error) {
        log.warn({ error: loggable(error) }, 'what became of a webhook can not be noted')
        if (closing) return
        await sleep(noteAgainEvery)
      }
    }
  }

  const tidying = setInterval(() => {
    Promise.all([tidy(database), tidyNotices(database, giveUpAfter)]).catch((error: unknown) =>
      log.debug({ error: loggable(error) }, 'old deliveries stay'),
    )
  }, tidyEvery).unref()
  const loop = startWorkerLoop({
    turn: look,
    failed: (error) => log.warn({ error: loggable(error) }, 'the queue of webhooks is not in reach'),
    wakes: { notifications, channel: 'lethe_webhooks' },
    shortestWait,
  })
  return {
    close: async () => {
      closing = true
      clearInterval(tidying)
      const late = setTimeout(() => stop.abort(), grace)
      await loop.close()
      await Promise.all(busy.values()).finally(() => clearTimeout(late))
      poster.close()
    },
  }
}

/** The recipient's server says that there is nothing any more, and won't be (RFC 9110, 15.5.11). */
async function disableGone(work: SenderOptions['work'], id: string) {
  await transact({ ...work, requestId: randomUUID() }, 'disableWebhook', async (tx) => {
    const webhook = await tx.webhook.findUnique({ where: { id } })
    if (!webhook || webhook.disabledAt || webhook.deletedAt) return
    await tx.webhook.update({ where: { id }, data: { disabledAt: new Date(), disabledBecause: 'gone' } })
  })
}
