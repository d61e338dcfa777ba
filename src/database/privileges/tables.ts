import type { Ask } from './faults.ts'

// Which privileges the application has on which table, and how far a database is from that.

/** The tables of the audit log, to which rows can only be added. */
export const logTables: readonly string[] = [
  'audit_entry',
  'system_audit_entry',
  'audit_leaf',
  'audit_node',
  'audit_checkpoint',
]

const ordinary = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']

const special: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(logTables.map((table) => [table, ['SELECT', 'INSERT']])),
  // One row, which the processes that sequence take turns at.
  audit_sequencer: ['SELECT', 'UPDATE'],
  // How many entries there are about each contact.
  audit_count: ['SELECT', 'INSERT', 'UPDATE'],
  // How far the database has done what the erasure ledger says: never forgotten.
  erasure_ledger: ['SELECT', 'INSERT', 'UPDATE'],
  // What persons were told, and what happened to their legal grounds.
  lawful_basis_event: ['SELECT', 'INSERT'],
  notice: ['SELECT', 'INSERT'],
  purpose_version: ['SELECT', 'INSERT'],
  // Of whom exports told, as the log does.
  export_reach: ['SELECT', 'INSERT'],
  // Numbers are released once, and for good.
  statistic_cell: ['SELECT', 'INSERT'],
  statistic_number: ['SELECT', 'INSERT'],
  statistic_release: ['SELECT', 'INSERT'],
  _prisma_migrations: ['SELECT'],
}

/** What differs: privileges that somebody has too many, or that the application lacks, with all tables that this is so of. */
export type Difference = {
  kind: 'excess' | 'missing'
  tables: readonly string[]
  privileges: readonly string[]
  /** Who has them, or is to have them, as SQL: the application, `PUBLIC`, or a role that the application is a member of. */
  grantee: string
}

/** The statement that does away with it. */
export function mending({ kind, tables, privileges, grantee }: Difference): string {
  const what = `${privileges.join(', ')} ON ${tables.map((table) => `public.${table}`).join(', ')}`
  return kind === 'excess' ? `REVOKE ${what} FROM ${grantee}` : `GRANT ${what} TO ${grantee}`
}

type Relation = {
  name: string
  /** As SQL. */
  quoted: string
  isView: boolean
  /** Part of a table, through which alone it is used. */
  isPartition: boolean
  /** Whether it was made by the migrations: it may lack nothing then. */
  isOurs: boolean
  held: readonly { grantee: string; privileges: readonly string[] }[]
  /** What the application may, however it came to it. */
  may: readonly string[]
  /** The application's role, as SQL. */
  application: string
}

/**
 * How the privileges on the tables differ from what the application should have. Of its own ones, none is left out.
 *
 * @param role The application's; without it, the one who asks.
 */
export async function findDifferences(ask: Ask, role?: string): Promise<Difference[]> {
  const differences = new Map<string, Difference & { tables: string[] }>()
  const note = (table: string, { kind, privileges, grantee }: Omit<Difference, 'tables'>) => {
    if (privileges.length === 0) return
    const key = [kind, grantee, ...privileges].join(' ')
    const known = differences.get(key)
    if (known) known.tables.push(table)
    else differences.set(key, { kind, tables: [table], privileges, grantee })
  }
  for (const relation of await ask<Relation>(relations, [role ?? null, ordinary])) {
    const allowed = allowedOn(relation)
    for (const { grantee, privileges } of relation.held) {
      const excess = privileges.filter((privilege) => !allowed.includes(privilege))
      note(relation.quoted, { kind: 'excess', privileges: excess, grantee })
    }
    const missing = relation.isOurs ? allowed.filter((privilege) => !relation.may.includes(privilege)) : []
    note(relation.quoted, { kind: 'missing', privileges: missing, grantee: relation.application })
  }
  return [...differences.values()]
}

function allowedOn({ name, isView, isPartition }: Relation): readonly string[] {
  if (isPartition) return []
  return isView ? ['SELECT'] : (special[name] ?? ordinary)
}

// Privileges on a column count as such on its table. What an extension brought along isn't ours to judge.
const relations = `
  WITH application AS (SELECT coalesce($1::name, session_user) AS name),
  grantee AS (
    SELECT 0::oid AS oid, 'PUBLIC' AS name
    UNION ALL
    SELECT r.oid, quote_ident(r.rolname) FROM pg_roles r, application WHERE pg_has_role(application.name, r.oid, 'MEMBER')
  )
  SELECT c.relname AS name, quote_ident(c.relname) AS quoted, quote_ident(application.name::text) AS application, c.relkind NOT IN ('r', 'p') AS "isView",
    c.relispartition AS "isPartition",
    c.relkind IN ('r', 'p') AND c.relowner = (SELECT m.relowner FROM pg_class m WHERE m.oid = to_regclass('public._prisma_migrations')) AS "isOurs",
    (SELECT coalesce(jsonb_agg(jsonb_build_object('grantee', h.name, 'privileges', h.privileges) ORDER BY h.name), '[]')
     FROM (
       SELECT g.name, array_agg(DISTINCT a.privilege_type) AS privileges
       FROM (
         SELECT * FROM aclexplode(c.relacl)
         UNION ALL
         SELECT acl.* FROM pg_attribute b, aclexplode(b.attacl) acl WHERE b.attrelid = c.oid AND NOT b.attisdropped
       ) a JOIN grantee g ON g.oid = a.grantee
       GROUP BY g.name
     ) h) AS held,
    ARRAY(SELECT p FROM unnest($2::text[]) p WHERE has_table_privilege(application.name, c.oid, p)) AS may
  FROM pg_class c, application
  WHERE c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY c.relname`
