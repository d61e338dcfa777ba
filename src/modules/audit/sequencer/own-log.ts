import type pg from 'pg'
import { StartError } from '../../../start-error.ts'
import { type KnownCheckpoint, nameOf, ownCheckpoint } from '../checkpoint/epochs.ts'
import { renamed } from '../checkpoint/keys.ts'
import { claimsSigner, readCheckpoint } from '../checkpoint/note.ts'
import type { AuditSigner } from '../checkpoint/signing-key.ts'
import { openConnections } from './connection.ts'

/** The newest checkpoint in the database. */
export async function newestNote(pool: pg.Pool): Promise<string | undefined> {
  const { rows } = await pool.query<{ note: string }>(
    'SELECT note FROM audit_checkpoint ORDER BY epoch DESC, tree_size DESC LIMIT 1',
  )
  return rows[0]?.note
}

const mostForged = 100

/** The newest checkpoint in the database that our key signed. Others after it, which nobody signed, count as nothing. */
export async function newestOwn(pool: pg.Pool, signer: AuditSigner): Promise<KnownCheckpoint | undefined> {
  const { rows } = await pool.query<{ note: string }>(
    'SELECT note FROM audit_checkpoint ORDER BY epoch DESC, tree_size DESC LIMIT $1',
    [mostForged],
  )
  for (const { note } of rows) {
    const checkpoint = ownCheckpoint(signer, note)
    if (checkpoint) return checkpoint
  }
  return undefined
}

/**
 * Whether we go on under the name and key that the log has. `renamed`: no, somebody chose a name that it never had. Throws
 * a StartError for any other difference: mostly a process that lacks the key of the others.
 */
export async function compareSigner(pool: pg.Pool, signer: AuditSigner): Promise<'same' | 'renamed'> {
  const note = await newestNote(pool)
  const origin = readCheckpoint(note ?? '')?.origin
  // One that nobody can read was tampered with; that isn't a question of keys.
  if (note === undefined || origin === undefined) return 'same'
  const isOurs = claimsSigner(renamed(signer, origin), note) || ownCheckpoint(signer, note) !== undefined
  if (isOurs && nameOf(origin) === signer.name) return 'same'
  if (signer.isNameChosen && !(await namesOf(pool)).includes(signer.name)) return 'renamed'
  throw new StartError(
    `The audit log in the database is signed as "${nameOf(origin)}"${isOurs ? '' : ' with another key'}, and here as "${signer.name}". ` +
      'All processes on one database need the same key: the file audit.key of the data folder, or LETHE_AUDIT_KEY. If the key is ' +
      'lost, or the log is to get another name, choose one that it never had with LETHE_AUDIT_ORIGIN: a new epoch begins.',
  )
}

/** Asks the log in a database whether it goes on with this signer, like `compareSigner`. */
export const admittedBy =
  (url: string) =>
  async (signer: AuditSigner): Promise<void> => {
    const pool = openConnections(url)
    try {
      await compareSigner(pool, signer)
    } finally {
      await pool.end()
    }
  }

async function namesOf(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ note: string | null }>(
    `SELECT (SELECT c.note FROM audit_checkpoint c WHERE c.epoch = e ORDER BY c.tree_size LIMIT 1) AS note
     FROM generate_series(1, (SELECT max(epoch) FROM audit_checkpoint)) e`,
  )
  return rows.flatMap(({ note }) => nameOf(readCheckpoint(note ?? '')?.origin ?? ''))
}
