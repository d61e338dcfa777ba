import { v7 as uuidv7 } from 'uuid'
import { type AutomationRule, Prisma } from '#prisma/client.ts'
import type { Transaction } from '../../database/recorder.ts'
import { rowsIn } from '../../database/rows-in.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Cause, causedBy, isLoop } from './cause.ts'
import type { EventDeclaration, RaisedEntry } from './contract.ts'
import type { AllOffers } from './offers.ts'

const first: Cause = { depth: 0, chain: [] }
const day = 24 * 3_600_000

/**
 * Gives the rules that wait for what has just been logged their turns: a run each, in the transaction of the change itself.
 * So none is lost and none comes of what never was. Costs one look at the rules where something could be an event of theirs,
 * and writes nothing if it is none's.
 */
export async function raiseEvents(
  tx: Transaction,
  { offers, cause }: Pick<WorkContext, 'offers' | 'cause'>,
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
  const rules = await rowsIn<Pick<AutomationRule, 'id' | 'events'>>(
    tx,
    Prisma.sql`SELECT id, events FROM automation_rule WHERE enabled_at IS NOT NULL AND events && ${events}::text[] ORDER BY id`,
  )
  const turns = raised.flatMap(({ entry, event }) =>
    rules.filter((rule) => rule.events.includes(event)).map(({ id: ruleId }) => ({ entry, event, ruleId })),
  )
  // An entry that is two events of one rule's is one turn of it.
  const distinct = new Map(turns.map((turn) => [`${turn.entry.id} ${turn.ruleId}`, turn]))
  if (distinct.size === 0) return
  const sequences = await sequencesOf(tx, [...new Set(turns.map(({ entry }) => entry.id))])
  const delayed = cause ? undefined : await delayedCauses(tx, offers, turns)
  await tx.automationRun.createMany({
    data: [...distinct.values()].map(({ entry: { id: entryId, contactId }, event, ruleId }) => {
      const { depth, chain } = cause ?? delayed?.get(entryId) ?? first
      const loop = isLoop(ruleId, { depth, chain })
      return {
        contactId,
        id: uuidv7(),
        ruleId,
        entryId,
        sequence: Number(sequences.get(entryId) ?? 0),
        event,
        depth,
        chain: [...chain],
        state: loop ? 'loop_stopped' : 'waiting',
        finishedAt: loop ? new Date() : null,
      }
    }),
  })
}

/** What led to what happens by itself: a run of a rule not long before, if it was one's doing. By the ids of the entries. */
async function delayedCauses(
  tx: Transaction,
  { events }: AllOffers,
  turns: readonly { entry: RaisedEntry; event: string }[],
): Promise<Map<string, Cause>> {
  const causes = new Map<string, Cause>()
  for (const [name, group] of Map.groupBy(turns, ({ event }) => event)) {
    const entries = [...new Set(group.map(({ entry }) => entry))]
    const behind = (await events.get(name)?.rulesBehind?.(tx, entries)) ?? new Map<string, string>()
    if (behind.size === 0) continue
    const contactId = { in: entries.flatMap((entry) => (behind.has(entry.id) ? entry.contactId : [])) }
    const finishedAt = { gte: new Date(Date.now() - day) }
    const runs = await tx.automationRun.findMany({
      where: { contactId, ruleId: { in: [...behind.values()] }, state: 'done', finishedAt },
      orderBy: { finishedAt: 'asc' },
    })
    const latest = new Map(runs.map((run) => [`${run.contactId} ${run.ruleId}`, run]))
    for (const { id, contactId: about } of entries) {
      const ruleId = behind.get(id)
      if (ruleId !== undefined) causes.set(id, causedBy(ruleId, latest.get(`${about} ${ruleId}`) ?? first))
    }
  }
  return causes
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
