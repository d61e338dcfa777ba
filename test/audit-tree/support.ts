import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import { readConfig } from '../../src/config.ts'
import type { Logger } from '../../src/log.ts'
import { type AuditSigner, auditSigner } from '../../src/modules/audit/checkpoint/signing-key.ts'
import { type Sequencer, type SequencerOptions, startSequencer } from '../../src/modules/audit/sequencer/sequencer.ts'
import { atEnd } from '../support/at-end.ts'
import { sharedKeys } from '../support/keys.ts'

/** An empty data folder, for as long as the test file runs. */
export async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-tree-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export type Machine = {
  data: string
  /** Where its copies of checkpoints are. */
  folder: string
  /** What it told its log, as objects. */
  logged: Record<string, unknown>[]
  signer: () => Promise<AuditSigner>
  start: (url: string, options?: Partial<SequencerOptions>) => Promise<Sequencer>
}

/** A data folder with what a process on it logs; sequencers start on it like in the product. */
export async function machine(settings: Record<string, string> = {}, data?: string): Promise<Machine> {
  const folder = data ?? (await dataFolder())
  const logged: Record<string, unknown>[] = []
  const log: Logger = pino({ level: 'debug', base: null }, { write: (line: string) => logged.push(JSON.parse(line)) })
  const signer = () => auditSigner(readConfig({ LETHE_DATA: folder, ...settings }))
  return {
    data: folder,
    folder: join(folder, 'audit'),
    logged,
    signer,
    start: async (url, options = {}) => {
      const signer = await auditSigner(readConfig({ LETHE_DATA: folder, ...settings }))
      const sequencer = await startSequencer({
        url,
        signer,
        folder: join(folder, 'audit'),
        log,
        keys: sharedKeys,
        ...options,
      })
      let closing: Promise<void> | undefined
      const close = () => {
        closing ??= sequencer.close()
        return closing
      }
      atEnd(close)
      return { ...sequencer, close }
    },
  }
}

/** Connections to a database, until the test file ends. */
export function connections(url: string, max = 10): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max })
  pool.on('error', () => undefined)
  atEnd(() => pool.end())
  return pool
}

/** Writes entries as one transaction; returns their ids. With a contact, about it. */
export async function writeEntries(on: pg.Pool | pg.ClientBase, count = 1, contactId?: string): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7())
  const columns = 'id, request_id, actor_kind, action, operation, entity, entity_id, fields, "values"'
  const values = [ids, randomUUID(), uuidv7(), Buffer.from('01ff', 'hex')]
  const rest = `id, $2, 'user', 'updated', 'test', 'User', $3, ARRAY['name', 'ümlaut "quoted"'], $4`
  await (contactId
    ? on.query(
        `INSERT INTO audit_entry (contact_id, ${columns}) SELECT $5, ${rest} FROM unnest($1::uuid[]) AS id ORDER BY id`,
        [...values, contactId],
      )
    : on.query(`INSERT INTO system_audit_entry (${columns}) SELECT ${rest} FROM unnest($1::uuid[]) AS id`, values))
  return ids
}
