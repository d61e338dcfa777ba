import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Draft } from '../draft.ts'
import { between, later, moved } from '../moving.ts'
import { dropOrphans, isOccurrence, overridden, splitAt } from '../series.ts'
import { deleteStored, updateStored } from '../store.ts'
import type { Stored } from '../stored.ts'
import type { Book, Continuation } from './book.ts'
import { inZone } from './read.ts'
import { Rejected } from './rejected.ts'

// A calendar may change an instance of a series and all that follow it (`RANGE=THISANDFUTURE` of RFC 5545, section 3.2.13). Here they are a
// series of their own from then on, as when somebody splits one by hand; the calendar goes on calling them by the UID of the series,
// and their instances by the times that they had by it.

/** A part of a series, and one of its instances, by the time that it has there. */
export type Part = { stored: Stored; instance: string }

/** Which part of a series an instance is in, by the time that it has in the calendar. */
export function partOf(series: Stored, continuations: readonly Continuation[], instance: string): Part {
  const own = continuations.findLast(({ from }) => from <= instance)
  return own
    ? { stored: own.stored, instance: later(instance, between(own.from, own.stored.draft.begin)) }
    : { stored: series, instance }
}

/** What goes on otherwise from an instance on: what is before it, and what it begins. Throws `Rejected`. */
export function splitPart({ stored, instance }: Part): { before: Draft | undefined; after: Draft } {
  if (!isOccurrence({ ...stored.draft, exceptions: [] }, instance)) {
    throw new Rejected([{ field: 'RECURRENCE-ID', message: 'The series has no instance that begins then.' }])
  }
  const parts = splitAt(stored.draft, instance)
  if (parts.after.begin === instance) return parts
  throw new Rejected([
    { field: 'RECURRENCE-ID', message: 'Begins with a further date (RDATE): let the program export a new series.' },
  ])
}

/**
 * A series that goes on as somebody tells it by its next time: with another title, say, an hour later. Throws `Rejected` for what no rule
 * can say.
 *
 * @param rule What is told besides; if anything, how it recurs already.
 */
export function continuing(series: Draft, told: Draft, rule: string): Draft {
  const { timeZone } = series
  const [begin, end] = [told.begin, told.end].map((time) => inZone({ time, zone: told.timeZone }, timeZone))
  const { rule: now, dates, exceptions, ...when } = movedTo(series, begin ?? '', end ?? '')
  if (rule && ![series.rule, now].some((one) => endless(one) === endless(rule))) {
    throw new Rejected([
      { field: 'RRULE', message: 'Is another rule than that of the series: let the program export a new series.' },
    ])
  }
  return { ...told, ...{ begin: when.begin, end: when.end, timeZone, rule: now, dates, exceptions } }
}

const endless = (rule: string) =>
  rule
    .toUpperCase()
    .split(';')
    .filter((part) => !/^(COUNT|UNTIL|WKST)=/.test(part))
    .sort()
    .join(';')

/** Times that begin otherwise. Throws `Rejected` for what no rule can say. */
function movedTo(series: Draft, begin: string, end: string): Draft {
  const found = moved(series, begin, end)
  if (found) return found
  throw new Rejected([
    { field: 'DTSTART', message: 'Its rule can’t be moved by so much: let the program export a new series.' },
  ])
}

/** Enters the rest of a series, which ends before it from now on; instances that differ go with it. */
export async function continueSeries(
  tx: Transaction,
  context: WorkContext,
  book: Book,
  series: { uid: string; from: string },
  { stored, instance }: Part,
  { before, draft, sequence }: { before: Draft; draft: Draft; sequence: number },
): Promise<void> {
  await book.change(series.uid)
  await updateStored(tx, context, stored, before)
  const uid = `${uuidv7()}@lethe`
  const known = new Set(stored.participants.map(({ contactId }) => contactId))
  book.insert({ draft, uid, continuationOf: series, sequence, known })
  await book.settle()
  const { id: seriesId } = await tx.appointment.findUniqueOrThrow({
    where: { uid_recurrenceId: { uid, recurrenceId: '' } },
    select: { id: true },
  })
  const by = between(instance, draft.begin)
  for (const own of await overridden(tx, stored.row.id)) {
    if (own.recurrenceId < instance) continue
    const recurrenceId = later(own.recurrenceId, by)
    if (!isOccurrence({ ...draft, exceptions: [] }, recurrenceId)) await deleteStored(tx, [own.id])
    else await tx.appointment.update({ where: { id: own.id }, data: { uid, seriesId, recurrenceId } })
  }
}

/** What a part of a series becomes; undefined: it is gone, as the series has no time that it would begin with. */
type Changed = { stored: Stored; draft: Draft | undefined }

/** Shares out what a calendar says of a whole series among the parts that it has here. Throws `Rejected`. */
export function shareOut(whole: Draft, continuations: readonly Continuation[]): { first: Draft; rest: Changed[] } {
  let [first, left] = [whole, whole]
  const rest: Changed[] = []
  for (const { from, stored } of continuations) {
    const { before, after } = isOccurrence({ ...left, exceptions: [] }, from) ? splitAt(left, from) : nowhere
    const last = rest.findLast(({ draft }) => draft)
    if (!before || after?.begin !== from) rest.push({ stored, draft: undefined })
    else {
      if (last) last.draft = before
      else first = before
      left = after
      rest.push({ stored, draft: after })
    }
  }
  return { first, rest: rest.map(({ stored, draft }) => ({ stored, draft: draft && atItsTime(stored, draft) })) }
}

const nowhere = { before: undefined, after: undefined }

/** A part as it is here, when the series says by now that it is. */
function atItsTime({ draft }: Stored, series: Draft): Draft {
  const { begin, end, timeZone, rule, dates, exceptions } = movedTo(series, draft.begin, draft.end)
  return { ...draft, ...{ begin, end, timeZone, rule, dates, exceptions } }
}

/** Writes what became of the parts after the first. True: something changed. */
export async function writeRest(
  tx: Transaction,
  context: WorkContext,
  rest: readonly Changed[],
  isSame: (one: Draft, other: Draft) => boolean,
): Promise<boolean> {
  let hasChanged = false
  for (const { stored, draft } of rest) {
    if (draft && isSame(stored.draft, draft)) continue
    hasChanged = true
    if (draft) {
      await updateStored(tx, context, stored, draft)
      await dropOrphans(tx, stored.row.id, draft)
    } else {
      const own = await overridden(tx, stored.row.id)
      await deleteStored(tx, [stored.row.id, ...own.map(({ id }) => id)])
    }
  }
  return hasChanged
}
