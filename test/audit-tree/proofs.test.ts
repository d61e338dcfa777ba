import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GrowingTree } from '../../src/modules/audit/tree/growth.ts'
import { leafHash, nodeHash } from '../../src/modules/audit/tree/hashing.ts'
import {
  consistencyRanges,
  inclusionRanges,
  isConsistent,
  type Range,
  rootFromInclusion,
} from '../../src/modules/audit/tree/proofs.ts'
import { mth, path, proof } from './naive.ts'

const contents = Array.from({ length: 300 }, (_, number) => Buffer.from(`leaf ${number}`))
const first = (size: number) => contents.slice(0, size)
const state = (size: number) => ({ size, root: mth(first(size)) })

/** A place in a tree of some size. */
const place = fc
  .integer({ min: 1, max: contents.length })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.integer({ min: 0, max: size - 1 }) }))
const growth = fc
  .integer({ min: 1, max: contents.length })
  .chain((to) => fc.record({ to: fc.constant(to), from: fc.integer({ min: 0, max: to }) }))

/** Something else than this proof, near it. */
const forged = (hashes: readonly Buffer[]): fc.Arbitrary<Buffer[]> =>
  fc
    .oneof(
      fc.tuple(fc.nat(), fc.nat(255), fc.integer({ min: 1, max: 255 })).map(([at, byte, flip]) =>
        hashes.map((hash, index) => {
          if (index !== at % hashes.length) return hash
          const copy = Buffer.from(hash)
          copy[byte % 32] = (copy[byte % 32] ?? 0) ^ flip
          return copy
        }),
      ),
      fc.nat().map((at) => hashes.filter((_, index) => index !== at % hashes.length)),
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((extra) => [...hashes, Buffer.from(extra)]),
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((extra) => [Buffer.from(extra), ...hashes]),
      fc.constant(hashes.toReversed()),
      fc.constant<Buffer[]>([]),
    )
    .filter((other) => !Buffer.concat(other).equals(Buffer.concat(hashes)))

describe('against the definitions of the RFC, taken word for word', () => {
  test('a growing tree has the same root at every size', () => {
    const tree = new GrowingTree()
    for (const [index, content] of contents.entries()) {
      tree.add(leafHash(content))
      expect(tree.root().equals(mth(first(index + 1)))).toBe(true)
      expect(tree.size).toBe(index + 1)
    }
  })

  test('the nodes that a growing tree completes are the roots of their leaves', () => {
    const tree = new GrowingTree()
    const completed = contents.flatMap((content) => tree.add(leafHash(content)))
    expect(completed).toEqual([{ level: 1, index: 0, hash: mth(first(256)) }])
  })

  test('inclusion proofs are the same, and lead to the root', () => {
    fc.assert(
      fc.property(place, ({ size, index }) => {
        const expected = path(index, first(size))
        expect(inclusionRanges(index, size).map(({ start, end }) => mth(contents.slice(start, end)))).toEqual(expected)
        const found = rootFromInclusion(index, size, leafHash(contents[index] ?? ''), expected)
        expect(found?.equals(mth(first(size)))).toBe(true)
      }),
    )
  })

  test('consistency proofs are the same, and hold', () => {
    fc.assert(
      fc.property(growth, ({ from, to }) => {
        const expected = from === 0 ? [] : proof(from, first(to))
        expect(consistencyRanges(from, to).map(({ start, end }) => mth(contents.slice(start, end)))).toEqual(expected)
        expect(isConsistent(state(from), state(to), expected)).toBe(true)
      }),
    )
  })
})

