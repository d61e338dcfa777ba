import type pg from 'pg'

/** How a table is kept on several machines. */
export type Place =
  /** By contact: what is about one lies on one machine. */
  | 'distributed'
  /** Whole on each machine: what rows about contacts refer to. */
  | 'everywhere'
  /** On the coordinator alone: the tree of the log, queues, sign-ins, and the claims by which something is there once among all contacts. */
  | 'coordinator'

/** A table, and where it goes. */
export type Placed = { table: string; place: Place }

/** A foreign key that can't stay: it would lead from the coordinator to the machines. The product deletes those rows by itself, too. */
export type Loose = { table: string; constraint: string }

export type Catalogue = {
  /** In the order in which they are moved: whatever others refer to comes first. */
  tables: Placed[]
  loose: Loose[]
  /** What keeps tables about contacts from being distributed, a sentence each. */
  faults: string[]
}

/** Tables that name contacts and yet belong to none of them alone. */
const ofNoContact: readonly string[] = ['audit_leaf', 'field_claim', 'import_key', 'order_key', 'outgoing_mail']

type Table = { name: string; about: boolean; required: boolean }
type Unique = { table: string; index: string; hasContact: boolean }
type ForeignKey = { table: string; constraint: string; target: string; byContact: boolean; clears: boolean }

/**
 * Reads from the catalogue of a database how its tables can be distributed by `contact_id`, after the rules of Citus: the column is in
 * each key and each unique index of a table, foreign keys lead along it or to tables that are everywhere, and none leads in from elsewhere.
 */
export async function readCatalogue(client: pg.Client): Promise<Catalogue> {
  const { rows: tables } = await client.query<Table>(tablesQuery)
  const { rows: uniques } = await client.query<Unique>(uniquesQuery)
  const { rows: keys } = await client.query<ForeignKey>(keysQuery)
  const distributed = new Set(
    tables.filter(({ name, about }) => about && !ofNoContact.includes(name)).map(({ name }) => name),
  )
  const everywhere = targetsOf(keys, distributed)
  const placeOf = (name: string): Place => {
    if (distributed.has(name)) return 'distributed'
    return everywhere.has(name) ? 'everywhere' : 'coordinator'
  }
  const inwards = keys.filter(({ table, target }) => !distributed.has(table) && distributed.has(target))
  return {
    tables: inOrder(tables, keys).map((table) => ({ table, place: placeOf(table) })),
    loose: inwards
      .filter(({ table }) => ofNoContact.includes(table))
      .map(({ table, constraint }) => ({ table, constraint })),
    faults: [
      ...tables
        .filter(({ name, required }) => distributed.has(name) && !required)
        .map(({ name }) => `${name}.contact_id may be null.`),
      ...uniques
        .filter(({ table, hasContact }) => distributed.has(table) && !hasContact)
        .map(({ table, index }) => `The unique index ${index} of ${table} lacks contact_id.`),
      ...keys
        .filter(({ table, target, byContact }) => distributed.has(table) && distributed.has(target) && !byContact)
        .map(({ table, constraint, target }) => `${constraint} of ${table} leads to ${target} past contact_id.`),
      ...keys
        .filter(({ table, clears }) => distributed.has(table) && clears)
        .map(({ table, constraint }) => `${constraint} of ${table} would empty contact_id.`),
      ...inwards
        .filter(({ table }) => !ofNoContact.includes(table))
        .map(
          ({ table, constraint, target }) =>
            `${constraint} leads from ${table}, which is about no contact, to ${target}.`,
        ),
    ],
  }
}

/** Tables that distributed ones refer to, directly or by way of others. */
function targetsOf(keys: readonly ForeignKey[], distributed: ReadonlySet<string>): Set<string> {
  const found = new Set<string>()
  const follow = (from: ReadonlySet<string>): void => {
    const next = new Set(
      keys
        .filter(({ table, target }) => from.has(table) && !distributed.has(target) && !found.has(target))
        .map(({ target }) => target),
    )
    if (next.size === 0) return
    for (const target of next) found.add(target)
    follow(next)
  }
  follow(distributed)
  return found
}

/** What others refer to comes before them. */
function inOrder(tables: readonly Table[], keys: readonly ForeignKey[]): string[] {
  const done = new Set<string>()
  const visit = (name: string): void => {
    if (done.has(name)) return
    done.add(name)
    for (const { table, target } of keys) if (table === name) visit(target)
    ordered.push(name)
  }
  const ordered: string[] = []
  for (const { name } of tables) visit(name)
  return ordered
}

const ours = `c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition`

// What an extension brought along isn't ours.
const tablesQuery = `
  SELECT c.relname AS name, a.attname IS NOT NULL AS about, coalesce(a.attnotnull, false) AS required
  FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'contact_id' AND NOT a.attisdropped
  WHERE ${ours} AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY c.relname`

// EXCLUDE constraints have an index, too.
const uniquesQuery = `
  SELECT c.relname AS table, i.indexrelid::regclass::text AS index, EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'contact_id' AND a.attnum = ANY (i.indkey)) AS "hasContact"
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  WHERE ${ours} AND (i.indisunique OR i.indisexclusion) ORDER BY 1, 2`

const keysQuery = `
  SELECT c.relname AS table, k.conname AS constraint, t.relname AS target,
    EXISTS (SELECT FROM unnest(k.conkey, k.confkey) AS pair(own, other)
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own AND a.attname = 'contact_id'
      JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.other AND b.attname = 'contact_id') AS "byContact",
    k.confdeltype IN ('n', 'd') AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = 'contact_id'
      AND a.attnum = ANY (coalesce(nullif(k.confdelsetcols, '{}'), k.conkey))) AS clears
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
  WHERE k.contype = 'f' AND k.conparentid = 0 AND ${ours} AND t.relname <> c.relname ORDER BY 1, 2`
