import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'
import { sharedKeys } from '../support/keys.ts'
import { openEntry } from '../support/log.ts'
import { type Machine, writeEntries } from './support.ts'

/** A copy of a database, as a backup of it would be. */
export const copyOf = (url: string) => freshDatabase(new URL(url).pathname.slice(1))

/** Writes entries with a sequencer at work, which ends afterwards; says in which epoch they came and how many leaves there are. */
export async function grow(one: Machine, url: string, count: number) {
  const sequencer = await one.start(url)
  try {
    const ids = await withClient(url, (client) => writeEntries(client, count))
    expect(await sequencer.integration.integrated(ids)).toBe(true)
    const { epoch, size } = sequencer.state()
    return { epoch, size: size ?? 0 }
  } finally {
    await sequencer.close()
  }
}

/** What the entries that begin epochs say, the oldest first. */
export async function beginnings(url: string) {
  const { rows } = await withClient(ownerOf(url), (client) =>
    client.query<{ id: string; values: Buffer; index: number }>(
      `SELECT e.id, e.values, l.leaf_index::int AS index FROM system_audit_entry e JOIN audit_leaf l ON l.entry_id = e.id
       WHERE e.operation = 'beginEpoch' AND e.entity = 'AuditEpoch' ORDER BY e.id`,
    ),
  )
  return Promise.all(
    rows.map(async ({ index, ...entry }) => {
      const changes = await openEntry(sharedKeys, entry)
      return { index, ...Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, value.new])) }
    }),
  )
}

/** What a machine told as errors. */
export const errorsOf = ({ logged }: Machine) => logged.filter(({ level }) => Number(level) >= 50)
/** The latest copy of a checkpoint on a machine. */
export const latestOf = ({ folder }: Machine) => readFile(join(folder, 'latest'), 'utf8')
