import fc from 'fast-check'
import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { readCheckpoint } from '../../src/modules/audit/checkpoint/note.ts'
import { reportLines } from '../../src/modules/audit/verify/report.ts'
import { rebuild, signAnew } from './attacker.ts'
import { type Log, makeLog, tampered, verify } from './support.ts'
import { damages, edits, rewritings, rollbacks, type Tamper } from './tamperings.ts'

const only = (tamper: Tamper | undefined): Tamper => tamper ?? (() => Promise.reject(new Error('there is none')))

let log: Log
let sizes: number[]
beforeAll(async () => {
  log = await makeLog({ entries: 300, between: 15 })
  sizes = log.notes.map((note) => readCheckpoint(note)?.size ?? 0)
})

type Entry = { id: string; contact_id: string | null; sequence: string | null; leaf: number; isLast: boolean }

/** The entry at an index of the tree. */
async function entryAt(leaf: number): Promise<Entry> {
  const { rows } = await log.client.query<Entry>(
    `SELECT e.*, leaf_index::int AS leaf,
       e.sequence IS NOT DISTINCT FROM (SELECT max(sequence) FROM audit_entry o WHERE o.contact_id = e.contact_id) AS "isLast"
     FROM audit_leaf l JOIN (
       SELECT id, contact_id, sequence FROM audit_entry UNION ALL SELECT id, NULL, NULL FROM system_audit_entry) e ON e.id = l.entry_id
     WHERE leaf_index = $1`,
    [leaf],
  )
  if (!rows[0]) throw new Error(`there is no leaf ${leaf}`)
  return rows[0]
}

/** What a finding says of an entry, and of the signed checkpoints around its leaf. */
function namesOf({ id, contact_id, sequence, leaf }: Entry) {
  const after = sizes.findLast((size) => size <= leaf)
  return {
    entryId: id,
    table: contact_id === null ? 'system_audit_entry' : 'audit_entry',
    ...(contact_id !== null && { contactId: contact_id, sequence: Number(sequence) }),
    leafIndex: leaf,
    ...(after && { after: { origin: expect.any(String), size: after } }),
    before: { origin: expect.any(String), size: sizes.find((size) => size > leaf) },
  }
}

const leafIndex = fc.nat(299)
const choice = fc.nat(100_000)

