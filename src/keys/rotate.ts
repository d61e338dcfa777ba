import pg from 'pg'
import { beDurable } from '../database/durable.ts'
import { StartError } from '../start-error.ts'
import { type MasterKeySource, type MasterKeys, randomMasterKey } from './master-key.ts'
import { forgetUnused, masterKeyState, matchMasterKeys } from './prepare.ts'
import { rewrapKeys } from './rewrap.ts'
import { keysChannel } from './store.ts'

/** What a rotation did. */
export type Rotation = {
  /** The id of the master key that wraps all keys now. */
  current: string
  /** How many were wrapped anew. */
  rewrapped: number
  /** Whether it went on with one that had been interrupted, or that the operator had prepared. */
  prepared: boolean
  /** Ids of the master keys that nothing is wrapped by any more, and whether they were taken out of their source. */
  retired: { ids: string[]; removed: boolean }
}

// A process may have to ask a service for its new master key.
const longestWait = 45_000
const rotationLock = 5_384_845

/**
 * Wraps all keys by another master key, while processes go on using and making them: a new one that is put into the file,
 * or else the first one that setting or command give. May be interrupted at any point; the next call goes on from there.
 *
 * 1. The new master key is put in front of the others. 2. It is announced, until every running process has it. 3. It
 * becomes the current one, which wraps new keys. 4. The keys that others wrap are wrapped anew. 5. The others are taken
 * out of the key store, which PostgreSQL refuses while they wrap anything; 6. and then out of the file.
 */
export async function rotateMasterKey(options: {
  url: string
  source: MasterKeySource
  /** Leaves the earlier master keys in the file. */
  keep: boolean
  onProgress: (done: number, total: number) => void
  /** Told how many running processes lack the new master key, whenever that changes. */
  onWaiting?: (lacking: number) => void
  /** Stops it where it is, with a StartError. */
  signal?: AbortSignal
  /** Milliseconds that running processes have to get the new master key. */
  patience?: number
}): Promise<Rotation> {
  const { url, source, keep, onProgress, signal } = options
  const client = new pg.Client({ connectionString: url, application_name: 'lethe keys rotate', keepAlive: true })
  client.on('error', () => undefined) // The next statement tells.
  await client.connect()
  try {
    await beDurable(client)
    await lockRotations(client)
    const before = await matchMasterKeys(client, source)
    await forgetUnused(client, before)
    const { current, ids } = await masterKeyState(client)
    const prepared = before[0].id !== current || ids.length > 1
    const keys = prepared ? before : await addMasterKey(source, before)
    const [next] = keys
    await announce(client, keys, options)
    await client.query(`UPDATE keystore_state SET current_master_key = $1 WHERE current_master_key <> $1`, [next.id])
    await notify(client)
    const rewrapped = await rewrapKeys(client, keys, onProgress, signal)
    const retired = keys.slice(1).map(({ id }) => id)
    const removed = !keep && source.file !== undefined
    if (removed) await source.file?.replace([next])
    return { current: next.id, rewrapped, prepared, retired: { ids: retired, removed } }
  } finally {
    await client.end()
  }
}

/** Held by the connection, so that it ends with the process however that ends. */
async function lockRotations(client: pg.Client) {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [rotationLock])
  if (!rows[0]?.locked) throw new StartError('The master key is being rotated by another process.')
}

async function addMasterKey(source: MasterKeySource, keys: MasterKeys): Promise<MasterKeys> {
  if (!source.file) {
    throw new StartError(
      `All keys are wrapped by the first key of ${source.place} already. To rotate it, put a new one in front of it ` +
        '(openssl rand -base64 32), restart the processes one after the other, and run this again.',
    )
  }
  const next = randomMasterKey()
  await source.file.replace([next, ...keys])
  const written = await source.read()
  if (written?.[0].id !== next.id)
    throw new StartError(`Something else writes to ${source.place}. Nothing was rotated.`)
  return written
}

type Waiting = Pick<Parameters<typeof rotateMasterKey>[0], 'onWaiting' | 'patience' | 'signal'>

/** Lets every running process learn the new master key before anything is wrapped by it. */
async function announce(
  client: pg.Client,
  [{ id }, ...others]: MasterKeys,
  { onWaiting, patience = longestWait, signal }: Waiting,
) {
  await client.query('INSERT INTO master_key (id) VALUES ($1) ON CONFLICT DO NOTHING', [id])
  await notify(client)
  const end = performance.now() + patience
  for (let told = 0; ; ) {
    const lacking = await countLacking(client, id)
    if (lacking === 0) return
    if (lacking !== told) onWaiting?.(lacking)
    told = lacking
    if (signal?.aborted || performance.now() > end) {
      await forgetUnused(client, others)
      throw new StartError(
        `${signal?.aborted ? 'Interrupted, and nothing was rotated: ' : ''}${processes(lacking)} not have the new master key ${id}. ` +
          'Give it to them (restart those that have their master key from a setting), and run this again.',
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function countLacking(client: pg.Client, id: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'SELECT count(*)::int FROM reader WHERE lease_until > clock_timestamp() AND NOT $1 = ANY (master_keys)',
    [id],
  )
  return rows[0]?.count ?? 0
}

const processes = (count: number) => `${count} running ${count === 1 ? 'process does' : 'processes do'}`

const notify = (client: pg.Client) => client.query(`NOTIFY ${keysChannel}`)
