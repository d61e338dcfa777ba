import type { LegalGround } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import type { Transaction } from '../../database/transact.ts'
import { readEvents, readPurposes } from '../lawfulness/basis/project.ts'
import { decide } from '../lawfulness/law/decide.ts'
import type { Restricted } from '../lawfulness/law/restriction.ts'
import { atWill, isEmpty, timelineOf } from '../lawfulness/law/timeline.ts'
import { presentContact } from './survivor.ts'

/** How a contact ends what they are processed for: by withdrawing consent, by objecting. */
export type Ending = 'withdrawn' | 'objected'

/** How it stands with a contact and a purpose. */
export type Standing = {
  /** They may be processed for it now, on whichever ground. */
  allowed: boolean
  /**
   * What ends all that they can end: whatever holds, begins later or waits to be confirmed, also where something else stands
   * against it at the moment; else it would come back with that gone. None where there is nothing that they could end.
   */
  endings: readonly Ending[]
  /** It was never ended by them. */
  untold: boolean
}

/** How it stands with a contact and some purposes; what they can end doesn't depend on whether processing is restricted. */
export async function standingOf(
  tx: Transaction | Database,
  contactId: string,
  keys: readonly string[],
  restrictions: readonly Restricted[] = [],
): Promise<ReadonlyMap<string, Standing>> {
  const contact = await presentContact(tx, contactId)
  const register = await readPurposes(tx)
  const events = (await readEvents(tx, [contactId])).get(contactId) ?? []
  const at = new Date()
  return new Map(
    keys.map((purpose) => {
      const { allowed } = decide(events, register, { purpose, at, birthDate: contact?.birthDate ?? null, restrictions })
      const { stretches, pending, marketing, withdrawal, objection } = timelineOf(events, register, purpose)
      const standing = stretches.filter((one) => one.valid && !isEmpty(one) && (!one.until || one.until > at))
      const isAsked = pending.some(({ confirmUntil }) => confirmUntil === null || confirmUntil > at)
      // To direct marketing everybody can object, whatever it rests on (Art. 21(2) GDPR).
      const objectable = (ground: LegalGround) => ground !== 'consent' && (marketing || atWill.includes(ground))
      const endings: Ending[] = [
        ...(isAsked || standing.some(({ ground }) => ground === 'consent') ? (['withdrawn'] as const) : []),
        ...(standing.some(({ ground }) => objectable(ground)) ? (['objected'] as const) : []),
      ]
      return [purpose, { allowed, endings, untold: !withdrawal && !objection }]
    }),
  )
}
