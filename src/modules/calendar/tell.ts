import type { AuditedRow } from '../../database/audited.ts'
import { created, removed, updated } from '../../database/changes.ts'
import type { Transaction } from '../../database/transact.ts'
import { present } from '../lawfulness/audited.ts'
import type { Schedule } from './times.ts'

/** When an appointment takes place, of which contacts. */
type Timed = Schedule & { status: string; recurrenceId: string }

/**
 * Tells in the log of each of these contacts when an appointment takes place, or that this changed: the appointment's own entries are
 * about nobody. `before` undefined: they come to it; `after` undefined: it is gone for them.
 */
export function tellTimes(
  tx: Transaction,
  id: string,
  contactIds: Iterable<string>,
  { before, after }: { before?: Timed; after?: Timed },
): void {
  for (const contactId of contactIds) {
    const row = (timed: Timed): AuditedRow => ({ contactId, entity: 'Appointment', entityId: id, values: times(timed) })
    if (before && after) tx.$tell(updated(row(before), row(after)))
    else if (after) tx.$tell(created(row(after)))
    else if (before) tx.$tell(removed(row(before)))
  }
}

const times = ({ begin, end, timeZone, rule, dates, exceptions, status, recurrenceId }: Timed) =>
  present({ begin, end, timeZone, rule, dates: [...dates], exceptions: [...exceptions], status, recurrenceId })
