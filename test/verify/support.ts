import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { vi } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import type { Verifier } from '../../src/modules/audit/checkpoint/keys.ts'
import { type Verification, type VerifyOptions, verifyLog } from '../../src/modules/audit/verify/verify.ts'
import { type Guard, wantedGuards } from '../../src/modules/security/guards.ts'
import { type Machine, machine } from '../audit-tree/support.ts'
import { atEnd } from '../support/at-end.ts'
import { type TestContext, testContext } from '../support/context.ts'
import { freshDatabase, ownerOf } from '../support/database.ts'

export type Log = {
  url: string
  context: TestContext
  /** The process that signed, with its data folder. */
  signing: Machine
  verifiers: Verifier[]
  guards: Guard[]
  /** All checkpoints, the first one first. */
  notes: string[]
  /** So many leaves got into the tree when all entries were looked through at its beginning, in no order of their transactions. */
  unordered: number
  /** As the superuser, whom nothing holds. */
  client: pg.Client
}

/**
 * A log of at least so many entries, about contacts and others, made by the product, with a checkpoint now and then. With
 * `renamed`, it got that name half-way, so that it has two epochs.
 */
export async function makeLog({
  entries = 40,
  between = 10,
  renamed,
}: {
  entries?: number
  between?: number
  renamed?: string
} = {}): Promise<Log> {
  const url = await freshDatabase()
  const context = testContext(url)
  atEnd(context.close)
  const client = new pg.Client({ connectionString: ownerOf(url) })
  await client.connect()
  atEnd(() => client.end())

  const first = await machine()
  const second = renamed === undefined ? first : await machine({ LETHE_AUDIT_ORIGIN: renamed }, first.data)
  const contacts: string[] = []
  let isRenamed = first === second
  let unordered: number | undefined
  for (let written = 0, turn = 0; written < entries; ) {
    if (written >= entries / 2 && !isRenamed) {
      await begin(second, url, 2)
      isRenamed = true
    }
    const ids: string[] = []
    while (ids.length < between) {
      const requestId = randomUUID()
      await change({ ...context, requestId }, contacts, turn++)
      ids.push(...(await entriesOf(client, requestId)))
    }
    await integrate(written < entries / 2 ? first : second, url, ids)
    unordered ??= await leavesIn(client)
    written += ids.length
  }
  const verifiers = [await first.signer(), ...(first === second ? [] : [await second.signer()])]
  const log = { url, context, signing: second, verifiers, guards: wantedGuards(context), client }
  return { ...log, notes: await notesOf(client), unordered: unordered ?? 0 }
}

async function leavesIn(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM audit_leaf')
  return rows[0]?.count ?? 0
}

/** The ids of the entries that a request wrote. */
export async function entriesOf(client: pg.Client, requestId: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM audit_entry WHERE request_id = $1 UNION ALL SELECT id FROM system_audit_entry WHERE request_id = $1',
    [requestId],
  )
  return rows.map(({ id }) => id)
}

/** Lets the product put entries into the tree, and ends. */
export async function integrate({ start }: Machine, url: string, ids: readonly string[]) {
  const sequencer = await start(url)
  if (!(await sequencer.integration.integrated(ids))) throw new Error('the tree does not grow')
  await sequencer.close()
}

/** Lets the product go on as this epoch, with nothing that would have to wait for it, and ends. */
async function begin({ start }: Machine, url: string, epoch: number) {
  const sequencer = await start(url)
  await vi.waitUntil(() => sequencer.state().epoch === epoch, { timeout: 10_000 })
  await sequencer.close()
}

/** One after the other, makes a contact, one with an address, changes one that there is, and makes a user. */
export async function change(context: TestContext, contacts: string[], turn: number) {
  const id = uuidv7()
  const known = contacts[(turn * 7) % Math.max(contacts.length, 1)]
  await transact(context, 'test', async (tx) => {
    if (turn % 4 === 3)
      await tx.user.create({ data: { id, email: `${id}@example.org`, name: 'Ada', passwordHash: '' } })
    else if (turn % 4 === 2 && known) {
      await tx.contact.update({ where: { id: known }, data: { jobTitle: `Nr. ${turn} „é“` } })
    } else {
      contacts.push(id)
      await tx.contact.create({ data: { id, givenName: 'Ada', familyName: `${turn}` } })
      if (turn % 4 === 1) {
        const value = `${id}@example.org`
        await tx.contactPoint.create({ data: { id: uuidv7(), contactId: id, kind: 'email', value } })
      }
    }
  })
}

/** The checkpoints in the database. */
export async function notesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ note: string }>('SELECT note FROM audit_checkpoint ORDER BY epoch, tree_size')
  return rows.map(({ note }) => note)
}

/** Verifies the log as it is in a transaction that runs, against these checkpoints, too. */
export const verify = (
  { client, verifiers, guards }: Log,
  outside: readonly string[] = [],
  options: Partial<VerifyOptions> = {},
): Promise<Verification> =>
  verifyLog({
    client,
    verifiers,
    guards,
    outside: outside.map((note) => ({ note, source: 'a file', isBrought: true })),
    ...options,
  })

/** Does something as the superuser, past all triggers, verifies, and undoes it. */
export async function tampered(
  log: Log,
  tamper: (client: pg.Client) => Promise<unknown>,
  outside: readonly string[] = [],
  options: Partial<VerifyOptions> = {},
): Promise<Verification> {
  const { client } = log
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  try {
    await client.query("SET LOCAL session_replication_role = 'replica'")
    await tamper(client)
    await client.query("SET LOCAL session_replication_role = 'origin'")
    return await verify(log, outside, options)
  } finally {
    await client.query('ROLLBACK')
  }
}
