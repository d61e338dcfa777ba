import { randomUUID } from 'node:crypto'
import { Prisma } from '#prisma/client.ts'
import type { Notifications } from '../../database/listen.ts'
import type { Queue } from '../../database/queues.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { loggable } from '../../log-error.ts'
import { startWorkerLoop, type Worker } from '../../worker-loop.ts'
import { textIn, textsIn } from '../lawfulness/texts.ts'
import { createLink, linkUrl } from '../mails/links.ts'
import { mailWithdrawalLink } from '../mails/mails.ts'
import { isHeld, stageOf } from './acts/record-events.ts'
import { consentSettings } from './consent-settings.ts'
import { contactsWith } from './requests/person.ts'
import { withParts } from './requests/purposes.ts'
import { takeWish, type Wish } from './requests/wishes.ts'

type Work = Omit<WorkContext, 'requestId'>

const retryAfter = 5 * 60_000
/** Whoever has more contacts with one address asks again when these are done. */
const mostLinks = 5

/**
 * Mails the link to withdraw to those who are known by the addresses that were typed, for as long as the process runs; any number of
 * processes may. `close` waits for what runs.
 */
export function startWishWorker(work: Work, { notifications }: { notifications?: Notifications } = {}): Worker {
  return startWorkerLoop({
    turn: async (stop) => {
      await grantWishes(work, stop)
      return nextDue(work)
    },
    failed: (error) => work.log.warn({ error: loggable(error) }, 'links to withdraw consent have to wait'),
    wakes: { notifications, channel: 'lethe_wishes' },
    shortestWait: 200,
  })
}

/** Grants what is due, one after the other. */
export async function grantWishes(work: Work, stop?: AbortSignal): Promise<void> {
  while (
    !stop?.aborted &&
    (await grantOne({ ...work, actor: { kind: 'contact', id: null }, requestId: randomUUID() }))
  );
}

/** False where nothing is due. One that fails is put back, and keeps nobody else waiting. */
async function grantOne(context: WorkContext): Promise<boolean> {
  let id: string | undefined
  try {
    return await transact(context, 'withdrawConsent', async (tx) => {
      const taken = await takeWish(tx, context)
      id = taken?.id
      if (taken?.wish) await grant(tx, { ...context, publicUrl: taken.wish.publicUrl }, taken.wish)
      return taken !== undefined
    })
  } catch (error) {
    if (!id) throw error
    context.log.warn({ wish: id, error: loggable(error) }, 'a link to withdraw consent has to wait')
    const dueAt = new Date(Date.now() + retryAfter)
    await context.database.consentWish.updateMany({ where: { id }, data: { dueAt } })
    return true
  }
}

/**
 * Of several contacts with the address each that consented gets a link; whoever did not gets one, too, which says so. A link is about
 * the purposes and those of their parts that the contact consented to, as a withdrawal is.
 */
async function grant(tx: Transaction, context: WorkContext, { email, purposes, language }: Wish) {
  const known = await contactsWith(tx, email)
  const all = await withParts(tx, purposes)
  const now = new Date()
  const holding = new Map<string, string[]>()
  for (const id of known) {
    if (holding.size === mostLinks) break
    const stage = await stageOf(tx, id)
    const held = all.filter((purpose) => isHeld(stage, purpose, now))
    if (held.length > 0) holding.set(id, held)
  }
  const rows = await tx.purpose.findMany({ where: { key: { in: purposes } } })
  const names = purposes.map((key) => textIn(textsIn(rows.find((row) => row.key === key)?.names), language) || key)
  const expiresAt = new Date(Date.now() + consentSettings(context).timeToConfirm)
  for (const contactId of holding.size > 0 ? holding.keys() : known.slice(0, 1)) {
    const parts = holding.get(contactId) ?? []
    const token = await createLink(tx, {
      kind: 'withdraw',
      contactId,
      purposes: [...new Set([...purposes, ...parts])],
      expiresAt,
    })
    const link = { url: linkUrl(context, '/unsubscribe', token, language), expiresAt }
    await mailWithdrawalLink(tx, context, { to: email, language }, { contactId, purposes: names, link })
  }
}

async function nextDue({ database }: Work): Promise<number | undefined> {
  const next = await database.consentWish.findFirst({ orderBy: { dueAt: 'asc' }, select: { dueAt: true } })
  return next ? next.dueAt.getTime() - Date.now() : undefined
}

/** Links to withdraw consent that are not mailed yet. */
export const wishes: Queue = {
  name: 'withdrawal_links',
  waiting: Prisma.sql`SELECT due_at AS since FROM consent_wish WHERE due_at <= now()`,
}
