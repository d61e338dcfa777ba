import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mainMigrations } from '../../../database/migrate.ts'
import { type Guard, missingAmong } from '../../security/guards.ts'
import type { Connection } from './connection.ts'
import type { Finding } from './finding.ts'

/** Finds what of PostgreSQL's own protection is off, gone, or does something else. */
export async function tellGuards(
  { query, ask }: Connection,
  guards: readonly Guard[],
  add: (finding: Finding) => void,
): Promise<void> {
  if (guards.length === 0) return
  const tell = (text: string) => add({ kind: 'guardOff', text })
  for (const { table, trigger } of await missingAmong((text, values = []) => query(text, values), guards)) {
    tell(`The trigger ${trigger} on ${table} is off, gone, or does something else.`)
  }
  const wanted = await functionsOf(mainMigrations)
  const calls = new Set(guards.map((guard) => guard.calls))
  const found = await ask(
    `SELECT proname, prosrc FROM pg_proc WHERE proname = ANY($1) AND pronamespace = 'public'::regnamespace`,
    [[...calls]],
  )
  const sources = new Map(found.map(([name, source]) => [name, source]))
  for (const name of calls) {
    if (sources.get(name) !== wanted.get(name)) tell(`The function ${name} isn't the one that Lethe's migrations made.`)
  }
  const settings = await ask(
    `SELECT coalesce(r.rolname, 'everybody'), coalesce(d.datname, 'all databases')
     FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
     WHERE (s.setdatabase = 0 OR d.datname = current_database())
       AND EXISTS (SELECT FROM unnest(s.setconfig) c WHERE c LIKE 'session_replication_role=%' AND c <> 'session_replication_role=origin')
     UNION ALL
     SELECT 'everybody', 'all databases' FROM pg_settings
     WHERE name = 'session_replication_role' AND boot_val <> reset_val AND source = 'configuration file'`,
  )
  for (const [role, database] of settings) {
    tell(`The setting session_replication_role of ${role} in ${database} switches all triggers off.`)
  }
}

/** The functions that the migrations make, with what they do; the last one of a name counts. */
async function functionsOf(folder: string): Promise<Map<string, string>> {
  const functions = new Map<string, string>()
  const entries = await readdir(folder, { withFileTypes: true })
  for (const { name } of entries.filter((entry) => entry.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const text = await readFile(join(folder, name, 'migration.sql'), 'utf8')
    for (const [, called = '', body = ''] of text.matchAll(
      /^CREATE (?:OR REPLACE )?FUNCTION (\w+)\([\s\S]*?AS \$\$([\s\S]*?)\$\$/gm,
    )) {
      functions.set(called, body)
    }
  }
  return functions
}
