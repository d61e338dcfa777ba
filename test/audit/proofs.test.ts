import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { uuidOf } from '../../src/graphql/ids.ts'
import type { Sequencer } from '../../src/modules/audit/sequencer/sequencer.ts'
import { isConsistent } from '../../src/modules/audit/tree/proofs.ts'
import { connections, machine, writeEntries } from '../audit-tree/support.ts'
import { prepareBases, tellingBases } from '../support/basis.ts'
import { asCaller, everything, reading, type TestContext } from '../support/context.ts'
import { ownerOf, pastTheGuards } from '../support/database.ts'
import {
  bytes,
  type Checkpoint,
  checkpointFields,
  isProven,
  isSigned,
  type Proof,
  proofFields,
} from './proofs-support.ts'
import { type Installation, install, run } from './support.ts'

let installation: Installation
let context: TestContext
let sequencer: Sequencer
let url: string

beforeAll(async () => {
  installation = await install()
  ;({ url } = installation)
  sequencer = await (await machine()).start(url)
  context = { ...installation.context, integration: sequencer.integration, bases: [tellingBases.basis] }
  await prepareBases(url)
  // More than two complete nodes of the tree, in several steps, each with a checkpoint of its own.
  const pool = connections(ownerOf(url))
  for (const count of [1, 2, 60, 250, 1, 300, 7]) {
    expect(await sequencer.integration.integrated(await writeEntries(pool, count))).toBe(true)
  }
}, 60_000)

afterAll(async () => {
  await sequencer.close()
  await installation.context.close()
})

const auditCheckpoint = async (size?: number, as = context) => {
  const query = `query ($size: SafeInt) { auditCheckpoint(size: $size) { ${checkpointFields} } }`
  return run(as, query, { size })
}
const newest = async (): Promise<Checkpoint> => (await auditCheckpoint()).data.auditCheckpoint
const auditProof = (entryId: string, size?: number, as = context) =>
  run(as, `query ($entryId: ID!, $size: SafeInt) { auditProof(entryId: $entryId, size: $size) { ${proofFields} } }`, {
    entryId,
    size,
  })
const auditConsistency = (from: number, to?: number, as = context) => {
  const query = `query ($from: SafeInt!, $to: SafeInt) {
    auditConsistency(from: $from, to: $to) { hashes from { ${checkpointFields} } to { ${checkpointFields} } } }`
  return run(as, query, { from, to })
}
const leaves = () => context.database.auditLeaf.findMany({ orderBy: { index: 'asc' } })
const aboutNobody = async () => (await leaves()).find(({ contactId }) => contactId === null)?.entryId ?? ''
const checkpoints = () => context.database.auditCheckpoint.findMany({ orderBy: { treeSize: 'asc' } })

/** Settles when all entries that are there now are in the tree. */
async function settled() {
  const { database } = context
  const ids = [await database.auditEntry.findMany(), await database.systemAuditEntry.findMany()]
    .flat()
    .map(({ id }) => id)
  expect(await sequencer.integration.integrated(ids)).toBe(true)
}

describe('auditCheckpoint', () => {
  test('is signed by the key that it names, newer ones by the same', async () => {
    const checkpoint = await newest()
    expect(isSigned(checkpoint)).toBe(true)
    expect(checkpoint.size).toBeGreaterThan(600)
    const first: Checkpoint = (await auditCheckpoint(1)).data.auditCheckpoint
    expect([isSigned(first), first.verifier, first.size < 30]).toEqual([true, checkpoint.verifier, true])
  })

  test('is the first that covers a size', async () => {
    const signed = (await checkpoints()).map(({ treeSize }) => Number(treeSize))
    for (let size = 1; size <= (signed.at(-1) ?? 0); size += 13) {
      const { data } = await auditCheckpoint(size)
      expect([size, data.auditCheckpoint.size]).toEqual([size, signed.find((one) => one >= size)])
    }
  })

  test('refuses a size that the log never had, and says which it had', async () => {
    const { size } = await newest()
    for (const wrong of [0, -1, 1_000_000_000_000]) {
      const { codes, errors } = await auditCheckpoint(wrong)
      expect(codes).toEqual(['INVALID_INPUT'])
      expect(errors[0]?.message).toMatch(/from 1 to \d+/)
      expect(Number(/to (\d+)/.exec(errors[0]?.message ?? '')?.[1])).toBeGreaterThanOrEqual(size)
    }
  })

  test('tells that it is not one when somebody altered it', async () => {
    const [{ note = '', treeSize = 0n } = {}] = await checkpoints()
    await pastTheGuards(url, 'UPDATE audit_checkpoint SET note = $1 WHERE tree_size = $2', ['no note', treeSize])
    const { codes } = await auditCheckpoint(1)
    await pastTheGuards(url, 'UPDATE audit_checkpoint SET note = $1 WHERE tree_size = $2', [note, treeSize])
    expect(codes).toEqual(['UNREADABLE'])
  })
})

