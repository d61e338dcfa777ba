import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { Rows } from '../running/rows.ts'

// Who is in a report, as its owner sees it, so that those are told of who enter it. Whoever leaves it and comes back enters it again.
// Any number may be in it: sets are compared by PostgreSQL (EXCEPT, INTERSECT), which hashes or sorts them, however little it knows of
// their size.

type About = { subjects: NonNullable<Rows['subjects']> }

/** Notes who is in a report from the start, of whom nobody is told. */
export const beginPresence = (tx: Transaction, scheduleId: string, open: About): Promise<number> =>
  follow(tx, scheduleId, open, null)

/** Notes who has entered since, and forgets who left. Returns how many entered. */
export const noteEntries = (tx: Transaction, scheduleId: string, open: About, period: Date): Promise<number> =>
  follow(tx, scheduleId, open, period)

async function follow(tx: Transaction, scheduleId: string, open: About, period: Date | null): Promise<number> {
  await tx.$executeRaw`
    DELETE FROM report_presence WHERE id = ${scheduleId}::uuid AND contact_id IN (
      SELECT contact_id FROM report_presence WHERE id = ${scheduleId}::uuid EXCEPT ${contactsIn(open)})`
  return tx.$executeRaw`
    INSERT INTO report_presence (contact_id, id, entered_at)
    SELECT entered.contact_id, ${scheduleId}::uuid, ${period}::timestamptz FROM (
      ${contactsIn(open)} EXCEPT SELECT contact_id FROM report_presence WHERE id = ${scheduleId}::uuid) entered
    ON CONFLICT DO NOTHING`
}

/** How many of those who entered in a period are in the report still, for whoever reads it. */
export async function countEntered(
  database: Pick<Database, '$queryRaw'>,
  scheduleId: string,
  open: About,
  period: Date,
): Promise<number> {
  const [counted] = await database.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM (
      SELECT contact_id FROM report_presence WHERE id = ${scheduleId}::uuid AND entered_at = ${period}::timestamptz
      INTERSECT ${contactsIn(open)}) entered`
  return counted?.count ?? 0
}

const contactsIn = ({ subjects }: About): Prisma.Sql =>
  Prisma.sql`SELECT subject.contact_id FROM (${subjects({ each: 'contact' })}) subject`
