import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../../src/graphql/limits.ts'
import { identity } from '../../src/modules/identity/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createProbe } from '../support/probe.ts'

let server: TestApp
let token: string

beforeAll(async () => {
  server = await startTestApp({ modules: [identity, createProbe().module] })
  token = await server.signIn()
})
afterAll(() => server.close())

const codes = async (query: string, variables?: object, bearer?: string) => {
  const { errors } = await server.graphql(query, variables, bearer)
  return errors?.map((error) => error.extensions.code)
}

const nested = (levels: number) => `{ probe ${'{ self '.repeat(levels - 2)}{ after }${' }'.repeat(levels - 2)} }`

describe('an operation within the limits is answered', () => {
  const good: Record<string, string> = {
    depth: nested(limits.depth),
    aliases: `{ ${Array.from({ length: limits.aliases }, (_, i) => `a${i}: __typename`).join(' ')} }`,
    fields: `{ ${'__typename '.repeat(200)}}`,
    cost: '{ probe { many(first: 500) { many(first: 100) { after self { after } } } } }',
  }
  for (const [name, query] of Object.entries(good)) test(name, async () => expect(await codes(query)).toBeUndefined())
})

describe('what an operation costs', () => {
  const cost = async (query: string, variables: object = {}, asked = true) => {
    const headers = { 'content-type': 'application/json', ...(asked && { 'lethe-cost': 'show' }) }
    const body = JSON.stringify({ query, variables })
    const response = await server.app.fetch(new Request(`${server.url}/graphql`, { method: 'POST', headers, body }))
    return [Number(response.headers.get('lethe-cost')), (await response.json()).extensions?.cost]
  }

  test('is told by a header, and in the answer to whoever asks for that', async () => {
    expect(await cost('{ __typename }')).toEqual([1, { requested: 1, limit: limits.cost }])
    expect(await cost('{ __typename }', {}, false)).toEqual([1, undefined])
    // Two for an object, one for a scalar, and half as much again for the level.
    expect(await cost('{ probe { after } }')).toEqual([4, { requested: 4, limit: limits.cost }])
  })

  test('counts pages, and is that of the operation that was sent, also when its text was sent before', async () => {
    const query = 'query ($n: Int) { probe { many(first: $n) { after } } }'
    const five = (await cost(query, { n: 5 }))[0]
    const fifty = (await cost(query, { n: 50 }))[0]
    const [usual, again] = [(await cost(query))[0], (await cost(query, { n: 5 }))[0]]
    expect(fifty).toBeGreaterThan(9 * Number(five))
    expect([usual, again]).toEqual([fifty, five])
  })
})

describe('an operation beyond a limit is refused', () => {
  const bad: Record<string, string> = {
    depth: nested(limits.depth + 1),
    'depth by fragments': `{ probe { ...F0 } } ${Array.from({ length: limits.depth }, (_, i) => `fragment F${i} on Probe { self { ...F${i + 1} } }`).join(' ')} fragment F${limits.depth} on Probe { after }`,
    aliases: `{ ${Array.from({ length: limits.aliases + 1 }, (_, i) => `a${i}: probe { after }`).join(' ')} }`,
    'aliases of __typename': `{ ${Array.from({ length: limits.aliases + 1 }, (_, i) => `a${i}: __typename`).join(' ')} }`,
    directives: `{ __typename ${'@skip(if: false) '.repeat(limits.directives + 1)} }`,
    tokens: `{ ${'__typename '.repeat(limits.tokens)} }`,
    cost: '{ probe { many(first: 500) { many(first: 500) { after } } } }',
  }
  for (const [name, query] of Object.entries(bad)) {
    test(name, async () => expect(await codes(query)).toEqual(['LIMIT_EXCEEDED']))
  }

  test('cost that is hidden in a variable, or in its default', async () => {
    const query = (variables: string) =>
      `query (${variables}) { probe { many(first: $n) { many(first: $n) { many(first: $n) { after } } } } }`
    expect(await codes(query('$n: Int'), { n: 500 })).toEqual(['LIMIT_EXCEEDED'])
    expect(await codes(query('$n: Int'), { n: 5 })).toBeUndefined()
    expect(await codes(query('$n: Int = 500'))).toEqual(['LIMIT_EXCEEDED'])
    expect(await codes(query('$n: Int = 500'), { n: 5 })).toBeUndefined()
  })

  test('several operations in one request', async () => {
    const body = JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }])
    const headers = { 'content-type': 'application/json' }
    const response = await server.app.fetch(new Request(`${server.url}/graphql`, { method: 'POST', headers, body }))
    expect(response.status).toBe(400)
    expect((await response.json()).errors[0].extensions.code).toBe('BAD_REQUEST')
  })
})

describe('the schema', () => {
  const introspection = getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true })

  test('is shown to who is signed in', async () => {
    const { data, errors } = await server.graphql(introspection, {}, token)
    expect(errors).toBeUndefined()
    expect(data.__schema.queryType.name).toBe('Query')
  })

  test('is not shown to others, also when it was just shown', async () => {
    const { status, errors, data } = await server.graphql(introspection)
    expect({ status, data }).toEqual({ status: 401, data: undefined })
    expect(new Set(errors?.map((error) => error.extensions.code))).toEqual(new Set(['UNAUTHENTICATED']))
    expect(await codes('{ __type(name: "Query") { name } }')).toEqual(['UNAUTHENTICATED'])
    expect(await codes('{ __typename }')).toBeUndefined()
  })

  test('is not hinted at, either', async () => {
    const misspelt = '{ prob { after } }'
    const bySomebody = await server.graphql(misspelt, {}, token)
    expect(bySomebody.errors?.[0].message).toContain('Did you mean "probe"')
    const byNobody = await server.graphql(misspelt)
    expect(byNobody.errors?.[0].message).toBe('Cannot query field "prob" on type "Query".')
  })
})
