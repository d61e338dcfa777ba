import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fault } from '../../src/graphql/errors.ts'
import { environmentFor, longest, messageOf, readExpression } from '../../src/modules/automation/cel/expression.ts'
import type { ValueType } from '../../src/modules/automation/contract.ts'
import { offersOf } from '../../src/modules/automation/offers.ts'
import { modules } from '../../src/modules/index.ts'

const offers = offersOf(modules)
const placed = offers.events.get('orders.placed')
const environment = environmentFor(offers, placed ? [placed] : [])

const doubling = (times: number) => '.map(x, x + x)'.repeat(times)

const read = (text: string, type: ValueType = 'bool') => {
  const faults: Fault[] = []
  return { expression: readExpression(environment, text, { type, field: 'condition' }, faults), faults }
}

const variables = {
  contact: { givenName: 'Ada', language: 'en', tags: ['a', 'b'], emails: ['ada@example.org'], birthDate: '1815-12-10' },
  fields: { points: 7, proof: 'yes' },
  basis: { newsletter: { ground: 'consent' } },
  event: {
    ...{ name: 'orders.placed', at: new Date('2026-01-02T03:04:05Z'), actor: 'user', operation: 'createOrder' },
    ...{ changed: ['number'], old: {}, new: { number: 'A-1', total: 5 }, data: { number: 'A-1', total: 5.5 } },
  },
}
const value = (text: string, type: ValueType) => read(text, type).expression?.evaluate(variables)

