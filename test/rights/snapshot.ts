import type { Database } from '../../src/database/client.ts'

/** What every table holds, as one checksum each. */
export async function snapshotOf(database: Database): Promise<Record<string, string>> {
  const tables = await database.$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`
  const sums: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await database.$queryRawUnsafe<{ sum: string }[]>(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ' ' ORDER BY t::text)), '') AS sum FROM "${name}" t`,
    )
    sums[name] = row?.sum ?? ''
  }
  return sums
}
