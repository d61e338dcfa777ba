import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase, withClient } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { http1 } from '../support/https.ts'
import { inFolder, lethe, type Run } from '../support/lethe.ts'
import { type MailServer, startMailServer } from './mail-server.ts'

const password = 'quite a long pass phrase'

let mails: MailServer
let databaseUrl: string

beforeEach(async () => {
  mails = await startMailServer()
  databaseUrl = await freshDatabase()
})
afterEach(() => mails.close())

type Server = { run: Run; invite: (email: string) => Promise<void> }

/** A server process that sends mails, with its administrator signed in. */
async function start(folder: string): Promise<Server> {
  const run = lethe(['serve'], {
    LETHE_DATA: folder,
    PORT: '0',
    ...databaseEnvironment(databaseUrl),
    LETHE_ADMIN_PASSWORD: password,
    LETHE_SECRET: 'the same for all processes of this installation',
    LETHE_SMTP_URL: mails.url,
    LETHE_MAIL_FROM: 'lethe@crm.example',
    LETHE_TIME_ZONE: 'Asia/Kathmandu',
  })
  const [, url = ''] = await run.says(/Lethe is ready: (https:\/\/localhost:\d+)/)
  const ca = await readFile(join(folder, 'tls', 'certificate.pem'), 'utf8')
  const call = async (query: string, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const sent = { path: '/graphql', ca, method: 'POST', headers, body: JSON.stringify({ query }) }
    const { data, errors } = JSON.parse((await http1(url, sent)).body)
    expect(errors).toBeUndefined()
    return data
  }
  const { signIn } = await call(`mutation { signIn(email: "admin@localhost", password: "${password}") { token } }`)
  const invite = (email: string) =>
    call(`mutation { inviteUser(input: { email: "${email}" }) { user { id } } }`, signIn.token)
  return { run, invite }
}

const rows = () =>
  withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(
      'SELECT id, state, perhaps_twice AS "perhapsTwice" FROM outgoing_mail ORDER BY id',
    )
    return rows
  })

/** As if the leases of the dead had run out. */
const leasesRunOut = () =>
  withClient(databaseUrl, (client) => client.query(`UPDATE outgoing_mail SET due_at = now() WHERE state <> 'sent'`))

describe('a server process', () => {
  test('killed while a mail is on the wire loses nothing: the next one sends it again, as the same mail', async () => {
    await inFolder(async (folder) => {
      let hangs = true
      mails.judge.mail = () => (hangs ? new Promise(() => undefined) : 'take')
      const killed = await start(folder)
      await killed.invite('jo@example.org')
      await mails.reads(1)
      killed.run.child.kill('SIGKILL')
      await killed.run.done
      expect(await rows()).toMatchObject([{ state: 'sending', perhapsTwice: false }])

      hangs = false
      await leasesRunOut()
      const next = await start(folder)
      await mails.takesFor('jo@example.org')
      await expect.poll(rows).toMatchObject([{ state: 'sent', perhapsTwice: true }])
      const [first, second] = mails.read
      expect(second?.messageId).toBe(first?.messageId)
      expect(second?.text).toBe(first?.text)
      expect(second?.text).toMatch(/ GMT\+5:45\b/) // Until when the link works, by the clock of the installation.
      next.run.child.kill('SIGTERM')
      expect((await next.run.done).code).toBe(0)
    })
  })

  test('killed at any moment sends what it had promised, after the next start', async () => {
    await inFolder(async (folder) => {
      const killed = await start(folder)
      const promised: string[] = []
      const inviting = (async () => {
        for (let index = 0; ; index++) {
          await killed.invite(`jo${index}@example.org`)
          promised.push(`jo${index}@example.org`)
        }
      })()
      const failed = expect(inviting).rejects.toThrow()
      await mails.takes(10)
      killed.run.child.kill('SIGKILL')
      await Promise.all([killed.run.done, failed])

      await leasesRunOut()
      const next = await start(folder)
      for (const email of promised) await mails.takesFor(email)
      await expect.poll(async () => (await rows()).every(({ state }) => state === 'sent')).toBe(true)
      const ids = mails.taken.map(({ messageId }) => messageId)
      for (const { id, perhapsTwice } of await rows()) {
        const times = ids.filter((one) => one === `<${id}@crm.example>`).length
        if (perhapsTwice) expect([1, 2]).toContain(times)
        else expect(times).toBe(1)
      }
      next.run.child.kill('SIGTERM')
      await next.run.done
    })
  })

  test('shares the queue with others, and stops when its mail has arrived', async () => {
    await inFolder(async (folder) => {
      const servers = await Promise.all(['one', 'two'].map((name) => start(join(folder, name))))
      const emails = Array.from({ length: 30 }, (_, index) => `jo${index}@example.org`)
      await Promise.all(emails.map((email, index) => servers[index % 2]?.invite(email)))
      await mails.takes(emails.length)
      await expect.poll(async () => (await rows()).filter(({ state }) => state === 'sent').length).toBe(30)
      expect(new Set(mails.read.map(({ messageId }) => messageId)).size).toBe(mails.read.length)

      let confirm = () => {}
      mails.judge.mail = () =>
        new Promise((done) => {
          confirm = () => done('take')
        })
      await servers[0]?.invite('last@example.org')
      await mails.reads(31)
      for (const { run } of servers) run.child.kill('SIGTERM')
      await Promise.all(servers.map(({ run }) => run.says('stopping')))
      confirm()
      for (const { run } of servers) expect((await run.done).code).toBe(0)
      expect((await rows()).at(-1)).toMatchObject({ state: 'sent', perhapsTwice: false })
    })
  })
})
