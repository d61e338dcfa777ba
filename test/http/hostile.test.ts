import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { withClient } from '../support/database.ts'

let server: TestApp
let token: string

beforeAll(async () => {
  server = await startTestApp()
  token = await server.signIn()
})
afterAll(() => server.close())

const post = (headers: Record<string, string>, body: string) =>
  server.app.fetch(new Request(`${server.url}/graphql`, { method: 'POST', headers, body }))

// Each of these would take minutes, and the test its time limit, if reading it took time with the square of its length.
describe('long text of a certain shape is read in one go', () => {
  test('in a variable that an error message repeats', async () => {
    const variables = { email: ['Did you mean '.repeat(200_000)], password: '' }
    const mutation =
      'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }'
    const { errors } = await server.graphql(mutation, variables)
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
  })

  test('in the headers', async () => {
    const spaces = ' '.repeat(1_000_000)
    const wrong = await post({ 'content-type': `a${spaces}b` }, '{}')
    expect(wrong.status).toBe(415)
    const page = new Request(`${server.url}/sign-in`, { headers: { 'accept-language': `de${spaces}x` } })
    expect((await server.app.fetch(page)).status).toBe(200)
  })

  test('in the cells of a table', async () => {
    const cell = `"a${' '.repeat(300_000)}b"`
    const content = `First Name,Labels,E-mail 1 - Value\nAda,${cell},${cell}\n`
    const mutation = `mutation ($content: String!) {
      importContacts(input: { format: CSV, content: $content, source: "Test", ground: CONSENT }) { rejected }
    }`
    const { data } = await server.graphql(mutation, { content }, token)
    expect(data.importContacts.rejected).toBe(1)
  })
})

describe('an operation', () => {
  test('costs as much without a page size as with the usual one', async () => {
    const nested = (size: string) => {
      const history = `history${size} { edges { node { contact { history${size} { edges { node { id } } } } } } }`
      return `{ contacts${size} { edges { node { ${history} } } } }`
    }
    for (const size of ['(first: 50)', '']) {
      const { errors } = await server.graphql(nested(size), {}, token)
      expect(errors?.map((error) => error.extensions.code)).toEqual(['LIMIT_EXCEEDED'])
    }
  })

  test('that was cut off commits nothing more', async () => {
    const hasty = await startTestApp({ config: { timeout: 2000 } })
    const bearer = await hasty.signIn()
    const content = Array.from({ length: 40_000 }, (_, index) => JSON.stringify({ givenName: `Ada ${index}` })).join(
      '\n',
    )
    const mutation = `mutation ($content: String!) {
      importContacts(input: { format: JSONL, content: $content, source: "Test", ground: CONSENT }) { created }
    }`
    const { status, errors } = await hasty.graphql(mutation, { content }, bearer)
    const url = hasty.config.databaseUrl ?? ''
    const state = () =>
      withClient(url, async (client) => {
        const { rows } = await client.query(
          'SELECT (SELECT count(*)::int FROM contact) AS contacts, (SELECT count(*)::int FROM import WHERE finished_at IS NULL) AS open',
        )
        return rows[0]
      })
    expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'UNAVAILABLE'])
    await hasty.close() // Waits for what still runs.
    const { contacts, open } = await state()
    expect(open).toBe(1)
    expect(contacts % 1000).toBe(0)
    expect(contacts).toBeLessThan(40_000)
  })
})

test('a host that has a path in it is refused', async () => {
  const { port } = new URL(server.url)
  const answer = await new Promise<string>((done, fail) => {
    const socket = connect(
      { port: Number(port), host: 'localhost', ca: server.ca, ALPNProtocols: ['http/1.1'] },
      () => {
        socket.write('GET /nothing HTTP/1.1\r\nHost: x/health/live?\r\nConnection: close\r\n\r\n')
      },
    )
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    socket.once('end', () => done(text)).once('error', fail)
  })
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
})
