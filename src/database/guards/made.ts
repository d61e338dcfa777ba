import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mainMigrations } from '../migrate.ts'

/** A trigger, as PostgreSQL writes it (`pg_get_triggerdef`). */
export type MadeTrigger = { table: string; trigger: string; definition: string }

/** What the migrations make, so that a database can be compared with it; the last one of a name counts. */
export type Made = {
  triggers: MadeTrigger[]
  /** By name: the language, settings and body, as `functionText` has them. */
  functions: ReadonlyMap<string, string>
}

/** The same of a function in the database, for the alias `p` of `pg_proc` and `l` of `pg_language`. */
export const functionText = `concat_ws(' ', l.lanname, array_to_string(p.proconfig, ' '),
  CASE WHEN p.proisstrict THEN 'STRICT' END, CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' END, p.prosrc)`

/** Reads the migrations, in which each trigger and function begins a line. */
export async function readMade(folder: string = mainMigrations): Promise<Made> {
  const triggers = new Map<string, MadeTrigger>()
  const functions = new Map<string, string>()
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  for (const name of names.sort()) {
    const text = await readFile(join(folder, name, 'migration.sql'), 'utf8')
    for (const made of triggersIn(text)) triggers.set(`${made.table} ${made.trigger}`, made)
    for (const [called, made] of functionsIn(text)) functions.set(called, made)
  }
  return { triggers: [...triggers.values()], functions }
}

/** The triggers by which `audit_guard()` guards a table. */
export const guardTriggers = (table: string, contactColumn = 'contact_id', idColumn = 'id'): MadeTrigger[] => [
  {
    table,
    trigger: 'audit_required',
    definition:
      `CREATE CONSTRAINT TRIGGER audit_required AFTER INSERT OR DELETE OR UPDATE ON public.${table} DEFERRABLE INITIALLY DEFERRED ` +
      `FOR EACH ROW EXECUTE FUNCTION audit_require_entry('${contactColumn}', '${idColumn}')`,
  },
  {
    table,
    trigger: 'audit_no_truncate',
    definition:
      `CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.${table} ` +
      'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()',
  },
]

function* triggersIn(text: string): Generator<MadeTrigger> {
  for (const [, what, trigger = '', when, events = '', table = '', rest = ''] of text.matchAll(
    /^CREATE ((?:CONSTRAINT )?TRIGGER) (\w+)\s+(BEFORE|AFTER)\s+([^;]+?)\s+ON (\w+)\s([^;]+);/gm,
  )) {
    const tail = rest.trim().replaceAll(/\s+/g, ' ')
    yield {
      table,
      trigger,
      definition: `CREATE ${what} ${trigger} ${when} ${inOrder(events)} ON public.${table} ${tail}`,
    }
  }
  for (const [, table = '', ...columns] of text.matchAll(/^SELECT audit_guard\('(\w+)', '(\w*)', '(\w+)'\);/gm)) {
    yield* guardTriggers(table, ...columns)
  }
}

const order = ['INSERT', 'DELETE', 'UPDATE', 'TRUNCATE']

/** Events in the order in which PostgreSQL names them. */
const inOrder = (events: string) =>
  events
    .split(/\s+OR\s+/)
    .sort((a, b) => order.findIndex((event) => a.startsWith(event)) - order.findIndex((event) => b.startsWith(event)))
    .join(' OR ')

function* functionsIn(text: string): Generator<[string, string]> {
  for (const [, name = '', header = '', body = ''] of text.matchAll(
    /^CREATE (?:OR REPLACE )?FUNCTION (\w+)(\([^;]*?) AS \$\$([\s\S]*?)\$\$/gm,
  )) {
    const language = header.match(/LANGUAGE (\w+)/)?.[1]
    const path = header.match(/SET search_path = (.+)$/m)?.[1]
    const settings = path && `search_path=${path}`
    const strict = header.match(/\bSTRICT\b/)?.[0]
    const definer = header.match(/\bSECURITY DEFINER\b/)?.[0]
    yield [name, [language, settings, strict, definer, body].filter((part) => part !== undefined).join(' ')]
  }
}
