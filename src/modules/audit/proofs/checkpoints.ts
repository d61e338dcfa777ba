import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { readCheckpoint } from '../checkpoint/note.ts'
import { rootAt } from '../tree/stored.ts'
import { treeQuery } from './tree.ts'

/** What the tree was at one of its sizes. Where nothing was signed at that size, only what the log itself says. */
export type TreeHead = { size: number; root: Uint8Array; signed?: Signed }

/** `verifier`: the key that checks it; absent if that isn't ours any more. */
type Signed = { origin: string; note: string; signedAt: Date; verifier: string | undefined }

type Asker = Pick<Context, 'log' | 'requestId' | 'integration'> & { database: Pick<Context['database'], '$queryRaw'> }

type Row = { size: bigint; note: string; signedAt: Date }

/** The newest checkpoint; undefined in a log without entries. */
export const newestCheckpoint = (context: Asker): Promise<TreeHead | undefined> =>
  find(context, Prisma.sql`ORDER BY c.epoch DESC, c.tree_size DESC`)

/** The first checkpoint of a tree with at least so many entries. */
export const checkpointFrom = (context: Context, size: number): Promise<TreeHead | undefined> =>
  find(context, Prisma.sql`WHERE c.tree_size >= ${size} ORDER BY c.tree_size, c.epoch DESC`)

/** The tree at this size, which it must have reached; with the checkpoint, if there is one of exactly this size. */
export async function headAt(context: Context, size: number): Promise<TreeHead> {
  const signed = await find(context, Prisma.sql`WHERE c.tree_size = ${size} ORDER BY c.epoch DESC`)
  return signed ?? { size, root: await rootAt(treeQuery(context.database), size) }
}

async function find(context: Asker, which: Prisma.Sql): Promise<TreeHead | undefined> {
  const [row] = await context.database.$queryRaw<Row[]>`
    SELECT c.tree_size AS size, c.note, c.signed_at AS "signedAt" FROM audit_checkpoint c ${which} LIMIT 1`
  if (!row) return undefined
  const checkpoint = readCheckpoint(row.note)
  if (!checkpoint || checkpoint.size !== Number(row.size)) {
    const { log, requestId } = context
    log.error({ requestId, size: Number(row.size) }, 'a checkpoint of the audit log is not one')
    throw new LetheError(
      'UNREADABLE',
      `What is stored as the checkpoint of ${row.size} entries is none: it was altered in the database. Tell an administrator: ` +
        '"lethe audit verify" says more.',
    )
  }
  const { origin, size, root } = checkpoint
  const { note, signedAt } = row
  return { size, root, signed: { origin, note, signedAt, verifier: context.integration?.verifier?.(note) } }
}
