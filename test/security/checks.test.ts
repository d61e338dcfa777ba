import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PrismaClient } from '#prisma/client.ts'
import { createApp } from '../../src/app.ts'
import { adapterFor } from '../../src/database/client.ts'
import { measures } from '../../src/modules/security/measures.ts'
import { daysAgo, type Security, startSecurity } from './support.ts'

let lethe: Security
let officer: { token: string; email: string; id: string; uuid: string }
beforeAll(async () => {
  lethe = await startSecurity()
  officer = await lethe.newUser(['data-protection-officer'])
})
afterAll(() => lethe?.close())

const record =
  'mutation ($m: SecurityMeasureKey!, $n: String) { recordSecurityCheck(measure: $m, note: $n) { id measure note checkedAt user { email } } }'

describe('checks (Art. 32(1)(d) GDPR)', () => {
  test.each(['BACKUPS', 'DEPENDENCIES'])(
    '%s is unknown until somebody has looked, and again due after a month',
    async (key) => {
      expect(await lethe.measure(key)).toMatchObject({
        status: 'UNKNOWN',
        due: true,
        checkEvery: 30,
        lastCheckedAt: null,
        lastCheckedBy: null,
        checks: [],
      })
      const check = await lethe.act(record, { m: key, n: 'Restored\nlast night' }, officer.token)
      const { email } = officer
      expect(check).toMatchObject({ measure: key, note: 'Restored\nlast night', user: { email } })
      expect(await lethe.measure(key, officer.token)).toMatchObject({
        status: 'OK',
        due: false,
        lastCheckedAt: check.checkedAt,
        lastCheckedBy: { email },
        checks: [{ note: 'Restored\nlast night', measure: key, user: { email } }],
      })
      const older = 'UPDATE security_check SET checked_at = $1'
      await lethe.pastTheGuards(older, [daysAgo(29)])
      expect(await lethe.measure(key)).toMatchObject({ status: 'OK', due: false })
      await lethe.pastTheGuards(older, [daysAgo(31)])
      expect(await lethe.measure(key)).toMatchObject({ status: 'ATTENTION', due: true })
      await lethe.act(record, { m: key }, officer.token)
      expect(await lethe.measure(key)).toMatchObject({ status: 'OK', due: false, checks: [{ note: '' }, {}] })
    },
  )

  test('do not make good what can be seen to be bad', async () => {
    await lethe.act(record, { m: 'SECOND_FACTOR', n: 'Looks fine to me' }, officer.token)
    expect(await lethe.measure('SECOND_FACTOR')).toMatchObject({ status: 'ATTENTION', due: false })
  })

  test('are in the audit log, and shown as far back as ten', async () => {
    for (let count = 1; count <= 11; count++) await lethe.act(record, { m: 'SESSIONS', n: `${count}` }, officer.token)
    const { checks } = await lethe.measure('SESSIONS')
    expect(checks.map(({ note }: { note: string }) => note)).toEqual(Array.from({ length: 10 }, (_, i) => `${11 - i}`))
    const { edges } = await lethe.act(
      `{ auditLog(filter: { entity: "SecurityCheck" }, first: 1) { edges { node { operation action actor { id } changes { field new } } } } }`,
    )
    expect(edges[0].node).toEqual({
      operation: 'recordSecurityCheck',
      action: 'CREATED',
      actor: { id: officer.id },
      changes: [
        { field: 'measure', new: 'sessions' },
        { field: 'note', new: '11' },
        { field: 'user', new: officer.uuid },
      ],
    })
  })

  test('are recorded by users with the right, and by nobody and nothing else', async () => {
    const code = async (token?: string) => {
      const { errors } = await lethe.app.graphql(record, { m: 'BACKUPS' }, token)
      return errors?.[0].extensions.code
    }
    const count = await lethe.app.database.securityCheck.count()
    const reader = await lethe.newUser([await lethe.newRole([{ right: 'security.review', read: true }])])
    expect(await code()).toBe('UNAUTHENTICATED')
    expect(await code((await lethe.newUser(['editor'])).token)).toBe('FORBIDDEN')
    expect(await code(reader.token)).toBe('FORBIDDEN')
    const { id } = await lethe.act('mutation { createClient(input: { name: "Robot", kind: AUTOMATION }) { id } }')
    await lethe.act('mutation ($c: ID!) { grantScope(client: $c, right: "*", read: true, write: true) { id } }', {
      c: id,
    })
    const { key } = await lethe.act('mutation ($c: ID!) { createClientKey(client: $c, kind: SECRET) { key } }', {
      c: id,
    })
    expect(await code(key)).toBe('UNAUTHENTICATED')
    const long = await lethe.app.graphql(record, { m: 'BACKUPS', n: 'x'.repeat(2001) }, officer.token)
    expect(long.errors?.[0].extensions).toMatchObject({ code: 'INVALID_INPUT', faults: [{ field: 'note' }] })
    expect(await lethe.app.database.securityCheck.count()).toBe(count)
  })
})

