import { setImmediate } from 'node:timers/promises'
import { execute as theirs } from '@graphql-tools/executor'
import fc from 'fast-check'
import { buildSchema, GraphQLError, type GraphQLSchema, isObjectType, parse, validate } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { execute } from '../../src/graphql/execute/execute.ts'

// What our executor answers is what the library's does, whatever resolvers give or throw, at once or later.

const schema = resolving(
  buildSchema(`
    interface Named { name: String }
    union Any = Leaf | Tree
    enum Colour { RED GREEN }
    type Leaf implements Named { name: String size: Int! colour: Colour list: [Int!] }
    type Tree implements Named { name: String! leaf: Leaf strict: Leaf! leaves: [Leaf] strictLeaves: [Leaf!]! named: Named any: [Any!] tree: Tree
      sum(of: [Int!] = [1], scale: Float, by: By): Float }
    input By { factor: Int! = 2, colour: Colour }
    type Query { tree: Tree strict: Tree! leaf: Leaf any: Any named: [Named] }
    type Mutation { tree: Tree strict: Tree! leaf: Leaf any: Any named: [Named] }
  `),
)

type Behaviour = { kind: string; later: boolean }

/** How a field behaves depends on its place in the answer alone, and on what the run was given. */
function resolving(plain: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(plain.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      field.resolve = (_source, args, context, { path, fieldName, returnType }) => {
        const { key, prev } = path
        const behaviours: readonly Behaviour[] = context.behaviours
        let hash = 7
        for (const char of `${String(key)} ${prev?.key} ${prev?.prev?.key} ${fieldName}`)
          hash = (hash * 31 + char.charCodeAt(0)) % 9973
        const { kind, later } = behaviours[hash % behaviours.length] ?? { kind: 'value', later: false }
        const give = () => givenBy(kind, String(returnType), args)
        return later ? Promise.resolve().then(give) : give()
      }
    }
  }
  return plain
}

function givenBy(kind: string, type: string, args: object): unknown {
  if (kind === 'throws') throw new Error('broken')
  if (kind === 'throws ours') throw new GraphQLError('refused', { extensions: { code: 'FORBIDDEN' } })
  if (kind === 'throws text') throw 'text'
  if (kind === 'throws several') throw new AggregateError([new Error('one'), new Error('two')])
  if (kind === 'error') return new Error('returned')
  if (kind === 'null') return null
  if (kind === 'wrong') return type.includes('[') ? 17 : { nonsense: true }
  const bare = type.replace(/[[\]!]/g, '')
  const one = (index: number): unknown => {
    if (bare === 'Named' || bare === 'Any')
      return { __typename: kind === 'stray' ? 'Query' : index % 2 ? 'Leaf' : 'Tree' }
    if (bare === 'Leaf' || bare === 'Tree') return {}
    if (bare === 'Colour') return kind === 'stray' ? 'BLUE' : 'RED'
    return bare === 'String' ? JSON.stringify(args) : index + 1
  }
  if (!type.includes('[')) return one(1)
  const items = [one(0), one(1), kind === 'stray' ? null : one(2)]
  return kind === 'promises'
    ? items.map((item, index) => (index === 1 ? Promise.reject(new Error('item')) : Promise.resolve(item)))
    : items
}

