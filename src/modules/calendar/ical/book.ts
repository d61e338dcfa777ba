import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { insertAppointments, type NewAppointment } from '../store.ts'
import { readAllStored, readStored, type Stored } from '../stored.ts'

/** What is known of some appointments within one unit of work: read together before, and written together after. */
export type Book = {
  /** As it is by now. `recurrenceId`: of an instance that differs; empty otherwise. */
  find: (uid: string, recurrenceId: string) => Promise<Stored | undefined>
  /** Enters one, at the latest with `settle`. */
  insert: (one: NewAppointment) => void
  /** Before one of them is changed: all is written that is still to be, and what was read of it holds no longer. */
  change: (uid: string) => Promise<void>
  settle: () => Promise<void>
}

/** Opens it for appointments with these `UID`s. */
export async function openBook(tx: Transaction, context: WorkContext, uids: readonly string[]): Promise<Book> {
  const read = await readAllStored(tx, context, uids)
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
    insert(one) {
      inserts.push(one)
      awaited.add(one.uid)
      if (!one.instanceOf) changed.add(one.uid)
    },
    async change(uid) {
      await settle()
      changed.add(uid)
    },
  }
}