describe('names the entry', { timeout: 300_000 }, () => {
  test.each(Object.keys(edits))('that was edited: %s', async (name) => {
    await fc.assert(
      fc.asyncProperty(leafIndex, choice, async (a, b) => {
        const entry = await entryAt(a)
        const { findings } = await tampered(log, (client) => edits[name]?.(client, { a, b, c: 0 }) ?? Promise.reject())
        const others = /number|contact/.test(name) ? ['sequenceGap'] : []
        const [first, ...more] = findings
        if (!first) return // It was so already, or it isn't about a contact.
        const names = namesOf(entry)
        if (/number/.test(name)) Object.assign(names, { sequence: expect.any(Number) })
        if (/contact/.test(name)) Object.assign(names, { contactId: expect.any(String) })
        expect(first).toMatchObject({ ...names, kind: 'edited', text: expect.stringContaining(entry.id) })
        expect(more.filter(({ kind }) => !others.includes(kind))).toEqual([])
      }),
      { numRuns: 6 },
    )
  })

  test('that was removed, with its number if entries about the contact follow', async () => {
    await fc.assert(
      fc.asyncProperty(leafIndex, async (a) => {
        const entry = await entryAt(a)
        const { findings } = await tampered(
          log,
          (client) => damages['entry removed']?.(client, { a, b: 0, c: 0 }) ?? Promise.reject(),
        )
        const { sequence, ...names } = namesOf(entry)
        expect(findings).toMatchObject([{ kind: 'removed', ...names, ...(!entry.isLast && { sequence }) }])
      }),
      { numRuns: 12 },
    )
  })

  test('that was inserted', async () => {
    await fc.assert(
      fc.asyncProperty(leafIndex, choice, async (a, b) => {
        const known = await ids()
        const inserted: string[] = []
        const { findings } = await tampered(log, async (client) => {
          await damages['entry inserted']?.(client, { a, b, c: 0 })
          inserted.push(...(await ids()).filter((id) => !known.includes(id)))
        })
        expect(findings).toMatchObject(inserted.map((entryId) => ({ kind: 'inserted', entryId })))
      }),
      { numRuns: 12 },
    )
  })

  test('that was put in between, with a leaf and a tree to match', async () => {
    await fc.assert(
      fc.asyncProperty(leafIndex, leafIndex, choice, async (a, c, b) => {
        const known = await ids()
        const inserted: string[] = []
        const { findings } = await tampered(log, async (client) => {
          await rewritings['entry put in between, and the tree made anew']?.(client, { a, b, c })
          inserted.push(...(await ids()).filter((id) => !known.includes(id)))
        })
        const [first, ...others] = findings
        expect(first).toMatchObject({ kind: 'inserted', entryId: inserted[0], leafIndex: c })
        expect(others.filter(({ kind }) => kind !== 'nodeAltered')).toEqual([])
      }),
      { numRuns: 12 },
    )
  })

  test('whose leaf was altered or is gone, and is as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        leafIndex,
        choice,
        fc.constantFrom('hash of a leaf', 'leaf for another contact', 'leaf removed'),
        async (a, b, name) => {
          const entry = await entryAt(a)
          const { findings } = await tampered(
            log,
            (client) => damages[name]?.(client, { a, b, c: 0 }) ?? Promise.reject(),
          )
          if (findings.length === 0) return // It was so already.
          expect(findings).toMatchObject([
            { ...namesOf(entry), kind: name === 'leaf removed' ? 'leafRemoved' : 'leafAltered' },
          ])
        },
      ),
      { numRuns: 15 },
    )
  })

  test('and the other one that it changed places with', async () => {
    const later = fc.integer({ min: log.unordered, max: 299 })
    await fc.assert(
      fc.asyncProperty(later, later, async (a, b) => {
        fc.pre(a !== b)
        const entries = await Promise.all([entryAt(Math.min(a, b)), entryAt(Math.max(a, b))])
        const { findings } = await tampered(
          log,
          (client) => damages['leaves exchanged']?.(client, { a, b, c: 0 }) ?? Promise.reject(),
        )
        const reordered = findings.filter(({ kind }) => kind !== 'nodeAltered')
        expect(reordered.map(({ kind, entryId }) => `${kind} ${entryId}`).sort()).toEqual(
          entries.map(({ id }) => `reordered ${id}`).sort(),
        )
      }),
      { numRuns: 15 },
    )
  })
})

test('names two neighbours that changed places, whichever checkpoint lies between them', {
  timeout: 120_000,
}, async () => {
  // After the last but one checkpoint there is none to tell that leaves follow as signed: there, the one seems put in.
  const between = sizes.filter((size) => size > log.unordered).slice(0, -2)
  expect(between.length).toBeGreaterThan(5)
  for (const size of between) {
    const ids = [(await entryAt(size - 1)).id, (await entryAt(size)).id]
    const { findings } = await tampered(
      log,
      (client) => damages['leaves exchanged']?.(client, { a: size - 1, b: size, c: 0 }) ?? Promise.reject(),
    )
    const reordered = findings
      .filter(({ kind }) => kind !== 'nodeAltered')
      .map(({ kind, entryId }) => `${kind} ${entryId}`)
    expect(reordered.sort(), `at ${size}`).toEqual(ids.map((id) => `reordered ${id}`).sort())
  }
})

