import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../database/recorder.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { FieldChanges } from '../audit/values.ts'
import { type Cause, isLoop } from './cause.ts'
import type { EventDeclaration } from './contract.ts'
import type { AllOffers } from './offers.ts'

/** An entry of the log about a contact, as far as events go by it. */
export type RaisedEntry = {
  id: string
  contactId: string
  action: string
  operation: string
  entity: string
  changes: FieldChanges
}

const first: Cause = { depth: 0, chain: [] }

/**
 * Gives the rules that wait for what has just been logged their turns: a run each, in the transaction of the change itself.
 * So none is lost and none comes of what never was. Costs one look at the rules where something could be an event of theirs,
 * and writes nothing if it is none's.
 */
export async function raiseEvents(
  tx: Transaction,
  { offers, cause = first }: Pick<WorkContext, 'offers' | 'cause'>,
  entries: readonly RaisedEntry[],
): Promise<void> {
  if (!offers || entries.length === 0) return
  const made = contactsWith(entries, 'created')
  const gone = contactsWith(entries, 'removed')
  const raised = entries.flatMap((entry) =>
    gone.has(entry.contactId)
      ? []
      : eventsOf(offers, { ...entry, isNew: made.has(entry.contactId) }).map((event) => ({ entry, event })),
  )
  if (raised.length === 0) return
  const events = [...new Set(raised.map(({ event }) => event))]
  const rules = await tx.automationRule.findMany({
    where: { enabledAt: { not: null }, events: { hasSome: events } },
    select: { id: true, events: true },
    orderBy: { id: 'asc' },
  })
  const turns = raised.flatMap(({ entry, event }) =>
    rules.filter((rule) => rule.events.includes(event)).map(({ id: ruleId }) => ({ entry, event, ruleId })),
  )
  // An entry that is two events of one rule's is one turn of it.
  const distinct = new Map(turns.map((turn) => [`${turn.entry.id} ${turn.ruleId}`, turn]))
  if (distinct.size === 0) return
  const sequences = await sequencesOf(tx, [...new Set(turns.map(({ entry }) => entry.id))])
  const now = new Date()
  await tx.automationRun.createMany({
    data: [...distinct.values()].map(({ entry: { id: entryId, contactId }, event, ruleId }) => {
      const loop = isLoop(ruleId, cause)
      return {
        contactId,
        id: uuidv7(),
        ruleId,
        entryId,
        sequence: Number(sequences.get(entryId) ?? 0),
        event,
        depth: cause.depth,
        chain: [...cause.chain],
        state: loop ? 'loop_stopped' : 'waiting',
        createdAt: now,
        dueAt: now,
        finishedAt: loop ? now : null,
      }
    }),
  })
}

/** The contacts that were made here, or are gone. */
const contactsWith = (entries: readonly RaisedEntry[], what: 'created' | 'removed') =>
  new Set(
    entries.flatMap(({ entity, action, contactId }) => (entity === 'Contact' && action === what ? contactId : [])),
  )

/** The names of the events that an entry of the log is. */
export const eventsOf = (
  { events }: AllOffers,
  entry: Pick<RaisedEntry, 'entity' | 'action' | 'operation' | 'changes'> & { isNew: boolean },
): string[] => [...events].filter(([, event]) => isEvent(event, entry)).map(([name]) => name)

const isEvent = (
  { entries, where }: EventDeclaration,
  entry: Pick<RaisedEntry, 'entity' | 'action' | 'operation' | 'changes'> & { isNew: boolean },
) =>
  entries.some(({ entity, action }) => entity === entry.entity && action === entry.action) && (where?.(entry) ?? true)

/** The numbers that the database gave these entries, which say in which order they are about their contact. */
async function sequencesOf(tx: Transaction, ids: readonly string[]): Promise<Map<string, bigint>> {
  const found = await tx.auditEntry.findMany({ where: { id: { in: [...ids] } }, select: { id: true, sequence: true } })
  return new Map(found.map(({ id, sequence }) => [id, sequence]))
}
