import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { readCopies } from '../../src/modules/audit/verify/kept.ts'
import { reportLines } from '../../src/modules/audit/verify/report.ts'
import { rebuild } from './attacker.ts'
import { change, entriesOf, integrate, type Log, makeLog, verify } from './support.ts'
import { edits, rollbacks, type Tamper } from './tamperings.ts'

/** Does something as the superuser, for good, and lets the product go on with what it finds. */
async function goOnAfter(log: Log, tamper: Tamper, a: number): Promise<void> {
  await log.client.query("SET session_replication_role = 'replica'")
  await tamper(log.client, { a, b: 0, c: 0 })
  await log.client.query("SET session_replication_role = 'origin'")
  const requestId = randomUUID()
  await change({ ...log.context, requestId }, [], 0)
  await integrate(log.signing, log.url, await entriesOf(log.client, requestId))
}

const sizeOf = (note: string | undefined) => Number(note?.split('\n')[1])

const only = (tamper: Tamper | undefined): Tamper => tamper ?? (() => Promise.reject(new Error('there is none')))

describe('a log that went on as a new epoch', () => {
  test('after a restore says what was lost, as a finding until somebody accepts the epoch', async () => {
    const log = await makeLog()
    const size = sizeOf(log.notes[1])
    await goOnAfter(log, only(rollbacks['cut off at a checkpoint']), 1)

    const outside = await readCopies(log.signing)
    expect(outside.length).toBeGreaterThan(0)
    const newest = sizeOf(log.notes.at(-1))
    const { findings, epochs } = await verify(log, [], { outside })
    expect(findings).toMatchObject([
      { kind: 'rolledBack', leafIndex: size, lastLeafIndex: newest - 1, text: expect.stringContaining('epoch 2') },
      // That of the change had waited: the epoch began when the process did.
      { kind: 'signedAnew', leafIndex: size + 1, text: expect.stringContaining('--accept-epoch 2') },
    ])
    const [began] = epochs
    expect(began).toMatchObject({ epoch: 2, leaves: size, entryId: expect.any(String), accepted: false })
    expect(began).toMatchObject({ lost: { size: newest }, older: { entries: 1 }, time: expect.any(String) })

    const brought = await verify(log, log.notes)
    const lost = log.notes.map(sizeOf).filter((lostSize) => lostSize > size)
    expect(brought.findings.filter(({ kind }) => kind === 'rolledBack')).toMatchObject(
      lost.map((lostSize) => ({ leafIndex: size, lastLeafIndex: lostSize - 1 })),
    )

    const accepted = { acceptedEpochs: [2] }
    expect((await verify(log, log.notes, accepted)).findings).toEqual([])
    expect(await verify(log, [], { outside, ...accepted })).toMatchObject({
      findings: [],
      epochs: [{ epoch: 2, lost: { size: newest }, accepted: true }],
    })
    expect((await verify(log, [], { outside, acceptedEpochs: [3] })).findings).toHaveLength(2)
  })

  test('whose entries were edited, cut out of the tree and signed anew says so, with copies and without', async () => {
    const log = await makeLog()
    const [size, newest] = [sizeOf(log.notes[1]), sizeOf(log.notes.at(-1))]
    const signAnew: Tamper = async (client, choice) => {
      await edits['actor_id of an entry']?.(client, choice)
      await client.query('DELETE FROM audit_leaf WHERE leaf_index >= $1', [size])
      await client.query('DELETE FROM audit_checkpoint WHERE tree_size > $1', [size])
    }
    await goOnAfter(log, signAnew, size + 3)
    const older = newest - size + 1 // One is new.
    const alone = await verify(log)
    expect(alone.findings).toMatchObject([{ kind: 'signedAnew', leafIndex: size + 1, lastLeafIndex: size + older }])
    expect(alone.epochs).toMatchObject([{ epoch: 2, older: { entries: older } }])
    expect(reportLines(alone, 0).join('\n')).not.toContain('lost')
    const { findings } = await verify(log, [], { outside: await readCopies(log.signing) })
    expect(findings.map(({ kind }) => kind)).toEqual(['rolledBack', 'signedAnew'])
  })

  test('after leaves were rewritten still tells between which checkpoints', async () => {
    const log = await makeLog()
    const [before = 0, after = 0] = [sizeOf(log.notes[1]), sizeOf(log.notes[2])]
    const rewrite: Tamper = async (client, choice) => {
      await edits['entity_id of an entry']?.(client, choice)
      await rebuild(client)
    }
    await goOnAfter(log, rewrite, before)
    const { findings, epochs, newest } = await verify(log, log.notes)
    expect(findings).toMatchObject([
      { kind: 'rewritten', leafIndex: before, lastLeafIndex: after - 1 },
      { kind: 'signedAnew' },
    ])
    expect(epochs).toMatchObject([{ epoch: 2, lost: undefined }])
    expect(newest?.epoch).toBe(2)
  })

  test('under another name is verified with both keys', async () => {
    const log = await makeLog({ renamed: 'renamed.example/audit' })
    expect(await verify(log, log.notes)).toMatchObject({ findings: [], epochs: [{ epoch: 2 }] })
    const { findings } = await verify(log, [], { verifiers: log.verifiers.slice(1) })
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['checkpointForged']))
  })

  test('is not believed to have lost what somebody only says it did', async () => {
    const log = await makeLog()
    const middle = sizeOf(log.notes[1])
    await log.client.query('BEGIN')
    await log.client.query("SET LOCAL session_replication_role = 'replica'")
    // A checkpoint of a second epoch, which nobody signed, would make those of the first one after it known as lost.
    await log.client.query(
      "INSERT INTO audit_checkpoint (epoch, tree_size, note) SELECT 2, $1, replace(note, E'/audit\\n', E'/audit/epoch-2\\n') FROM audit_checkpoint WHERE tree_size = $1",
      [middle],
    )
    await rollbacks['cut off at a checkpoint']?.(log.client, { a: 1, b: 0, c: 0 })
    const kinds = (await verify(log, log.notes)).findings.map(({ kind }) => kind)
    await log.client.query('ROLLBACK')
    expect(kinds).toContain('rolledBack')
    expect(kinds).toContain('checkpointForged')
  })
})
