import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { personHashOf } from './requests.ts'

const content = z.object({
  email: z.string(),
  purposes: z.array(z.string()),
  language: z.enum(['de', 'en']),
  /** Where people reach the process that took it. */
  publicUrl: z.string(),
})

/** That somebody typed an address to withdraw consent. */
export type Wish = z.infer<typeof content>

/** A worker takes it up so many milliseconds after the call, at least, so that the answer has long been given; */
const soonest = 300
/** and so many at most. */
const latest = 1500
/** How long it may take until a worker is there. */
const lifetime = 24 * 3_600_000

/** Keeps a wish, in the transaction of the call: whoever was answered gets their mail, whatever becomes of this process. */
export async function storeWish(tx: Transaction, { secrets }: WorkContext, wish: Wish): Promise<void> {
  const [id, now] = [uuidv7(), Date.now()]
  await tx.consentWish.create({
    data: {
      id,
      personHash: personHashOf(secrets, wish.email),
      content: secrets.seal(placeOf(id), JSON.stringify(wish)),
      dueAt: new Date(now + soonest + Math.random() * (latest - soonest)),
      expiresAt: new Date(now + lifetime),
    },
  })
}

/** Takes a wish up that is due, for the caller's transaction alone: gone with that, or there again. One that does not open is dropped. */
export async function takeWish(
  tx: Transaction,
  means: Pick<WorkContext, 'secrets' | 'log'>,
): Promise<{ id: string; wish: Wish | undefined } | undefined> {
  const [row] = await tx.$queryRaw<{ id: string; content: Uint8Array }[]>`
    DELETE FROM consent_wish WHERE id = (
      SELECT id FROM consent_wish WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, content`
  return row && { id: row.id, wish: opened(means, row.id, row.content) }
}

/** What was wished with an address and waits for its mail. */
export async function wishesOf(
  tx: Pick<Transaction, 'consentWish'>,
  means: Pick<WorkContext, 'secrets' | 'log'>,
  email: string,
): Promise<{ id: string; expiresAt: Date; wish: Wish }[]> {
  const where = { personHash: personHashOf(means.secrets, email), expiresAt: { gt: new Date() } }
  const rows = await tx.consentWish.findMany({ where, orderBy: { id: 'asc' } })
  return rows.flatMap(({ id, expiresAt, content: sealed }) => {
    const wish = opened(means, id, sealed)
    return wish ? [{ id, expiresAt, wish }] : []
  })
}

function opened({ secrets, log }: Pick<WorkContext, 'secrets' | 'log'>, id: string, sealed: Uint8Array) {
  try {
    return content.parse(JSON.parse(secrets.open(placeOf(id), sealed)))
  } catch {
    log.warn({ wish: id }, 'a wish to withdraw does not open: LETHE_SECRET was changed since')
    return undefined
  }
}

const placeOf = (id: string) => `consent_wish.content ${id}`