describe('says between which signed checkpoints', { timeout: 300_000 }, () => {
  test('entries, leaves and nodes were rewritten so that they fit each other', async () => {
    await fc.assert(
      fc.asyncProperty(leafIndex, choice, async (a, b) => {
        const { leafIndex: _, ...names } = namesOf(await entryAt(a))
        const { findings } = await tampered(log, async (client) => {
          await edits['entity_id of an entry']?.(client, { a, b, c: 0 })
          await rebuild(client)
        })
        const { after, before } = names
        expect(findings).toMatchObject([
          { kind: 'rewritten', leafIndex: after?.size ?? 0, lastLeafIndex: (before.size ?? 0) - 1, before },
        ])
      }),
      { numRuns: 12 },
    )
  })

  test('an entry was taken out with its leaf, and which number about which contact it had', async () => {
    await fc.assert(
      fc.asyncProperty(leafIndex, async (a) => {
        const entry = await entryAt(a)
        const { findings } = await tampered(
          log,
          (client) =>
            rewritings['entry and leaf taken out, and the tree made anew']?.(client, { a, b: 0, c: 0 }) ??
            Promise.reject(),
        )
        const kinds = findings.map(({ kind }) => kind)
        expect(kinds).toContain(a < (sizes.at(-2) ?? 0) ? 'rewritten' : 'truncated')
        if (entry.contact_id === null || entry.isLast) return
        const gap = { kind: 'sequenceGap', contactId: entry.contact_id, sequence: Number(entry.sequence) }
        expect(findings).toContainEqual(expect.objectContaining(gap))
      }),
      { numRuns: 12 },
    )
  })

  test('leaves were rewritten, narrower where the nodes above them were left alone', async () => {
    // Without the checkpoints between, only the last one tells; but node 0 of level 1 stands for the first 256 leaves.
    const { findings } = await tampered(log, async (client) => {
      await client.query('DELETE FROM audit_checkpoint WHERE tree_size < (SELECT max(tree_size) FROM audit_checkpoint)')
      await client.query(
        "UPDATE audit_entry e SET operation = 'x' WHERE id = (SELECT entry_id FROM audit_leaf WHERE leaf_index = 100)",
      )
      await client.query(
        "UPDATE system_audit_entry e SET operation = 'x' WHERE id = (SELECT entry_id FROM audit_leaf WHERE leaf_index = 100)",
      )
      const { rows: nodes } = await client.query('SELECT * FROM audit_node')
      await rebuild(client)
      await client.query('UPDATE audit_node SET hash = $1', [nodes[0].hash])
    })
    expect(findings).toMatchObject([{ kind: 'rewritten', leafIndex: 0, lastLeafIndex: 255 }])
  })
})

test.each([
  ['DELETE FROM audit_sequencer', 'must have one row'],
  ['UPDATE audit_sequencer SET watermark = 0', 'before the last leaf'],
  ['UPDATE audit_sequencer SET watermark = watermark + 1000000', 'still to come'],
  ['UPDATE audit_sequencer SET epoch = 2', 'epoch 2'],
])('says what the sequencer could be misled by: %s', async (statement, told) => {
  const { findings } = await tampered(log, (client) => client.query(statement))
  expect(findings).toMatchObject([{ kind: 'sequencerAltered', text: expect.stringContaining(told) }])
})

test('names an entry of a transaction that is still to come, which would wait for its leaf for ever', async () => {
  const name = 'entry of a transaction still to come inserted'
  const { findings, waiting } = await tampered(log, (client) => only(damages[name])(client, { a: 5, b: 7, c: 0 }))
  const text = expect.stringContaining('still to come')
  expect(findings).toMatchObject([{ kind: 'inserted', text, table: 'audit_entry', entryId: expect.any(String) }])
  expect(waiting).toBe(0)
})

test('leaves open what is to come in a database that was just moved, where transactions may count anew', async () => {
  const { findings } = await tampered(log, async (client) => {
    await only(damages['entry of a transaction still to come inserted'])(client, { a: 5, b: 7, c: 0 })
    await client.query("UPDATE audit_sequencer SET database = '1/1'")
  })
  expect(findings).toMatchObject([{ kind: 'inserted', text: expect.stringContaining('restored, moved') }])
})

test('says since when entries wait that a turn should have taken long ago', async () => {
  const write = async (client: pg.Client, ago: string) => {
    await client.query('UPDATE audit_sequencer SET watermark = watermark - 1')
    await client.query(
      `INSERT INTO system_audit_entry (id, transaction_id, recorded_at, request_id, actor_kind, action, operation, entity, entity_id, fields)
       SELECT gen_random_uuid(), pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1, now() - interval '${ago}', '', 'system', 'created', 'test', 'User',
         gen_random_uuid(), '{}'`,
    )
  }
  const waited = await tampered(log, (client) => write(client, '1 hour'))
  expect(waited).toMatchObject({ findings: [], waiting: 1, waitingSince: expect.stringMatching(/^20.*Z$/) })
  expect(reportLines(waited, 0).join()).toContain(`waited since ${waited.waitingSince}`)
  expect(await tampered(log, (client) => write(client, '1 second'))).toMatchObject({
    waiting: 1,
    waitingSince: undefined,
  })
})