describe('the review', () => {
  test('is for those who have the right, and names only whom they may see', async () => {
    const query = '{ securityReview { key findings { count users { id } roles { id } clients { id } } } }'
    const answer = async (token?: string) => lethe.app.graphql(query, {}, token)
    expect((await answer()).errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
    const { token: editor } = await lethe.newUser(['editor'])
    expect((await answer(editor)).errors?.[0].extensions.code).toBe('FORBIDDEN')
    const { token } = await lethe.newUser([await lethe.newRole([{ right: 'security.review', read: true }])])
    const { data, errors } = await answer(token)
    expect(new Set(errors?.map(({ extensions }) => extensions.right))).toEqual(
      new Set(['identity.users', 'identity.roles', 'identity.clients']),
    )
    for (const { findings } of data.securityReview)
      for (const found of findings) expect(found).toMatchObject({ users: null, roles: null, clients: null })
    expect((await answer(officer.token)).errors).toBeUndefined()
  })

  test('is in German and in English, each text once', async () => {
    const texts = async (language: string) => {
      const { data } = await lethe.app.graphql(
        `{ securityReview(language: ${language}) { title description findings { text } } }`,
        {},
        officer.token,
      )
      return data.securityReview.flatMap(({ title, description, findings }: never) => [
        title,
        description,
        ...(findings as { text: string }[]).map(({ text }) => text),
      ]) as string[]
    }
    const [german, english] = [await texts('DE'), await texts('EN')]
    expect(german).toContain('Datensicherung')
    expect(english).toContain('Backups')
    expect(german.length).toBe(english.length)
    expect(new Set([...german, ...english]).size).toBe(german.length + english.length)
    expect([...german, ...english].every((text) => text.length > 5)).toBe(true)
    expect(new Set(measures.map(({ key }) => key)).size).toBe(measures.length)
  })

  test('takes as many statements with 100,000 sessions as with few, and little time', async () => {
    const { config, work } = lethe.app
    const statements: string[] = []
    const adapter = adapterFor(config.databaseUrl ?? '', { connections: 10, statementTimeout: 60_000 })
    const database = new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] })
    database.$on('query', ({ query }) => statements.push(query))
    const app = createApp({ ...work, config, database })
    const review = async () => {
      const graphql = async (query: string, variables: object = {}, token = '') => {
        const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
        const body = JSON.stringify({ query, variables })
        return (await app.fetch(new Request(`${lethe.app.url}/graphql`, { method: 'POST', headers, body }))).json()
      }
      statements.length = 0
      await lethe.measure('SESSIONS', officer.token, graphql)
      return statements.filter((statement) => /SELECT/.test(statement)).length
    }
    const few = await review()
    expect(few).toBeLessThanOrEqual(measures.length + 6)
    await lethe.pastTheGuards(
      `INSERT INTO user_account (id, email, password_hash) SELECT gen_random_uuid(), 'user' || n, 'x' FROM generate_series(1, 1000) n`,
    )
    await lethe.pastTheGuards(
      `INSERT INTO session (id, user_id, token_hash, address, created_at, last_seen_at, expires_at)
       SELECT gen_random_uuid(), u.id, gen_random_uuid()::text, '192.0.2.' || n % 250, now() - n * interval '1 hour',
         now() - n * interval '1 hour', now() - n * interval '1 hour' + interval '12 hours'
       FROM user_account u, generate_series(1, 100) n`,
    )
    const start = performance.now()
    expect(await review()).toBeLessThanOrEqual(few + 2)
    expect(performance.now() - start).toBeLessThan(5000)
    await database.$disconnect()
  })
})