describe('forged proofs are refused', () => {
  test('of inclusion, however little they differ', () => {
    const changed = place.chain((where) =>
      forged(path(where.index, first(where.size))).map((other) => ({ ...where, other })),
    )
    fc.assert(
      fc.property(
        changed.filter(({ size }) => size > 1),
        ({ size, index, other }) => {
          const root = rootFromInclusion(index, size, leafHash(contents[index] ?? ''), other)
          expect(root?.equals(mth(first(size))) ?? false).toBe(false)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('of inclusion, for another leaf, another place or another size', () => {
    const other = fc.record({ where: place, index: fc.nat(contents.length), size: fc.nat(contents.length) })
    fc.assert(
      fc.property(other, ({ where, index, size }) => {
        fc.pre(index !== where.index)
        const hashes = path(where.index, first(where.size))
        const root = mth(first(where.size))
        const leaf = leafHash(contents[where.index] ?? '')
        expect(
          rootFromInclusion(where.index, where.size, leafHash(contents[index] ?? ''), hashes)?.equals(root),
        ).not.toBe(true)
        // At another size a proof may be the same, but then the root isn't; at another place it never leads to the root.
        expect(rootFromInclusion(index, where.size, leaf, hashes)?.equals(root)).not.toBe(true)
        if (size !== where.size)
          expect(rootFromInclusion(where.index, size, leaf, hashes)?.equals(mth(first(size)))).not.toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('of consistency, however little they differ', () => {
    const changed = growth
      .filter(({ from, to }) => from > 0 && from < to)
      .chain(({ from, to }) => forged(proof(from, first(to))).map((other) => ({ from, to, other })))
    fc.assert(
      fc.property(changed, ({ from, to, other }) => {
        expect(isConsistent(state(from), state(to), other)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  test('of consistency with a tree in which an early leaf was changed', () => {
    fc.assert(
      fc.property(growth, fc.nat(), ({ from, to }, at) => {
        fc.pre(from > 0)
        const altered = first(to).map((leaf, index) => (index === at % from ? Buffer.from('other') : leaf))
        const later = { size: to, root: mth(altered) }
        expect(isConsistent(state(from), later, proof(from, altered))).toBe(false)
        expect(isConsistent(state(from), later, proof(from, first(to)))).toBe(false)
      }),
    )
  })

  test('of a tree that shrank', () => {
    expect(isConsistent(state(8), state(4), [])).toBe(false)
    expect(isConsistent(state(8), { size: 0, root: mth([]) }, [])).toBe(false)
    expect(isConsistent({ size: 0, root: mth(first(1)) }, state(4), [])).toBe(false)
  })

  test('and places that no tree has', () => {
    expect(() => inclusionRanges(4, 4)).toThrow(RangeError)
    expect(() => inclusionRanges(-1, 4)).toThrow(RangeError)
    expect(() => consistencyRanges(5, 4)).toThrow(RangeError)
    expect(rootFromInclusion(4, 4, leafHash(''), [])).toBeUndefined()
  })
})

describe('trees of up to 2^50 leaves', () => {
  // All leaves are alike, so that subtrees of a width are, too.
  const known = new Map<number, Buffer>([[1, mth([Buffer.from('')])]])
  function rootOf(width: number): Buffer {
    const half = 2 ** ((width - 1).toString(2).length - 1)
    const root = known.get(width) ?? nodeHash(rootOf(half), rootOf(width - half))
    known.set(width, root)
    return root
  }
  const hashes = (ranges: readonly Range[]) => ranges.map(({ start, end }) => rootOf(end - start))
  // Near powers of two too, where a logarithm is rounded to a whole number.
  const size = fc.oneof(
    fc.integer({ min: 1, max: 2 ** 50 }),
    fc.tuple(fc.integer({ min: 1, max: 49 }), fc.integer({ min: -1, max: 1 })).map(([power, by]) => 2 ** power + by),
  )

  test('have proofs of inclusion', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.boolean(), (leaves, near, fromEnd) => {
        const index = fromEnd ? leaves - 1 - (near % leaves) : near % leaves
        const root = rootFromInclusion(index, leaves, rootOf(1), hashes(inclusionRanges(index, leaves)))
        expect(root?.equals(rootOf(leaves))).toBe(true)
      }),
    )
  })

  test('have proofs of consistency', () => {
    fc.assert(
      fc.property(size, size, (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)]
        const proof = hashes(consistencyRanges(from, to))
        expect(isConsistent({ size: from, root: rootOf(from) }, { size: to, root: rootOf(to) }, proof)).toBe(true)
      }),
    )
  })
})
