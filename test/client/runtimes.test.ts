import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answer, away, hang, reset, startFaultyServer } from './faulty-server.ts'

const run = promisify(execFile)

/** The oldest that the client is for, by the number of its release. */
const oldest = 18

/** What a partner's server does with the client, in JavaScript that any of them runs. Prints what came of it. */
const use = `import { createLethe, isLetheError, verifyWebhook, WebhookError } from './lethe.mjs'

const { url, headers, body, secret } = JSON.parse(process.argv[2])
const settings = { url, key: 'sk_test', firstPause: 1 }
const given = await createLethe(settings).giveConsent({ person: { email: 'a@example.org' }, purposes: [{ purpose: 'newsletter' }] })
const hurried = createLethe({ ...settings, timeout: 100, attempts: 1 })
const late = await hurried.consentOffers().catch((error) => isLetheError(error) && error.code)
const { event } = await verifyWebhook({ body, headers, secret })
const known = await verifyWebhook({ body, headers: new Headers(headers), secret: ['whsec_' + btoa('another'), secret] })
const forged = await verifyWebhook({ body: body + ' ', headers, secret }).catch((error) => error instanceof WebhookError)
console.log(JSON.stringify({ state: given.outcomes[0].state, late, type: event.type, id: known.id, forged }))
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-runtimes-'))
  const client = await readFile(join(import.meta.dirname, '..', '.generated', 'lethe.ts'), 'utf8')
  await writeFile(join(folder, 'lethe.mjs'), stripTypeScriptTypes(client))
  await writeFile(join(folder, 'use.mjs'), use)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The Node.js of this process, and those of the machine beside it, as far as the client is for them. */
async function nodes(): Promise<Map<string, string>> {
  const beside = (process.env['PATH'] ?? '').split(delimiter).map((path) => join(path, 'node'))
  const found = new Map<string, string>()
  for (const node of [process.execPath, ...beside]) {
    const version = await run(node, ['--version']).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    )
    if (version && Number(/^v(\d+)/.exec(version)?.[1]) >= oldest && !found.has(version)) found.set(version, node)
  }
  return found
}

test('the client does the same on every Node.js that is here', async () => {
  const body = JSON.stringify({ type: 'webhook.test', timestamp: new Date().toISOString(), data: {} })
  const [id, timestamp, secret] = ['msg_1', Math.floor(Date.now() / 1000), Buffer.from('a secret of 24 bytes or so')]
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` }
  const given = answer({ data: { giveConsent: { outcomes: [{ purpose: 'newsletter', state: 'GIVEN' }] } } })
  const found = await nodes()
  expect(found.size).toBeGreaterThan(0)
  for (const [version, node] of found) {
    await using server = await startFaultyServer(reset, away(503, { 'retry-after': '0' }), given, hang)
    const what = { url: server.url, headers, body, secret: `whsec_${secret.toString('base64')}` }
    const { stdout } = await run(node, [join(folder, 'use.mjs'), JSON.stringify(what)])
    const expected = { state: 'GIVEN', late: 'NO_ANSWER', type: 'webhook.test', id, forged: true }
    expect([version, JSON.parse(stdout)]).toEqual([version, expected])
    expect(server.asked).toHaveLength(4)
  }
})