describe('an expression', () => {
  test.each<[string, ValueType, unknown]>([
    ['contact.language == "en" && "a" in contact.tags', 'bool', true],
    ['contact.emails.exists(e, e.endsWith("@example.org"))', 'bool', true],
    ['contact.givenName.matches("^A.a$")', 'bool', true],
    ['event.data.total > 5', 'bool', true],
    ['fields.points > 5 && has(fields.proof) && !has(fields.other)', 'bool', true],
    ['basis.newsletter.ground == "consent"', 'bool', true],
    ['"order " + event.data.number', 'string', 'order A-1'],
    ['string(event.at).substring(0, 10)', 'date', '2026-01-02'],
    ['event.at + duration("24h")', 'timestamp', '2026-01-03T03:04:05.000Z'],
    ['["a", "b"]', 'list<string>', ['a', 'b']],
    ['[]', 'list<string>', []],
    ['{"amount": 5, "currency": "EUR"}', 'any', { amount: 5, currency: 'EUR' }],
    ['null', 'any', null],
    ['42', 'any', 42],
  ])('%s', (text, type, expected) => {
    expect(read(text, type).faults).toEqual([])
    expect(value(text, type)).toEqual(expected)
  })

  test.each<[string, string, RegExp]>([
    ['that is not written in CEL', 'contact.tags ==', /column 16/],
    ['that names what there is not', 'contact.nope == 1', /nope.*column 9/],
    ['that names no variable', 'nobody.name == ""', /nobody.*column 1/],
    ['whose types don’t fit', 'contact.givenName > 5', /overload.*column 1/],
    ['that comes to something else', 'contact.givenName', /bool.*string/],
    ['on another line', 'true &&\n  contact.nope', /line 2, column 11/],
    ['that looks back', 'contact.givenName.matches("(a)\\\\1")', /RE2.*column 27/],
    ['with a pattern that only shows at run time', 'contact.givenName.matches(contact.familyName)', /written|Write/],
    ['that binds', 'cel.bind(a, "x", a + a) == ""', /no function bind/],
    ['that splits', '"a".split("") == []', /no function split/],
    ['that looks into JavaScript', 'contact.constructor == 1', /constructor/],
    ['that has too many parts', Array.from({ length: 300 }, () => 'true').join(' && '), /maxAstNodes|deep|Depth/],
    ['that is too long', `"${'x'.repeat(longest)}" == ""`, /characters/],
    ['that is too deep', `${'('.repeat(60)}true${')'.repeat(60)}`, /maxDepth/],
    ['with a huge list', `1 in [${Array.from({ length: 101 }, () => 1).join()}]`, /maxListElements/],
    [
      'that would take too long',
      'contact.tags.all(a, contact.tags.all(b, contact.tags.all(c, a + b + c != "")))',
      /too long/,
    ],
    ['that searches too often', 'contact.tags.all(a, contact.tags.all(b, a.matches("^[a-f]+.b$")))', /too long/],
    ['that doubles a list again and again', `[contact.tags]${doubling(20)}.size() > 1`, /too long/],
    [
      'that comes to the same list many times over',
      Array.from({ length: 2 }, () => `[[contact.tags]${doubling(6)}]${doubling(12)}`).join(' == '),
      /too long/,
    ],
    ['that doubles a text again and again', `["a"]${doubling(30)}[0].contains("b")`, /too long/],
    ['whose pattern repeats too much', 'contact.givenName.matches("(a|aa|aaa){1,1000}$")', /repeat less.*column 27/],
    ['that names our own engine for patterns', 'contact.givenName.matches_re2(contact.familyName)', /no function/],
  ])('%s is refused, with the place', (_what, text, message) => {
    const { expression, faults } = read(text)
    expect(expression).toBeUndefined()
    expect(faults).toEqual([{ field: 'condition', message: expect.stringMatching(message) }])
  })

  test.each([
    ['fields[contact.birthDate] == 1', /^No such key\. \(line 1, column 1\)$/],
    ['int(contact.givenName) == 1', /^[^:]*$/],
    ['fields.nope == 1', /^No such key: nope\. /],
    ['event.at.getHours(contact.givenName) == 1', /time zone/],
  ])('that comes to nothing says so, without values of the contact: %s', (text, message) => {
    const { expression } = read(text)
    let thrown: unknown
    try {
      expression?.evaluate(variables)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(Error)
    expect(messageOf(thrown, text)).toMatch(message)
    expect(messageOf(thrown, text)).not.toMatch(/1815|Ada/)
  })

  test('takes about as long as it may cost, at most, and no memory to speak of', () => {
    const dearest = [
      'contact.tags.all(a, contact.tags.all(b, a.contains(b) || a != b + "x"))',
      `["a"]${doubling(12)}[0].contains("b") || true`,
      'contact.givenName.matches("^(a|b)*(a|b)*(a|b)*(a|b)*$")',
    ]
    const tags = Array.from({ length: 100 }, (_, index) => `${'a'.repeat(190)}${index}`)
    const large = { ...variables, contact: { ...variables.contact, tags, givenName: 'a'.repeat(20_000) } }
    for (const text of dearest) {
      const { expression, faults } = read(text)
      expect(faults).toEqual([])
      const begin = performance.now()
      expression?.evaluate(large)
      expect(performance.now() - begin).toBeLessThan(2000)
    }
  })

  test('that runs away elsewhere takes no time here', () => {
    const { expression } = read('contact.givenName.matches("^(a+)+$")')
    const begin = performance.now()
    expression?.evaluate({ ...variables, contact: { ...variables.contact, givenName: `${'a'.repeat(50_000)}!` } })
    expect(performance.now() - begin).toBeLessThan(2000)
  })

  test('reaches nothing of JavaScript by any key', () => {
    const names = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty']
    for (const name of names) {
      const { expression } = read(`has(fields.${name}) || "${name}" in fields || "${name}" in event.new`)
      expect(expression?.evaluate(variables)).toBe(false)
    }
  })
})

// Pieces that grow into anything, hostile shapes among them.
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 7, withCrossShrink: true },
    fc.constantFrom('true', '1', '2.5', '"a"', 'null', 'contact.tags', 'contact.givenName', 'fields', 'event.new', 'x'),
    fc.string({ maxLength: 8 }),
    fc
      .tuple(tie('tree'), fc.constantFrom('+', '&&', '||', '==', '<', 'in', '*', '/'), tie('tree'))
      .map((all) => `(${all.join(' ')})`),
    fc
      .tuple(tie('tree'), fc.constantFrom('all', 'exists', 'map', 'filter', 'exists_one'), tie('tree'))
      .map(([list, macro, body]) => `${list}.${macro}(x, ${body})`),
    fc
      .tuple(tie('tree'), fc.constantFrom('matches', 'contains', 'size', 'split', 'join'))
      .map(([of, what]) => `${of}.${what}("(a*)*")`),
    fc.array(tie('tree'), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
    fc.tuple(tie('tree'), fc.integer({ min: 1, max: 20 })).map(([list, times]) => `[${list}]${doubling(times)}`),
  ),
}))

test('whatever is written is refused, or comes to something within a second', () => {
  const tags = Array.from({ length: 100 }, (_, index) => `${'a'.repeat(100)}${index}`)
  const hostile = { ...variables, contact: { ...variables.contact, tags, givenName: 'a'.repeat(5000) } }
  fc.assert(
    fc.property(tree, fc.constantFrom<ValueType>('bool', 'any', 'string'), (text, type) => {
      const begin = performance.now()
      const { expression, faults } = read(text, type)
      expect(faults.length).toBe(expression ? 0 : 1)
      try {
        expression?.evaluate(hostile)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
      expect(performance.now() - begin).toBeLessThan(3000)
    }),
    { numRuns: 500 },
  )
})
