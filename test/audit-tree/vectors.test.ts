import { describe, expect, test } from 'vitest'
import { GrowingTree } from '../../src/modules/audit/tree/growth.ts'
import { emptyRoot, leafHash } from '../../src/modules/audit/tree/hashing.ts'
import {
  consistencyRanges,
  inclusionRanges,
  isConsistent,
  type Range,
  rootFromInclusion,
} from '../../src/modules/audit/tree/proofs.ts'

// The known answers that implementations of RFC 6962 and RFC 9162 share (Certificate Transparency, Trillian, transparency-dev).
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (hex) => Buffer.from(hex, 'hex'),
)
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const inclusion: [index: number, size: number, proof: string[]][] = [
  [0, 1, []],
  [0, 2, ['96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7']],
  [1, 2, ['6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d']],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
]
const consistency: [from: number, to: number, proof: string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
]

const hex = (hash: Uint8Array | undefined) => hash && Buffer.from(hash).toString('hex')
const bytes = (hashes: readonly string[]) => hashes.map((hash) => Buffer.from(hash, 'hex'))
const rootOf = (size: number) => Buffer.from(roots[size] ?? '', 'hex')

/** The root of a part of the leaves. */
function rootOfRange({ start, end }: Range) {
  const tree = new GrowingTree()
  for (const leaf of leaves.slice(start, end)) tree.add(leafHash(leaf))
  return hex(tree.root())
}

describe('known answers', () => {
  test('for the roots of trees of no to eight leaves', () => {
    const tree = new GrowingTree()
    const found = [hex(tree.root())]
    for (const leaf of leaves) {
      tree.add(leafHash(leaf))
      found.push(hex(tree.root()))
    }
    expect(found).toEqual(roots)
    expect(hex(emptyRoot)).toBe(roots[0])
  })

  test.each(inclusion)('for the inclusion of leaf %i in a tree of %i', (index, size, proof) => {
    expect(inclusionRanges(index, size).map(rootOfRange)).toEqual(proof)
    expect(hex(rootFromInclusion(index, size, leafHash(leaves[index] ?? ''), bytes(proof)))).toBe(roots[size])
  })

  test.each(consistency)('for the consistency of a tree of %i with one of %i', (from, to, proof) => {
    expect(consistencyRanges(from, to).map(rootOfRange)).toEqual(proof)
    const [earlier, later] = [from, to].map((size) => ({ size, root: rootOf(size) }))
    expect(earlier && later && isConsistent(earlier, later, bytes(proof))).toBe(true)
  })
})

// Section 2.1.5: a tree of seven leaves, whose nodes have letters.
const letters: Record<string, Range> = {
  a: { start: 0, end: 1 },
  b: { start: 1, end: 2 },
  c: { start: 2, end: 3 },
  d: { start: 3, end: 4 },
  e: { start: 4, end: 5 },
  f: { start: 5, end: 6 },
  g: { start: 0, end: 2 },
  h: { start: 2, end: 4 },
  i: { start: 4, end: 6 },
  j: { start: 6, end: 7 },
  k: { start: 0, end: 4 },
  l: { start: 4, end: 7 },
}
const named = (ranges: readonly Range[]) =>
  ranges
    .map(
      ({ start, end }) => Object.entries(letters).find(([, range]) => range.start === start && range.end === end)?.[0],
    )
    .join('')

describe('the example of RFC 9162', () => {
  test.each([
    [0, 'bhl'],
    [3, 'cgl'],
    [4, 'fjk'],
    [6, 'ik'],
  ])('has the proof for d%i', (index, expected) => {
    expect(named(inclusionRanges(index, 7))).toBe(expected)
  })

  test.each([
    [3, 'cdgl'],
    [4, 'l'],
    [6, 'ijk'],
  ])('has the proof from the tree of %i', (from, expected) => {
    expect(named(consistencyRanges(from, 7))).toBe(expected)
  })
})