test('tells how far it is', async () => {
  const told: [number, number][] = []
  const { leaves } = await verify(log, [], { onProgress: (done, total) => told.push([done, total]) })
  expect(leaves).toBeGreaterThan(300 - 1)
  expect(told.at(-1)).toEqual([leaves, leaves])
  expect(told.every(([done, total], at) => total === leaves && done > (told[at - 1]?.[0] ?? 0))).toBe(true)
})

describe('tells of times that can not be', () => {
  const set = (table: string, at: number, values: string) =>
    `UPDATE ${table} e SET ${values} FROM audit_leaf l WHERE l.entry_id = e.id AND l.leaf_index = ${at}`
  /** Entries that say something else, with leaves and tree to match, as if the product had put them there. */
  const signedAs = (from: number, to: number, values: string) =>
    tampered(log, async (client) => {
      for (let at = from; at <= to; at++) {
        for (const table of ['audit_entry', 'system_audit_entry']) await client.query(set(table, at, values))
      }
      await rebuild(client)
      await signAnew(client, 0, await log.signing.signer())
    })

  test.each([
    ['of an entry that came in long after others that say they are later', 250, 250],
    ['of many such entries, as one finding', 250, 262],
  ])('%s', async (_, from, to) => {
    const { findings } = await signedAs(from, to, "recorded_at = recorded_at - interval '20 minutes'")
    const inOrder = findings.filter(({ text }) => text.includes('was set back'))
    expect(inOrder).toMatchObject([{ kind: 'timeOff', leafIndex: from, ...(to > from && { lastLeafIndex: to }) }])
  })

  test('of an entry whose id says something else, by which it stands in lists', async () => {
    const { findings } = await signedAs(250, 250, "recorded_at = recorded_at - interval '20 minutes'")
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'timeOff', leafIndex: 250, text: expect.stringContaining('has an id of') }),
    )
  })

  test('but not what long transactions and clocks account for', async () => {
    const values = "recorded_at = recorded_at - interval '8 minutes'"
    expect((await signedAs(250, 255, values)).findings).toEqual([])
  })

  test.each([
    ['before the entries that it covers', "'2020-01-01'"],
    ['after a later one', "'2060-01-01'"],
  ])('of a checkpoint that says it was signed %s', async (_, time) => {
    const size = sizes[4] ?? 0
    const { findings } = await tampered(log, (client) =>
      client.query(`UPDATE audit_checkpoint SET signed_at = ${time} WHERE tree_size = $1`, [size]),
    )
    expect(findings[0]).toMatchObject({
      kind: 'timeOff',
      text: expect.stringContaining('said to be signed at'),
    })
    expect(findings.every(({ kind }) => kind === 'timeOff')).toBe(true)
  })
})

test('finds nothing where the sequencer is only behind', async () => {
  const statement = 'UPDATE audit_sequencer SET lease_until = now(), term = term + 5, holder = gen_random_uuid()'
  expect((await tampered(log, (client) => client.query(statement))).findings).toEqual([])
})

describe('says how much is gone', () => {
  test('from the end, by a checkpoint outside of the database', async () => {
    const newest = sizes.at(-1) ?? 0
    const size = sizes[5] ?? 0
    const { findings, newest: kept } = await tampered(
      log,
      (client) => rollbacks['cut off at a checkpoint']?.(client, { a: 5, b: 0, c: 0 }) ?? Promise.reject(),
      log.notes.slice(-1),
    )
    expect(kept?.size).toBe(size)
    expect(findings).toMatchObject([
      { kind: 'rolledBack', leafIndex: size, lastLeafIndex: newest - 1, before: { size: newest } },
    ])
  })

  test('from the end, by a checkpoint in the database', async () => {
    const { findings } = await tampered(log, async (client) => {
      for (const table of ['audit_entry', 'system_audit_entry']) {
        await client.query(`DELETE FROM ${table} WHERE id IN (SELECT entry_id FROM audit_leaf WHERE leaf_index >= 290)`)
      }
      await client.query('DELETE FROM audit_leaf WHERE leaf_index >= 290')
    })
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'truncated', leafIndex: 290, lastLeafIndex: 299 }))
  })
})

async function ids(): Promise<string[]> {
  const { rows } = await log.client.query<{ id: string }>(
    'SELECT id FROM audit_entry UNION ALL SELECT id FROM system_audit_entry',
  )
  return rows.map(({ id }) => id)
}