describe('auditProof', () => {
  test('proves any entry, in the newest tree and in any that has it', async () => {
    const all = await leaves()
    const { size } = await newest()
    await fc.assert(
      fc.asyncProperty(fc.nat(size - 1), fc.nat(size), async (index, more) => {
        const at = fc.sample(fc.integer({ min: index + 1, max: size }), { numRuns: 1, seed: more })[0] ?? size
        const { entryId = '' } = all[index] ?? {}
        for (const wanted of [undefined, at]) {
          const { data, errors } = await auditProof(entryId, wanted)
          expect(errors).toEqual([])
          const proof: Proof = data.auditProof
          expect(isProven(proof)).toBe(true)
          expect(proof).toMatchObject({ entryId, inclusion: { index } })
          if (wanted) expect(proof.inclusion?.checkpoint.size).toBe(at)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('has the signed checkpoint of a size that has one, and of others what the log says', async () => {
    const [{ entryId = '' } = {}] = await leaves()
    const signed = (await checkpoints()).map(({ treeSize }) => Number(treeSize))
    for (const size of [...signed.slice(0, 5), 400, 401, 402]) {
      const { data } = await auditProof(entryId, size)
      const proof: Proof = data.auditProof
      expect(isProven(proof)).toBe(true)
      expect(proof.inclusion?.checkpoint.note !== null).toBe(signed.includes(size))
      if (proof.inclusion?.checkpoint.note) expect(isSigned(proof.inclusion.checkpoint)).toBe(true)
    }
  })

  test('tells of the entry when, who and about whom, but not what', async () => {
    const { contactId } = installation
    await settled()
    const { data } = await run(
      context,
      `query ($id: ID!) { auditLog(filter: { contactId: $id }, last: 1) { edges { node { id recordedAt requestId actor { id } proof { ${proofFields} } } } } }`,
      { id: contactId },
    )
    const [node] = data.auditLog.nodes
    expect(isProven(node.proof)).toBe(true)
    expect(JSON.parse(node.proof.leaf)).toEqual({
      action: 'created',
      actorId: uuidOf('User', node.actor.id),
      actorKind: 'user',
      contactId: uuidOf('Contact', contactId),
      id: node.id,
      operation: 'createContact',
      recordedAt: node.recordedAt,
      requestId: node.requestId,
      sequence: 1,
      transactionId: expect.stringMatching(/^\d+$/),
      version: 1,
      what: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  test('refuses sizes that the entry is not in, or that there are not, and says which are possible', async () => {
    const { entryId = '' } = (await leaves())[100] ?? {}
    for (const [size, possible] of [
      [100, 'from a size of 101 on'],
      [1, 'from a size of 101 on'],
      [0, 'from 1 to'],
      [10 ** 9, 'from 1 to'],
    ] as const) {
      const { codes, errors } = await auditProof(entryId, size)
      expect([size, codes]).toEqual([size, ['INVALID_INPUT']])
      expect(errors[0]?.message).toContain(possible)
    }
    expect((await auditProof(entryId, 101)).errors).toEqual([])
  })

  test('is null for an entry that there is not', async () => {
    for (const id of [uuidv7(), 'nonsense', '']) expect((await auditProof(id)).data).toEqual({ auditProof: null })
  })

  test('proves nothing when the entry was altered', async () => {
    const id = uuidv7()
    await transact(context, 'altering', (tx) => tx.role.create({ data: { id, key: id, name: 'Altered' } }))
    await settled()
    const { id: entryId = '' } = (await context.database.systemAuditEntry.findFirst({ where: { entityId: id } })) ?? {}
    expect(isProven((await auditProof(entryId)).data.auditProof)).toBe(true)
    await pastTheGuards(url, `UPDATE system_audit_entry SET actor_kind = 'operator' WHERE id = $1`, [entryId])
    expect(isProven((await auditProof(entryId)).data.auditProof)).toBe(false)
  })
})

describe('AuditEntry.proof', () => {
  test('of a page takes a few statements, however many entries it has', async () => {
    await settled()
    const query = (first: number) =>
      `{ auditLog(first: ${first}, filter: { operation: "test" }) { edges { node { id proof { ${proofFields} } } } } }`
    const few = await installation.counted(query(1))
    const many = await installation.counted(query(50))
    expect(many.data.auditLog.nodes).toHaveLength(50)
    for (const { id, proof } of many.data.auditLog.nodes) expect([proof.entryId, isProven(proof)]).toEqual([id, true])
    expect(many.statements.length).toBe(few.statements.length)
    expect(many.statements.length).toBeLessThan(12)
  })

  test('still proves the entries of a contact that was erased', async () => {
    const id = await installation.newContact({ givenName: 'Forgotten' })
    await settled()
    const query = `query ($id: ID!) { auditLog(filter: { contactId: $id }) { edges { node { erased entity proof { ${proofFields} } } } } }`
    const before = await run(context, query, { id })
    await context.keys.destroy([uuidOf('Contact', id)])
    const { data } = await run(context, query, { id })
    const created = data.auditLog.nodes.at(-1)
    expect(created).toMatchObject({ erased: true, entity: null })
    expect(isProven(created.proof)).toBe(true)
    expect(created.proof.leaf).toBe(before.data.auditLog.nodes.at(-1).proof.leaf)
  })
})

describe('auditConsistency', () => {
  test('proves between any two sizes that the log only grew', async () => {
    const { size } = await newest()
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: size }), fc.integer({ min: 1, max: size }), async (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)]
        const { data, errors } = await auditConsistency(from, to)
        expect(errors).toEqual([])
        const { hashes, from: earlier, to: later } = data.auditConsistency
        const head = (checkpoint: Checkpoint) => ({ size: checkpoint.size, root: bytes(checkpoint.root) })
        expect([earlier.size, later.size]).toEqual([from, to])
        expect(isConsistent(head(earlier), head(later), hashes.map(bytes))).toBe(true)
        for (const checkpoint of [earlier, later]) if (checkpoint.note) expect(isSigned(checkpoint)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('goes to the newest checkpoint by default', async () => {
    const { data } = await auditConsistency(1)
    expect(isSigned(data.auditConsistency.to)).toBe(true)
    expect(data.auditConsistency.to.size).toBeGreaterThan(600)
  })

  test.each([
    [0, 10, 'from'],
    [10, 5, 'from'],
    [10, 10 ** 12, 'to'],
    [10, 0, 'to'],
    [-3, 3, 'from'],
  ])('refuses %i to %i, and says what is possible', async (from, to, field) => {
    const { codes, errors } = await auditConsistency(from, to)
    expect(codes).toEqual(['INVALID_INPUT'])
    expect(errors[0]?.extensions['faults']).toMatchObject([{ field, message: expect.stringMatching(/from 1 to \d+/) }])
  })
})

describe('who may', () => {
  test('get checkpoints needs not be one who reads the log, and the other way round', async () => {
    const [witness, reader] = [asCaller(context, reading('audit.checkpoints')), asCaller(context, reading('audit.log'))]
    const entryId = await aboutNobody()
    expect((await auditCheckpoint(undefined, witness)).errors).toEqual([])
    expect((await auditConsistency(1, 5, witness)).errors).toEqual([])
    expect((await auditProof(entryId, undefined, witness)).codes).toEqual(['FORBIDDEN'])
    expect((await auditCheckpoint(undefined, reader)).codes).toEqual(['FORBIDDEN'])
    expect((await auditConsistency(1, 5, reader)).codes).toEqual(['FORBIDDEN'])
    expect((await auditProof(entryId, undefined, reader)).data.auditProof).toMatchObject({ entryId })
  })

  test('not know of contacts gets no proof that names one', async () => {
    const reader = asCaller(context, reading('audit.log'))
    const about = await context.database.auditEntry.findFirst({
      where: { contactId: uuidOf('Contact', installation.contactId) },
    })
    expect((await auditProof(about?.id ?? '', undefined, reader)).data).toEqual({ auditProof: null })
    const { data } = await run(
      reader,
      `{ auditLog(filter: { operation: "updateContact" }) { edges { node { proof { ${proofFields} } } } } }`,
    )
    const proofs = data.auditLog.nodes.map(({ proof }: { proof: unknown }) => proof)
    expect(proofs).toEqual([null, null])
  })

  test('not see a contact hears of its entries what is heard of none', async () => {
    const about = await context.database.auditEntry.findFirst({
      where: { contactId: uuidOf('Contact', installation.contactId) },
    })
    const bound = asCaller(
      context,
      everything.map((grant) => ({ ...grant, roleId: 'r', purposes: ['newsletter'] })),
    )
    const [unseen, absent] = [
      await auditProof(about?.id ?? '', undefined, bound),
      await auditProof(uuidv7(), undefined, bound),
    ]
    expect([unseen.data, unseen.errors]).toEqual([absent.data, absent.errors])
    const entryId = await aboutNobody()
    expect((await auditProof(entryId, undefined, bound)).data.auditProof).toMatchObject({ entryId })
  })
})

test('an entry that is not yet in the tree says so', async () => {
  await settled()
  await sequencer.close()
  const id = await installation.newContact({ givenName: 'Late' })
  const { data } = await run(
    context,
    `query ($id: ID!) { auditLog(filter: { contactId: $id }) { edges { node { id proof { ${proofFields} } } } } }`,
    { id },
  )
  const { proof, id: entryId } = data.auditLog.nodes.at(-1)
  expect(proof).toMatchObject({ entryId, inclusion: null, leaf: expect.stringContaining(entryId) })
  expect((await auditProof(entryId)).data.auditProof).toEqual(proof)
  expect((await auditProof(entryId, 5)).data.auditProof).toEqual(proof)
})
