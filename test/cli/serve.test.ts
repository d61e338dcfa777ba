import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { http1 } from '../support/https.ts'
import { inFolder, lethe, type Run } from '../support/lethe.ts'

/** Starts the server with a database of its own, and waits until it is ready. */
async function start(folder: string, more: Record<string, string> = {}) {
  const run = lethe(['serve'], { LETHE_DATA: folder, PORT: '0', ...more })
  const [, url = ''] = await run.says(/Lethe is ready: (https:\/\/localhost:\d+)/)
  await run.says('Next:')
  const ca = await readFile(join(folder, 'tls', 'certificate.pem'), 'utf8')
  return { run, url, ca }
}

async function graphql({ url, ca }: { url: string; ca: string }, query: string, token?: string) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const { body } = await http1(url, { path: '/graphql', ca, method: 'POST', headers, body: JSON.stringify({ query }) })
  return JSON.parse(body)
}

async function signIn(server: { url: string; ca: string }, email: string, password: string): Promise<string> {
  const { data } = await graphql(server, `mutation { signIn(email: "${email}", password: "${password}") { token } }`)
  return data.signIn.token
}

const ready = async ({ url, ca }: { url: string; ca: string }) =>
  (await http1(url, { path: '/health/ready', ca })).status === 200

const stop = async (run: Run) => {
  run.child.kill('SIGTERM')
  return (await run.done).code
}

const create = 'mutation { createContact(input: { givenName: "Ada", familyName: "Alt" }) { id displayName } }'

describe('a server with a database of its own', () => {
  it('starts from nothing, shows the generated password once, and keeps everything over a restart', async () => {
    await inFolder(async (folder) => {
      const first = await start(folder)
      const password = first.run.output().stdout.match(/password +(\S+)/)?.[1] ?? ''
      expect(password.length).toBeGreaterThan(15)
      const token = await signIn(first, 'admin@localhost', password)
      const { data } = await graphql(first, create, token)
      expect(data.createContact.displayName).toBe('Ada Alt')
      expect(await stop(first.run)).toBe(0)

      const second = await start(folder)
      expect(second.run.output().stdout).not.toContain('password')
      const again = await signIn(second, 'admin@localhost', password)
      const found = await graphql(second, `{ contact(id: "${data.createContact.id}") { displayName } }`, again)
      expect(found.data.contact.displayName).toBe('Ada Alt')
      expect(await stop(second.run)).toBe(0)
    })
  })

  it('starts again after it was killed, with all that it had acknowledged', async () => {
    await inFolder(async (folder) => {
      const admin = { LETHE_ADMIN_PASSWORD: 'quite a long pass phrase' }
      const killed = await start(folder, admin)
      const token = await signIn(killed, 'admin@localhost', admin.LETHE_ADMIN_PASSWORD)
      const acknowledged: string[] = []
      const writing = (async () => {
        for (;;) acknowledged.push((await graphql(killed, create, token)).data.createContact.id)
      })()
      while (acknowledged.length < 20) await graphql(killed, '{ me { id } }', token)
      killed.run.child.kill('SIGKILL')
      await Promise.all([killed.run.done, expect(writing).rejects.toThrow()])

      const next = await start(folder, admin)
      const fresh = await signIn(next, 'admin@localhost', admin.LETHE_ADMIN_PASSWORD)
      for (const id of acknowledged) {
        const { data } = await graphql(
          next,
          `{ contact(id: "${id}") { history { edges { node { action } } } } }`,
          fresh,
        )
        expect(data.contact.history.edges).toEqual([{ node: { action: 'CREATED' } }])
      }
      expect(await stop(next.run)).toBe(0)
    })
  })

  describe('that runs', () => {
    const settings = { LETHE_ADMIN_EMAIL: 'boss@example.org', LETHE_ADMIN_PASSWORD: 'quite a long pass phrase' }
    let folder: string
    let server: Awaited<ReturnType<typeof start>>

    // One for all of these: a database of its own takes seconds to make.
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'lethe-cli-'))
      expect(await lethe(['seed', '--contacts', '50'], { LETHE_DATA: folder }).done).toMatchObject({ code: 0 })
      server = await start(folder, settings)
    })
    afterAll(async () => {
      expect(await stop(server.run)).toBe(0)
      await rm(folder, { recursive: true, force: true })
    })

    it('took the administrator from the settings', async () => {
      expect(server.run.output().stdout).not.toContain(settings.LETHE_ADMIN_PASSWORD)
      expect(await signIn(server, settings.LETHE_ADMIN_EMAIL, settings.LETHE_ADMIN_PASSWORD)).toMatch(/^ey/)
    })

    it('shares its database with other commands, whoever ends first', async () => {
      const more = await lethe(['seed', '--contacts', '60'], { LETHE_DATA: folder }).done
      expect(more.stderr).toContain('10 contacts made, 50 were there already.')
      expect(await ready(server)).toBe(true)
    })

    it('is not disturbed by a second one on the same folder, which says what to do', async () => {
      const second = await lethe(['serve'], { LETHE_DATA: folder, PORT: '0' }).done
      expect([second.code, second.stderr]).toEqual([
        1,
        expect.stringMatching(/is in use by another Lethe.*LETHE_DATA/s),
      ])
      expect(await ready(server)).toBe(true)
    })

    it('knows users who are added from the command line', async () => {
      const added = await lethe(['user', 'add', 'anna@example.org', '--role', 'analyst'], { LETHE_DATA: folder }).done
      const password = added.stdout.match(/password +(\S+)/)?.[1] ?? ''
      const token = await signIn(server, 'anna@example.org', password)
      const { data } = await graphql(server, '{ me { email roles { key } } }', token)
      expect(data.me).toEqual({ email: 'anna@example.org', roles: [{ key: 'analyst' }] })
      const again = await lethe(['user', 'add', 'anna@example.org'], { LETHE_DATA: folder }).done
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('email')])
    })

    it('starts its database again when that was killed', async () => {
      const pidFile = await readFile(join(folder, 'postgres', 'cluster', 'postmaster.pid'), 'utf8')
      process.kill(Number(pidFile.split('\n')[0]), 'SIGKILL')
      let wasAway = false
      for (let isReady = false; !(wasAway && isReady); ) {
        isReady = await ready(server)
        wasAway ||= !isReady
      }
    })
  })
})
