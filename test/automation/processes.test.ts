import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshDatabase, withClient } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { http1 } from '../support/https.ts'
import { inFolder, lethe, type Run } from '../support/lethe.ts'
import { action, both, create } from './support.ts'

const password = 'quite a long pass phrase'

type Server = {
  run: Run
  // biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
  call: (query: string, variables?: object) => Promise<any>
}

/** A server process, with its administrator signed in. */
async function start(folder: string, databaseUrl: string): Promise<Server> {
  const run = lethe(['serve'], {
    ...{ LETHE_DATA: folder, PORT: '0', LETHE_ADMIN_PASSWORD: password },
    LETHE_SECRET: 'the same for all processes of this installation',
    ...databaseEnvironment(databaseUrl),
  })
  const [, url = ''] = await run.says(/Lethe is ready: (https:\/\/localhost:\d+)/)
  const ca = await readFile(join(folder, 'tls', 'certificate.pem'), 'utf8')
  const call = async (query: string, variables: object, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const sent = { path: '/graphql', ca, method: 'POST', headers, body: JSON.stringify({ query, variables }) }
    const { data, errors } = JSON.parse((await http1(url, sent)).body)
    if (errors) throw new Error(JSON.stringify(errors))
    return data
  }
  const { signIn } = await call(`mutation { signIn(email: "admin@localhost", password: "${password}") { token } }`, {})
  return { run, call: (query, variables = {}) => call(query, variables, signIn.token) }
}

test('a server that is killed while rules act has done each thing once when the next one is through', async () => {
  await inFolder(async (folder) => {
    const databaseUrl = await freshDatabase()
    const count = (what: string) =>
      withClient(databaseUrl, async (client) =>
        Number((await client.query(`SELECT count(*) FROM ${what}`)).rows[0].count),
      )
    const killed = await start(folder, databaseUrl)
    const { createRule } = await killed.call(create, {
      input: {
        ...{ name: 'Appends', events: ['contacts.imported'], rights: [both('contacts.*')] },
        actions: [action('contacts.setField', { field: '"title"', value: 'contact.title + "x"' })],
      },
    })
    await killed.call('mutation ($id: ID!) { enableRule(id: $id) { id } }', { id: createRule.id })
    const content = Array.from({ length: 60 }, (_, index) => `{"givenName":"Ada ${index}"}`).join('\n')
    await killed.call('mutation ($input: ImportContactsInput!) { importContacts(input: $input) { created } }', {
      input: { format: 'JSONL', content, source: 'a fair', ground: 'CONTRACT' },
    })
    await expect.poll(() => count(`automation_run WHERE state = 'done'`), { timeout: 20_000 }).toBeGreaterThan(3)
    killed.run.child.kill('SIGKILL')
    await killed.run.done
    expect(await count(`automation_run WHERE state = 'waiting'`)).toBeGreaterThan(0)

    const next = await start(folder, databaseUrl)
    await expect.poll(() => count(`automation_run WHERE state = 'done'`), { timeout: 60_000 }).toBe(60)
    expect(await count(`contact WHERE title = 'x'`)).toBe(60)
    expect(await count(`audit_entry WHERE actor_kind = 'rule'`)).toBe(60)
    next.run.child.kill('SIGTERM')
    expect((await next.run.done).code).toBe(0)
  })
})
