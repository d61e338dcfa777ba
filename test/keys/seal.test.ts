import { createDecipheriv, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { masterKey } from '../../src/keys/master-key.ts'
import { deriveSealingKey, open, seal } from '../../src/keys/seal.ts'
import { unwrap, wrap } from '../../src/keys/wrap.ts'

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 })
const contents = fc.uint8Array({ maxLength: 300 })
const places = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed())
const differ = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.tuple(arbitrary, arbitrary).filter(([one, other]) => fc.stringify(one) !== fc.stringify(other))

test('what was sealed opens with its key at its place, and differs each time', () => {
  fc.assert(
    fc.property(keys, places, contents, (secret, place, content) => {
      const sealed = seal(deriveSealingKey(secret), place, content)
      expect(open(deriveSealingKey(secret), place, sealed)).toEqual(content)
      expect(seal(deriveSealingKey(secret), place, content)).not.toEqual(sealed)
    }),
  )
})

test('nothing opens that was altered by one bit, cut short or made longer', () => {
  const changes = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: fc.nat() }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
    fc.record({ kind: fc.constant('grow' as const), at: fc.integer({ min: 1, max: 40 }) }),
  )
  fc.assert(
    fc.property(keys, places, contents, changes, (secret, place, content, { kind, at }) => {
      const key = deriveSealingKey(secret)
      const sealed = seal(key, place, content)
      const altered = {
        flip: () => sealed.map((byte, index) => (index === (at >> 3) % sealed.length ? byte ^ (1 << (at & 7)) : byte)),
        cut: () => sealed.subarray(0, at % sealed.length),
        grow: () => Uint8Array.of(...sealed, ...new Uint8Array(at)),
      }[kind]()
      expect(() => open(key, place, altered)).toThrow()
    }),
    { numRuns: 500 },
  )
})

test('every single bit of a sealed value counts', () => {
  const key = deriveSealingKey(new Uint8Array(32).fill(7))
  const sealed = seal(key, 'audit_entry/1/2/values/1', Buffer.from('{"givenName":{"new":"Ada"}}'))
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const altered = sealed.slice()
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(() => open(key, 'audit_entry/1/2/values/1', altered), `bit ${bit}`).toThrow()
  }
})

test('nothing opens at another place or with another key', () => {
  fc.assert(
    fc.property(differ(keys), differ(places), contents, ([secret, other], [place, elsewhere], content) => {
      const sealed = seal(deriveSealingKey(secret), place, content)
      expect(() => open(deriveSealingKey(secret), elsewhere, sealed)).toThrow('altered, or moved')
      expect(() => open(deriveSealingKey(other), place, sealed)).toThrow('another key')
    }),
  )
})

test('a value is committed to its key: neither opens with the commitment of the other', () => {
  fc.assert(
    fc.property(differ(keys), places, contents, ([secret, other], place, content) => {
      const [mine, theirs] = [deriveSealingKey(secret), deriveSealingKey(other)]
      // As somebody would make it who wants one value to open under two keys: the cipher of one, the name of the other.
      const sealed = seal(mine, place, content)
      sealed.set(theirs.commitment, 1)
      for (const key of [mine, theirs]) expect(() => open(key, place, sealed)).toThrow()
    }),
  )
})

test('the format is the one that is written down', () => {
  const secret = Buffer.alloc(32, 1)
  const sealed = Buffer.from(seal(deriveSealingKey(secret), 'here', Buffer.from('hello')))
  const derived = Buffer.from(hkdfSync('sha256', secret, '', 'lethe seal 1', 64))
  expect(sealed[0]).toBe(1)
  expect(sealed.subarray(1, 33)).toEqual(derived.subarray(32))
  const decipher = createDecipheriv('aes-256-gcm', derived.subarray(0, 32), sealed.subarray(33, 45))
  decipher.setAAD(Buffer.from('here')).setAuthTag(sealed.subarray(45, 61))
  expect(decipher.update(sealed.subarray(61), undefined, 'utf8') + decipher.final('utf8')).toBe('hello')
})

test('a wrapped key unwraps for its contact and by its master key alone', () => {
  fc.assert(
    fc.property(differ(keys), differ(fc.uuid()), keys, fc.nat(), ([one, two], [contact, other], secret, at) => {
      const wrapped = wrap(masterKey(one), contact, secret)
      expect(new Uint8Array(unwrap(masterKey(one), contact, wrapped))).toEqual(secret)
      expect(() => unwrap(masterKey(one), other, wrapped)).toThrow('another contact')
      expect(() => unwrap(masterKey(two), contact, wrapped)).toThrow()
      const altered = wrapped.map((byte, index) => (index === at % wrapped.length ? byte ^ 1 : byte))
      expect(() => unwrap(masterKey(one), contact, altered)).toThrow()
    }),
  )
})
