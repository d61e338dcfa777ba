import type { Ask } from '../privileges/faults.ts'
import { functionText, guardTriggers, readMade } from './made.ts'

/** A trigger that a table must have. */
export type Guard = { table: string; trigger: string }

/** Something by which PostgreSQL doesn't protect the log as it should. */
export type GuardFault = {
  /** The table, function or setting that it is about. */
  place: string
  /** A sentence. */
  text: string
}

/**
 * What is off, gone, does something else, or stands between the product and the tables that are guarded. Everything is
 * compared with what the migrations made, over whichever connection.
 */
export async function findGuardFaults(ask: Ask, guards: readonly Guard[]): Promise<GuardFault[]> {
  const { triggers, functions } = await readMade()
  const tables = new Set(guards.map(({ table }) => table))
  const made = new Map(triggers.map((trigger) => [`${trigger.table} ${trigger.trigger}`, trigger.definition]))
  const needed = guards.map(({ table, trigger }) => ({
    table,
    trigger,
    // A table of a module whose migration lies elsewhere.
    definition:
      made.get(`${table} ${trigger}`) ?? guardTriggers(table).find((one) => one.trigger === trigger)?.definition,
    needed: true,
  }))
  const names = new Set(needed.map(({ table, trigger }) => `${table} ${trigger}`))
  const others = triggers.filter(({ table, trigger }) => tables.has(table) && !names.has(`${table} ${trigger}`))
  const wantedFunctions = [...functions].map(([name, text]) => ({ name, text }))
  return ask<GuardFault>(faults, [JSON.stringify([...needed, ...others]), JSON.stringify(wantedFunctions)])
}

// Triggers of foreign keys, and of what distributes or replicates tables, are PostgreSQL's own affair (tgisinternal).
const faults = `
  WITH made AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) w("table" text, trigger text, definition text, needed boolean)
  ),
  part AS (
    SELECT w."table" AS whole, c.relname AS name
    FROM (SELECT DISTINCT "table" FROM made) w
      JOIN pg_inherits i ON i.inhparent = to_regclass('public.' || quote_ident(w."table"))
      JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition AND c.relnamespace = 'public'::regnamespace
  ),
  wanted AS (
    SELECT * FROM made
    UNION ALL
    -- Each partition has those of its table, which could be switched off there alone.
    SELECT p.name, w.trigger, replace(w.definition, ' ON public.' || p.whole || ' ', ' ON public.' || p.name || ' '), w.needed
    FROM made w JOIN part p ON p.whole = w."table"
  ),
  watched AS (
    SELECT DISTINCT "table", to_regclass('public.' || quote_ident("table")) AS oid FROM wanted
  ),
  found AS (
    SELECT w."table", t.tgname AS trigger, t.tgenabled IN ('O', 'A') AND p.pronamespace = 'public'::regnamespace AS works,
      replace(pg_get_triggerdef(t.oid), ' EXECUTE FUNCTION public.', ' EXECUTE FUNCTION ') AS definition
    FROM watched w JOIN pg_trigger t ON t.tgrelid = w.oid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal
  ),
  fault(place, text) AS (
    SELECT w."table", format('The trigger %s on %s is off, gone, or does something else.', w.trigger, w."table") AS text
    FROM wanted w
    WHERE w.needed AND NOT EXISTS (
      SELECT FROM found f WHERE (f."table", f.trigger, f.definition) = (w."table", w.trigger, w.definition) AND f.works)
    UNION ALL
    SELECT f."table", format('The trigger %s on %s is not one that Lethe''s migrations made.', f.trigger, f."table")
    FROM found f
    WHERE NOT EXISTS (
      SELECT FROM wanted w WHERE (w."table", w.trigger) = (f."table", f.trigger)
        AND (w.needed OR (w.definition = f.definition AND f.works)))
    UNION ALL
    SELECT w."table", format('The rule %s changes what is done to %s.', r.rulename, w."table")
    FROM watched w JOIN pg_rewrite r ON r.ev_class = w.oid
    UNION ALL
    SELECT w."table", format('Row security hides rows of %s, or refuses them.', w."table")
    FROM watched w JOIN pg_class c ON c.oid = w.oid
    WHERE c.relrowsecurity OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
    UNION ALL
    SELECT w."table", format('The table %s, a child of %s, adds rows to it that nothing guards.', i.inhrelid::regclass, w."table")
    FROM watched w JOIN pg_inherits i ON i.inhparent = w.oid
      JOIN pg_class c ON c.oid = i.inhrelid AND NOT (c.relispartition AND c.relnamespace = 'public'::regnamespace)
    UNION ALL
    SELECT m.name, format('The function %s isn''t the one that Lethe''s migrations made.', m.name)
    FROM jsonb_to_recordset($2::jsonb) m(name text, text text)
    WHERE ARRAY[m.text] IS DISTINCT FROM (
      SELECT array_agg(${functionText}) FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
      WHERE p.proname = m.name AND p.pronamespace = 'public'::regnamespace)
    UNION ALL
    -- Of roles that get in here.
    SELECT 'session_replication_role', format('The setting session_replication_role of %s in %s switches all triggers off.',
      coalesce(r.rolname, 'everybody'), coalesce(d.datname, 'all databases'))
    FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
    WHERE (s.setdatabase = 0 OR d.datname = current_database())
      AND (s.setrole = 0 OR has_database_privilege(s.setrole, current_database(), 'CONNECT'))
      AND EXISTS (SELECT FROM unnest(s.setconfig) c WHERE c LIKE 'session_replication_role=%' AND c <> 'session_replication_role=origin')
    UNION ALL
    SELECT name, 'The setting session_replication_role of the server switches all triggers off.' FROM pg_settings
    WHERE name = 'session_replication_role' AND boot_val <> reset_val AND source = 'configuration file'
  )
  -- What is so of the whole table is told once.
  SELECT f.place, f.text FROM fault f
  WHERE NOT EXISTS (
    SELECT FROM part p JOIN fault g ON g.place = p.whole AND g.text = replace(f.text, p.name, p.whole) WHERE p.name = f.place)
  ORDER BY f.place, f.text`