const kinds = [
  'value',
  'value',
  'value',
  'value',
  'throws',
  'throws ours',
  'throws text',
  'throws several',
  'error',
  'null',
  'wrong',
  'stray',
  'promises',
]
const behaviours = fc.array(fc.record({ kind: fc.constantFrom(...kinds), later: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
})

const leaf = '{ name size colour list __typename }'
const parts = [
  'name',
  `leaf ${leaf}`,
  `strict ${leaf}`,
  'leaves { size ...F @include(if: $a) }',
  `strictLeaves { name colour @skip(if: $b) }`,
  'named { name ... on Leaf { size } ... on Tree { leaf { list } } }',
  'any { __typename ... on Leaf { list } ... on Tree { strict { size } } }',
  'tree { name __proto__: name tree { strictLeaves { size } } }',
  'sum(of: [1, 2], by: { factor: $n, colour: GREEN }) other: sum(scale: $f)',
]
const operation = fc
  .record({
    kind: fc.constantFrom('query', 'mutation'),
    inner: fc.subarray(parts, { minLength: 1 }),
    strict: fc.boolean(),
  })
  .map(
    ({ kind, inner, strict }) =>
      `${kind} Q($a: Boolean! = true, $b: Boolean = false, $n: Int!, $f: Float) { ${strict ? 'strict' : 'tree'} { ${inner.join(' ')} }
        leaf ${leaf} named { name ... on Tree { tree { leaf { size } } } } again: leaf { name } } fragment F on Leaf { list name }`,
  )
const variables = fc.record(
  {
    a: fc.constantFrom(true, false, null),
    b: fc.boolean(),
    n: fc.constantFrom(1, 2, 'x', null),
    f: fc.constantFrom(1.5, null),
  },
  { requiredKeys: ['n'] },
)

// The library leaves the promises of other items to themselves when one gives its list up; ours must not.
const unheard: unknown[] = []
let others: NodeJS.UnhandledRejectionListener[] = []
beforeAll(() => {
  others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', (error) => unheard.push(error))
})
afterAll(async () => {
  await setImmediate()
  process.removeAllListeners('unhandledRejection')
  for (const listener of others) process.on('unhandledRejection', listener)
})

test('our executor leaves no failure unheard', async () => {
  await fc.assert(
    fc.asyncProperty(operation, variables, behaviours, async (source, variableValues, given) => {
      await execute({ schema, document: parse(source), variableValues, contextValue: { behaviours: given } })
    }),
    { numRuns: 500 },
  )
  await setImmediate()
  expect(unheard).toEqual([])
})

test('what our executor answers is what the library answers', async () => {
  const documents = new Map<string, ReturnType<typeof parse>>()
  await fc.assert(
    fc.asyncProperty(operation, variables, behaviours, async (source, variableValues, given) => {
      const document = documents.get(source) ?? parse(source)
      documents.set(source, document)
      expect(validate(schema, document).filter(({ message }) => !/Unused|never used/.test(message))).toEqual([])
      const args = {
        schema,
        document,
        variableValues,
        contextValue: { behaviours: strictLists.test(source) ? alike(given) : given },
      }
      const [mine, library] = await Promise.all([execute(args), theirs(args)])
      expect(plain(mine)).toEqual(plain(library))
    }),
    { numRuns: 1500 },
  )
})

// Where some items of a list without nulls wait and another fails at once, the library leaves the promises of the others to themselves.
const strictLists = /strictLeaves|any/
const alike = (given: readonly Behaviour[]) => given.map((one) => ({ ...one, later: given[0]?.later ?? false }))

// Which of several errors gives up a place where none may be null, and which of the others come in time to be told, is nobody's
// promise: for such a place it is compared that there are any.
function plain(result: object) {
  const { data, errors = [] } = JSON.parse(JSON.stringify(result))
  const told = errors.map((error: { path?: (string | number)[] }) => {
    if (!error.path) return JSON.stringify(error)
    const place: (string | number)[] = []
    let value = data
    for (const key of error.path) {
      if (value === null) break
      place.push(key)
      value = value[key]
    }
    return place.length === error.path.length ? JSON.stringify(error) : `beneath ${place.join('.')}`
  })
  return { data, errors: [...new Set(told)].toSorted() }
}

test('what is cut off rejects with the reason', async () => {
  const controller = new AbortController()
  controller.abort(new Error('gone'))
  const args = {
    schema,
    document: parse('{ leaf { name } }'),
    contextValue: { behaviours: [] },
    signal: controller.signal,
  }
  expect(() => execute(args)).toThrow('gone')
})

test('what a resolver does to its arguments no other request sees', async () => {
  const plain = buildSchema('type Query { sum(of: [Int!], by: By): String } input By { factors: [Int!] }')
  const { sum } = plain.getQueryType()?.getFields() ?? {}
  if (!sum) throw new Error('there is no field')
  sum.resolve = (_source, args) => {
    const given = JSON.stringify(args)
    args.more = 1
    try {
      args.by.factors.push(7)
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
    }
    return given
  }
  const document = parse('{ sum(of: [1], by: { factors: [2] }) }')
  for (let turn = 0; turn < 2; turn++) {
    expect(await execute({ schema: plain, document })).toEqual({ data: { sum: '{"of":[1],"by":{"factors":[2]}}' } })
  }
})
