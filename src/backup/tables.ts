import type pg from 'pg'

/**
 * Whose rows a table holds: those of one contact each, which are sealed under that contact's key; those that may be about somebody
 * whom nobody recognises yet, sealed under the archive's own key, which goes as soon as anybody is erased; or everybody's.
 */
export type Ownership = 'contact' | 'archive' | 'everybody'

/** A table as an archive has it. Its columns in the order of its rows: of a contact's, the contact comes first. */
export type ArchivedTable = { name: string; columns: string[]; ownership: Ownership }

/**
 * Tables that name contacts and outlive them: who was erased must be known, and the log must stay whole. Nothing in them is about
 * a person, but for what is sealed under the contact's key in the column itself.
 */
const outliving: readonly string[] = ['audit_entry', 'audit_leaf', 'erased_contact']

/**
 * Tables whose rows tell something about persons before anybody knows whether they are contacts. They are sealed with the
 * installation's secret, which outlives an erasure; so in an archive they are sealed once more.
 */
export const unrecognised: readonly string[] = [
  'consent_call',
  'consent_request',
  'consent_wish',
  'document_ticket',
  'incoming_request',
]

/**
 * Sign-ins are not archived: one that was ended since would come back. Nor is what they are about to be, nor links that work once. Nor are
 * files of reports, which last a day: each tells of many persons, and must not be read any more once one of them is erased.
 */
export const passing: readonly string[] = [
  'refresh_token',
  'report_file',
  'report_file_contact',
  'report_file_work',
  'self_service_code',
  'self_service_session',
  'session',
  'sign_in_challenge',
  'sign_in_link',
]

/** Made by migrations alone. */
const bookkeeping = '_prisma_migrations'

/** Counted anew from other tables where it is missing. */
const derived = 'audit_count'

/** All tables of the database that this connection leads to, by name. */
export async function tablesOf(client: pg.Client): Promise<ArchivedTable[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attname <> 'contact_id', a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL ($1)
     GROUP BY c.relname ORDER BY c.relname`,
    [[bookkeeping, derived, ...passing]],
  )
  return rows.map(({ name, columns }) => ({ name, columns, ownership: ownershipOf(name, columns) }))
}

function ownershipOf(name: string, columns: readonly string[]): Ownership {
  if (unrecognised.includes(name)) return 'archive'
  return columns[0] === 'contact_id' && !outliving.includes(name) ? 'contact' : 'everybody'
}

/** The migrations that made the database what it is, in their order. */
export async function migrationsOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM ${bookkeeping} WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

/** A name as SQL has it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Columns as SQL has them. */
export const listed = ({ columns }: Pick<ArchivedTable, 'columns'>): string => columns.map(quoted).join(', ')
