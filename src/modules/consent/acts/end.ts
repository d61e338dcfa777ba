import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Evidence } from '../../lawfulness/basis/evidence.ts'
import { refuseConsent, restrict } from '../../lawfulness/basis/record.ts'
import { lineOf } from '../../lawfulness/law/types.ts'
import { tellWithdrawn } from '../../mails/tell-withdrawn.ts'
import type { Outcome } from '../guard/answer.ts'
import { isHeld, stageOf } from './record-events.ts'

/** How it is said that consent ends, or is none. */
export type Saying = {
  at?: Date | null | undefined
  source?: string | null | undefined
  evidence?: Evidence | null | undefined
}

/**
 * Records withdrawals, or refusals, of a contact, in a unit of work. A withdrawal goes down the tree: each part whose consent it ends has
 * an outcome of its own, after those that were asked for, as far as `tells` says. What it ended is confirmed to the contact by mail
 * where somebody else said it, or may have (`mails`).
 */
export async function endConsents(
  tx: Transaction,
  work: WorkContext,
  contactId: string,
  {
    kind,
    purposes,
    saying,
    tells,
    mails = true,
  }: {
    kind: 'withdrawn' | 'refused'
    purposes: readonly string[]
    saying: Saying
    tells: (purpose: string) => boolean
    mails?: boolean
  },
): Promise<Outcome[]> {
  const part = { ...work, within: tx }
  const before = await stageOf(tx, contactId)
  const now = new Date()
  const eventIds = new Map<string, string>()
  for (const purpose of purposes) {
    const draft = { ...saying, contactId, purpose }
    const event = kind === 'withdrawn' ? await restrict(part, kind, draft) : await refuseConsent(part, draft)
    eventIds.set(purpose, event.id)
  }
  const outcomes = purposes.map((purpose): Outcome => ({ purpose, state: kind, ...eventOf(eventIds, purpose) }))
  if (kind === 'refused') return outcomes
  const after = await stageOf(tx, contactId)
  const over = [...before.purposes.keys()]
    .toSorted()
    .filter((key) => isHeld(before, key, now) && !isHeld(after, key, new Date()))
  if (mails) await tellWithdrawn(tx, work, contactId, over)
  const ended = over.filter((key) => {
    const isBelow = !purposes.includes(key) && lineOf(before.purposes, key).some((above) => purposes.includes(above))
    return isBelow && tells(key)
  })
  return [
    ...outcomes,
    ...ended.map((purpose): Outcome => {
      const above = lineOf(before.purposes, purpose).find((key) => eventIds.has(key)) ?? ''
      return { purpose, state: 'withdrawn', ...eventOf(eventIds, above) }
    }),
  ]
}

const eventOf = (eventIds: ReadonlyMap<string, string>, purpose: string) => {
  const eventId = eventIds.get(purpose)
  return eventId ? { eventId } : {}
}
