import { parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exampleTabs } from '../../src/http/graphiql-tabs.ts'
import { startTestApp, type TestApp } from '../support/app.ts'

// The operations that GraphiQL opens with do what they say, for those they are for.

let server: TestApp
const tokens: Record<string, string> = {}

beforeAll(async () => {
  server = await startTestApp()
  const administrator = await server.signIn()
  const act = async (query: string) => {
    const { data, errors } = await server.graphql(query, {}, administrator)
    expect(errors).toBeUndefined()
    return data
  }
  await act('mutation { createContact(input: { givenName: "Ada", emails: [{ address: "ada@example.org" }] }) { id } }')
  for (const role of ['analyst', 'statistician']) {
    const email = `${role}@example.org`
    const { createUser } = await act(
      `mutation { createUser(input: { email: "${email}", roles: ["${role}"] }) { password } }`,
    )
    const signIn = `mutation { signIn(email: "${email}", password: "${createUser.password}") { token } }`
    tokens[role] = (await server.graphql(signIn)).data.signIn.token
  }
  tokens['administrator'] = administrator
})
afterAll(() => server.close())

const nameOf = (tab: string) => {
  const [operation] = parse(tab).definitions
  return operation && 'name' in operation ? operation.name?.value : undefined
}

const forOthers: Readonly<Record<string, readonly string[]>> = {
  administrator: [],
  analyst: ['WhoChangedWhat'],
  statistician: ['Contacts', 'Search', 'WhoChangedWhat', 'LawfulFor', 'Duplicates'],
}

describe.each(Object.keys(forOthers))('an example, for the role %s', (role) => {
  test.each(exampleTabs.map((tab) => [nameOf(tab), tab] as const))('%s', async (name, tab) => {
    const { data, errors } = await server.graphql(tab, {}, tokens[role])
    const denied = forOthers[role]?.includes(String(name))
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(
      denied ? expect.arrayContaining(['FORBIDDEN']) : undefined,
    )
    if (!denied) expect(Object.values(data)).not.toContain(null)
  })
})

test('each begins with what it is for, and says which right it takes', () => {
  for (const tab of exampleTabs) {
    expect(tab).toMatch(/^# [A-Z]/)
    expect(tab).toMatch(/\bright(s|\n#)? [a-z]+\.[a-z]+/)
  }
})

test.each([
  ['administrator', 'Contacts'],
  ['analyst', 'Contacts'],
  ['statistician', 'NumbersByYear'],
])('for the role %s the first one is %s', async (role, name) => {
  const headers = { accept: 'text/html', authorization: `Bearer ${tokens[role]}` }
  const html = await (await server.app.fetch(new Request(`${server.url}/graphql`, { headers }))).text()
  expect(html).toContain(`'] ??= "# `)
  expect(nameOf(JSON.parse(/'graphiql:query'\] \?\?= (".*?[^\\]")</.exec(html)?.[1] ?? '""'))).toBe(name)
})

test.each(['analyst', 'statistician'])(
  'the role %s changes nothing, and has files made of what it may read',
  async (role) => {
    const held = await server.database.grant.findMany({ where: { role: { key: role } } })
    expect(held.length).toBeGreaterThan(1)
    expect(held.filter(({ write }) => write).map(({ right }) => right)).toEqual(['reports.files'])
    const change = 'mutation { createContact(input: { givenName: "Eve" }) { id } }'
    const { errors } = await server.graphql(change, {}, tokens[role])
    expect(errors?.[0].extensions.code).toBe('FORBIDDEN')
  },
)
