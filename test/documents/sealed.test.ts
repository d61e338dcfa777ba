import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newContentKey, openStream, sealStream } from '../../src/storage/sealed.ts'

const head = 1 + 32 + 32
const chunk = 64 * 1024
const sealedChunk = chunk + 16
const place = 'document_version/1/content/1'
const key = newContentKey()

/** The bytes, cut anywhere: what a stream gives never says where. */
async function* cut(bytes: Uint8Array, pieces: readonly number[]) {
  let at = 0
  for (const length of pieces) {
    yield bytes.subarray(at, at + length)
    at += length
  }
  yield bytes.subarray(at)
}

async function gather(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

const seal = (content: Uint8Array, pieces: readonly number[] = []) =>
  gather(sealStream(key, place, cut(content, pieces)))
const open = (sealed: Uint8Array, pieces: readonly number[] = [], by = key, at = place) =>
  gather(openStream(by, at, cut(sealed, pieces)))

// Around the ends of chunks, where mistakes are made.
const size = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: -2, max: 2 }))
    .map(([count, more]) => count * chunk + more),
)
const pieces = fc.array(fc.integer({ min: 0, max: 2 * chunk }), { maxLength: 5 })

describe('a sealed file', () => {
  it('opens as what it was, wherever its streams are cut', async () => {
    await fc.assert(
      fc.asyncProperty(size, pieces, pieces, async (length, into, outOf) => {
        const content = randomBytes(length)
        const sealed = await seal(content, into)
        expect(sealed.length).toBe(head + length + 16 * Math.max(1, Math.ceil(length / chunk)))
        expect((await open(sealed, outOf)).equals(content)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('is another one each time, and tells nothing of what it holds', async () => {
    const content = Buffer.alloc(1000, 'Muster')
    const [one, other] = [await seal(content), await seal(content)]
    expect(one.subarray(1).equals(other.subarray(1))).toBe(false)
    expect(one.includes('Muster')).toBe(false)
  })

  it('does not open when it was cut off, anywhere', async () => {
    const sealed = await seal(randomBytes(3 * chunk))
    const ends = fc.oneof(
      fc.integer({ min: 0, max: sealed.length - 1 }),
      fc.integer({ min: 0, max: 2 }).map((count) => head + count * sealedChunk),
    )
    await fc.assert(
      fc.asyncProperty(ends, async (end) => {
        await expect(open(sealed.subarray(0, end))).rejects.toThrow(/cut off|not a sealed file/)
      }),
      { numRuns: 60 },
    )
  })

  it('does not open when a bit of it changed, or something was added', async () => {
    const sealed = await seal(randomBytes(2 * chunk + 100))
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: sealed.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        async (at, bit) => {
          const changed = Buffer.from(sealed)
          changed[at] = (changed[at] ?? 0) ^ (1 << bit)
          await expect(open(changed)).rejects.toThrow(/altered|not a sealed file/)
        },
      ),
      { numRuns: 60 },
    )
    await expect(open(Buffer.concat([sealed, Buffer.of(0)]))).rejects.toThrow('altered')
  })

  it('does not open when chunks were swapped, left out, repeated, or come from another file', async () => {
    const content = randomBytes(4 * chunk + 10)
    const [sealed, twin] = [await seal(content), await seal(content)]
    const chunksOf = (bytes: Buffer) =>
      Array.from({ length: 5 }, (_, index) =>
        bytes.subarray(head + index * sealedChunk, head + (index + 1) * sealedChunk),
      )
    const [chunks, others] = [chunksOf(sealed), chunksOf(twin)]
    const order = fc
      .array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 6 })
      .filter((list) => list.join() !== '0,1,2,3,4')
    const put = (list: readonly (Buffer | undefined)[]) =>
      Buffer.concat([sealed.subarray(0, head), ...list.flatMap((one) => one ?? [])])
    await fc.assert(
      fc.asyncProperty(order, async (list) => {
        await expect(open(put(list.map((index) => chunks[index])))).rejects.toThrow(/altered|cut off/)
      }),
      { numRuns: 40 },
    )
    for (const index of [0, 2, 4]) {
      await expect(open(put(chunks.with(index, others[index] ?? Buffer.of())))).rejects.toThrow('altered')
    }
  })

  it('opens with its own key and at its own place alone', async () => {
    const sealed = await seal(Buffer.from('Muster'))
    await expect(open(sealed, [], newContentKey())).rejects.toThrow('another key')
    await expect(open(sealed, [], key, 'document_version/2/content/1')).rejects.toThrow('another place')
  })
})
