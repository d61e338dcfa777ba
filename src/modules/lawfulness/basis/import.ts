import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import type { BasisHolder, BasisImport } from '../../contacts/import/bases.ts'
import { addDuration } from '../duration.ts'
import { decide } from '../law/decide.ts'
import { rules } from '../law/rules.ts'
import { timelineOf } from '../law/timeline.ts'
import { appendEvents, type NewEvent } from './append.ts'
import { byKey, type KnownEvent, readEvents, readPurposes } from './project.ts'

/**
 * Legal grounds that an import brings. It only fills gaps: where something holds already it adds nothing, and what the person
 * said since stands. A ground that counts for nothing because of that is recorded once, so that nobody wonders.
 */
export const basisImport: BasisImport = {
  async begin({ database }) {
    const purposes = new Map((await database.purpose.findMany()).map((purpose) => [purpose.key, purpose]))
    return ({ purpose: key, ground }) => {
      const purpose = purposes.get(key)
      if (!purpose) return `There is no purpose "${key}" in the register.`
      if (purpose.retiredAt) return rules.purpose_retired.en
      // A row doesn't say which ground of Art. 9 there is.
      if (purpose.specialCategories) return rules.special_category.en
      return purpose.grounds.includes(ground) ? undefined : rules.ground_not_allowed.en
    }
  },
  async count(tx, holders) {
    const drafts = await draftsOf(tx, holders)
    return new Set(drafts.map(({ contactId }) => contactId))
  },
  async write(tx, context, { importId, source }, holders) {
    const drafts = await draftsOf(tx, holders, importId)
    await appendEvents(
      tx,
      context,
      drafts.map((draft) => ({ ...draft, source })),
      await readPurposes(tx),
    )
    return new Set(drafts.map(({ contactId }) => contactId))
  },
}

/** What fills gaps, or is to be recorded once as having been brought in vain. */
async function draftsOf(tx: Transaction, holders: readonly BasisHolder[], importId = uuidv7()): Promise<NewEvent[]> {
  const register = await tx.purpose.findMany()
  const purposes = byKey(register)
  const validities = new Map(register.map(({ key, defaultValidity }) => [key, defaultValidity]))
  const contactIds = holders.map(({ contactId }) => contactId)
  const known = await readEvents(tx, contactIds)
  const now = new Date()
  return holders.flatMap(({ contactId, bases }) => {
    const events = [...(known.get(contactId) ?? [])]
    return bases.flatMap(({ purpose, ground, since }): NewEvent[] => {
      const occurredAt = since < now ? since : now
      const validity = validities.get(purpose)
      const draft = {
        ...{ contactId, id: uuidv7(), kind: 'given' as const, purposeKey: purpose, ground, occurredAt, importId },
        ...{ validFrom: occurredAt, validUntil: validity ? addDuration(occurredAt, validity) : null },
      }
      const isHeld = decide(events, purposes, { purpose, at: now, birthDate: null, restrictions: [] }).allowed
      const assumed = { ...unsaid, ...draft, recordedAt: now }
      if (isHeld || isRepeated(events, assumed)) return []
      const { ignored } = timelineOf([...events, assumed], purposes, purpose)
      const inVain = ignored.filter(({ event }) => event.importId && event.ground === ground)
      if (inVain.length > 1 && inVain.some(({ event }) => event === assumed)) return []
      events.push(assumed)
      return [draft]
    })
  })
}

/** An import said the same before, of this day or a later one. */
const isRepeated = (events: readonly KnownEvent[], { purposeKey, ground, occurredAt }: KnownEvent) =>
  events.some(
    (one) => one.importId && one.purposeKey === purposeKey && one.ground === ground && one.occurredAt >= occurredAt,
  )

const unsaid = { confirmUntil: null, basisId: null, specialGround: null, byGuardian: false, despiteObjection: false }
