import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { GrowingTree, peakWidths } from '../../src/modules/audit/tree/growth.ts'
import { type Hash, nodeHash, sha256 } from '../../src/modules/audit/tree/hashing.ts'
import {
  consistencyRanges,
  inclusionRanges,
  isConsistent,
  rootFromInclusion,
} from '../../src/modules/audit/tree/proofs.ts'
import { peaksAt, type Query, rootAt, subtreeRoots } from '../../src/modules/audit/tree/stored.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'
import { connections } from './support.ts'

// A tree of more than 256² leaves, so that all levels of stored nodes occur.
const size = 67_000
const leaves = Array.from({ length: size }, (_, index) => sha256(`leaf ${index}`))
const roots: Hash[] = []
const rootOf = (at: number) => roots[at - 1] ?? Buffer.alloc(0)
let query: Query

beforeAll(async () => {
  const url = await freshDatabase()
  const tree = new GrowingTree()
  const nodes = leaves.flatMap((leaf) => {
    const completed = tree.add(leaf)
    roots.push(tree.root())
    return completed
  })
  await withClient(ownerOf(url), async (client) => {
    // They are of no entries.
    await client.query("SET session_replication_role = 'replica'")
    await client.query(
      `INSERT INTO audit_leaf (leaf_index, entry_id, hash)
       SELECT place - 1, gen_random_uuid(), hash FROM unnest($1::bytea[]) WITH ORDINALITY l (hash, place)`,
      [leaves],
    )
    await client.query('INSERT INTO audit_node SELECT * FROM unnest($1::int[], $2::bigint[], $3::bytea[])', [
      nodes.map(({ level }) => level),
      nodes.map(({ index }) => index),
      nodes.map(({ hash }) => hash),
    ])
  })
  const pool = connections(url)
  query = async (text, values) => (await pool.query(text, [...values])).rows
})

const sizeBetween = (min: number, max: number) =>
  fc.oneof(
    fc.integer({ min, max }),
    fc.constantFrom(256, 65_536, 65_537, 65_792, size).filter((at) => at >= min && at <= max),
  )

test('the root at any size follows from what is stored', async () => {
  expect((await rootAt(query, 0)).equals(sha256(''))).toBe(true)
  await fc.assert(
    fc.asyncProperty(sizeBetween(1, size), async (at) => {
      expect((await rootAt(query, at)).equals(rootOf(at))).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test('a tree goes on growing from what is stored as if it had never stopped', async () => {
  await fc.assert(
    fc.asyncProperty(sizeBetween(1, size), fc.integer({ min: 1, max: 600 }), async (at, more) => {
      const tree = new GrowingTree(at, await peaksAt(query, at))
      expect(tree.root().equals(rootOf(at))).toBe(true)
      for (const leaf of leaves.slice(at, at + more)) tree.add(leaf)
      expect(tree.root().equals(rootOf(tree.size))).toBe(true)
    }),
    { numRuns: 30 },
  )
})

test('proofs from what is stored hold, with few hashes read', async () => {
  const places = sizeBetween(1, size).chain((to) => fc.record({ to: fc.constant(to), at: fc.nat(to - 1) }))
  await fc.assert(
    fc.asyncProperty(places, async ({ to, at }) => {
      let read = 0
      const counting: Query = async <Row extends object>(text: string, values: readonly unknown[]) => {
        const rows = await query<Row>(text, values)
        read += rows.length
        return rows
      }
      const inclusion = await subtreeRoots(counting, inclusionRanges(at, to))
      const root = rootFromInclusion(at, to, leaves[at] ?? Buffer.alloc(0), inclusion)
      expect(root?.equals(rootOf(to))).toBe(true)
      const consistency = await subtreeRoots(counting, consistencyRanges(at + 1, to))
      const [earlier, later] = [at + 1, to].map((length) => ({
        size: length,
        root: rootOf(length),
      }))
      expect(earlier && later && isConsistent(earlier, later, consistency)).toBe(true)
      expect(read).toBeLessThan(256 * 3 * 4)
    }),
    { numRuns: 60 },
  )
})

test('a tree with a hole is noticed', async () => {
  const lacking: Query = async <Row extends object>(text: string, values: readonly unknown[]) =>
    (await query<Row & { index: string }>(text, values)).filter(({ index }) => index !== '66999')
  await expect(rootAt(lacking, size)).rejects.toThrow('the tree lacks the leaf 66999')
})

test('a tree of a size has as many complete subtrees as its size has ones', () => {
  expect(peakWidths(11)).toEqual([8, 2, 1])
  expect(() => new GrowingTree(3, [nodeHash(sha256('a'), sha256('b'))])).toThrow('2 complete subtrees')
})
