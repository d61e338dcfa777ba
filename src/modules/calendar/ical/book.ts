import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { insertAppointments, type NewAppointment } from '../store.ts'
import { readAllStored, readStored, type Stored } from '../stored.ts'

/** What is known of some appointments within one unit of work: read together before, and written together after. */
export type Book = {
  /** As it is by now. `recurrenceId`: of an instance that differs; empty otherwise. */
  find: (uid: string, recurrenceId: string) => Promise<Stored | undefined>
  /** How a series goes on that was changed from some instances on: what begins with each of them, in order. */
  continuations: (uid: string) => Promise<Continuation[]>
  /** Enters one, at the latest with `settle`. */
  insert: (one: NewAppointment) => void
  /** Before one of them is changed: all is written that is still to be, and what was read of it holds no longer. */
  change: (uid: string) => Promise<void>
  settle: () => Promise<void>
}

/** The rest of a series, as a series of its own. `from`: the instance that it begins with, as it would begin by the series. */
export type Continuation = { from: string; stored: Stored }

/** Opens it for appointments with these `UID`s. */
export async function openBook(tx: Transaction, context: WorkContext, uids: readonly string[]): Promise<Book> {
  const read = await readAllStored(tx, context, uids)
  const continued = new Set(
    (await tx.appointment.findMany({ where: { continues: { in: [...uids] } }, select: { continues: true } })).map(
      ({ continues }) => continues,
    ),
  )
  const changed = new Set<string>()
  const awaited = new Set<string>()
  let inserts: NewAppointment[] = []
  const settle = async () => {
    const given = inserts
    inserts = []
    awaited.clear()
    await insertAppointments(tx, context, given)
  }
  return {
    settle,
    async find(uid, recurrenceId) {
      if (recurrenceId === '' && !changed.has(uid)) return read.get(uid)
      if (awaited.has(uid)) await settle()
      const where = { uid_recurrenceId: { uid, recurrenceId } }
      const found = await tx.appointment.findUnique({ where, select: { id: true } })
      return found ? readStored(tx, context, found.id) : undefined
    },
    async continuations(uid) {
      if (!continued.has(uid)) return []
      if (awaited.has(uid)) await settle()
      const rows = await tx.appointment.findMany({
        where: { continues: uid },
        select: { id: true, continuesFrom: true },
        orderBy: { continuesFrom: 'asc' },
      })
      return Promise.all(
        rows.map(async ({ id, continuesFrom }) => ({
          from: continuesFrom ?? '',
          stored: await readStored(tx, context, id),
        })),
      )
    },
    insert(one) {
      inserts.push(one)
      awaited.add(one.uid)
      if (one.continuationOf) continued.add(one.continuationOf.uid)
      if (!one.instanceOf) changed.add(one.uid)
    },
    async change(uid) {
      await settle()
      changed.add(uid)
    },
  }
}
