import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { createKeyCache, longestInUse, longestKept, mostKeys } from '../../src/keys/cache.ts'
import { deriveSealingKey, type SealingKey } from '../../src/keys/seal.ts'

const content = Buffer.from('content')
const randomKey = () => deriveSealingKey(randomBytes(32))
const isWiped = (key: SealingKey) => [...key.encryption, ...key.commitment].every((byte) => byte === 0)

test('10,000 keys are kept, for five minutes, and serve for a minute more', () => {
  expect([mostKeys, longestKept, longestInUse]).toEqual([10_000, 300_000, 60_000])
})

function cacheAt() {
  const clock = { now: 1000 }
  const usable = { fault: undefined as string | undefined }
  const check = () => {
    if (usable.fault) throw new Error(usable.fault)
  }
  return { clock, usable, cache: createKeyCache(check, () => clock.now) }
}

test('no more keys are kept than the bound allows; those that make room are overwritten', () => {
  const { cache, clock } = cacheAt()
  const keys = Array.from({ length: mostKeys + 500 }, randomKey)
  for (const key of keys) cache.add(randomUUID(), key)
  expect(cache.size()).toBe(mostKeys)
  clock.now += longestInUse
  cache.sweep()
  expect(keys.map(isWiped)).toEqual(keys.map((_key, index) => index < 500))
})

test('a key that is too old is not found any more, serves whoever has it for a minute, and is then overwritten', () => {
  const { cache, clock } = cacheAt()
  const [id, key] = [randomUUID(), randomKey()]
  const contactKey = cache.add(id, key)
  clock.now += longestKept
  expect(cache.get(id)).toBe(contactKey)
  clock.now += 2
  cache.sweep()
  expect(cache.get(id)).toBeUndefined()
  expect(contactKey.open('here', contactKey.seal('here', content))).toEqual(new Uint8Array(content))
  clock.now += longestInUse - 1
  cache.sweep()
  contactKey.seal('here', content)
  clock.now += 1
  cache.sweep()
  expect(() => contactKey.seal('here', content)).toThrow('no more')
  expect(isWiped(key)).toBe(true)
})

test('a revoked key is overwritten at once, whether it is kept or only handed out, and no other', () => {
  const { cache, clock } = cacheAt()
  const [id, other] = [randomUUID(), randomUUID()]
  const keys = [randomKey(), randomKey(), randomKey()] as const
  const aged = cache.add(id, keys[0])
  const untouched = cache.add(other, keys[2])
  const sealed = aged.seal('here', content)
  clock.now += longestKept + 1
  const renewed = cache.add(id, keys[1])
  cache.revoke([id])
  for (const contactKey of [aged, renewed]) {
    expect(() => contactKey.open('here', sealed)).toThrow('destroyed')
    expect(() => contactKey.seal('here', content)).toThrow('destroyed')
  }
  expect(keys.map(isWiped)).toEqual([true, true, false])
  untouched.seal('here', content)
  cache.revoke()
  expect(() => untouched.seal('here', content)).toThrow('destroyed')
})

test('of two that bring the same key at once, the first is kept', () => {
  const { cache } = cacheAt()
  const [id, second] = [randomUUID(), randomKey()]
  expect(cache.add(id, randomKey())).toBe(cache.add(id, second))
  expect(isWiped(second)).toBe(true)
})

test('who reads keys learns which were revoked meanwhile', () => {
  const { cache } = cacheAt()
  const [before, during, untouched] = [randomUUID(), randomUUID(), randomUUID()]
  cache.revoke([before])
  const watch = cache.watch()
  cache.revoke([during])
  expect([before, during, untouched].map(watch.revoked)).toEqual([false, true, false])
  cache.revoke()
  expect(watch.revoked(untouched)).toBe(true)
  watch.end()
})

test('keys can be used only while the process may', () => {
  const { cache, usable } = cacheAt()
  const contactKey = cache.add(randomUUID(), randomKey())
  const sealed = contactKey.seal('here', content)
  usable.fault = 'not now'
  expect(() => contactKey.open('here', sealed)).toThrow('not now')
  expect(() => contactKey.seal('here', content)).toThrow('not now')
  usable.fault = undefined
  expect(contactKey.open('here', sealed)).toEqual(new Uint8Array(content))
})
