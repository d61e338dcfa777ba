import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import { isForeignKeyViolation } from '../../../database/sql-errors.ts'
import type { Context } from '../../../graphql/context.ts'
import { isBound, seenContacts } from '../../contacts/sight.ts'
import type { ReportRow } from '../sources/source.ts'
import { ErasedMeanwhile } from './finish.ts'

const atOnce = 2000

/** Passes rows on once it is noted whom they are about: whoever erases one of these finds the file. */
export async function* noting(
  database: Database,
  fileId: string,
  rows: AsyncIterable<ReportRow>,
): AsyncGenerator<ReportRow> {
  let some: ReportRow[] = []
  for await (const row of rows) {
    some.push(row)
    if (some.length < atOnce) continue
    await note(
      database,
      fileId,
      some.flatMap(({ contactId }) => contactId ?? []),
    )
    yield* some
    some = []
  }
  await note(
    database,
    fileId,
    some.flatMap(({ contactId }) => contactId ?? []),
  )
  yield* some
}

/** Notes whom something in a file is about, without reading their rows. */
export async function noteAll(database: Database, fileId: string, contactIds: AsyncIterable<string>): Promise<void> {
  let some: string[] = []
  for await (const id of contactIds) {
    some.push(id)
    if (some.length < atOnce) continue
    await note(database, fileId, some)
    some = []
  }
  await note(database, fileId, some)
}

/** Waits for erasures of these that run. Throws ErasedMeanwhile for somebody who is gone since they were read. */
async function note(database: Database, fileId: string, contactIds: readonly string[]) {
  if (contactIds.length === 0) return
  try {
    await database.$executeRaw`
      INSERT INTO report_file_contact (contact_id, file_id)
      SELECT DISTINCT contact_id, ${fileId}::uuid FROM unnest(${[...contactIds]}::uuid[]) contact_id
      ON CONFLICT DO NOTHING`
  } catch (error) {
    if (isForeignKeyViolation(error)) throw new ErasedMeanwhile('somebody in the file was erased')
    throw error
  }
}

/** Forgets all of a file, a bounded number of rows at a time. */
export async function forgetContacts(database: Database, fileId: string): Promise<void> {
  for (;;) {
    const count = await database.$executeRaw`
      DELETE FROM report_file_contact c
      USING (SELECT contact_id, file_id FROM report_file_contact WHERE file_id = ${fileId}::uuid LIMIT ${forgotten}::int) gone
      WHERE c.contact_id = gone.contact_id AND c.file_id = gone.file_id`
    if (count < forgotten) return
  }
}

const forgotten = 20_000

/** Files that are gone and of which it is still noted whom they were about. The index is skipped through, however many these are. */
export async function filesForgotten(database: Database): Promise<string[]> {
  const rows = await database.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE noted AS (
      (SELECT file_id FROM report_file_contact ORDER BY file_id LIMIT 1)
      UNION ALL
      SELECT (SELECT c.file_id FROM report_file_contact c WHERE c.file_id > n.file_id ORDER BY c.file_id LIMIT 1)
      FROM noted n WHERE n.file_id IS NOT NULL
    )
    SELECT n.file_id::text AS id FROM noted n
    WHERE n.file_id IS NOT NULL AND NOT EXISTS (SELECT FROM report_file f WHERE f.id = n.file_id)`
  return rows.map(({ id }) => id)
}

/** Whether the caller sees everybody whom a file is about, at this moment. */
export async function seesAllIn(context: Context, fileId: string): Promise<boolean> {
  if (!isBound(context)) return true
  const [found] = await context.database.$queryRaw<{ unseen: boolean }[]>(Prisma.sql`
    SELECT EXISTS (
      SELECT FROM report_file_contact f WHERE f.file_id = ${fileId}::uuid
        AND NOT EXISTS (SELECT FROM ${seenContacts(context)} c WHERE c.contact_id = f.contact_id)
    ) AS unseen`)
  return found?.unseen === false
}
