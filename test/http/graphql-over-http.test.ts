import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'

let server: TestApp
let token: string

beforeAll(async () => {
  server = await startTestApp()
  token = await server.signIn()
})
afterAll(() => server.close())

// The audits read the schema, so their caller is signed in.
const fetchFn = (url: string, init: RequestInit = {}) => {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${token}`)
  return server.app.fetch(new Request(url, { ...init, headers }))
}

describe('the specification of GraphQL over HTTP', () => {
  for (const audit of serverAudits({ url: 'https://localhost/graphql', fetchFn })) {
    test(`${audit.id}: ${audit.name}`, async () => {
      const result = await audit.fn()
      expect(result.status, 'reason' in result ? result.reason : '').toBe('ok')
    })
  }
})

test('the directives of GraphQL are there', async () => {
  const query = 'query ($is: Boolean!) { a: __typename @include(if: $is) b: __typename @skip(if: $is) }'
  expect((await server.graphql(query, { is: true })).data).toEqual({ a: 'Query' })
  expect((await server.graphql(query, { is: false })).data).toEqual({ b: 'Query' })
})
