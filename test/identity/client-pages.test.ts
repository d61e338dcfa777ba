import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createClientOrigins } from '../../src/modules/identity/clients/origins.ts'
import { type Clients, startClients, withinASecond } from './clients-support.ts'

let lethe: Clients
beforeAll(async () => {
  lethe = await startClients({ corsOrigins: ['https://crm.example'] })
})
afterAll(() => lethe?.close())

const preflight = (origin?: string) => {
  const headers = new Headers({ 'access-control-request-method': 'POST' })
  if (origin !== undefined) headers.set('origin', origin)
  return lethe.app.app.fetch(new Request(`${lethe.app.url}/graphql`, { method: 'OPTIONS', headers }))
}
const allowed = async (origin: string) => (await preflight(origin)).headers.get('access-control-allow-origin')
const credentials = 'access-control-allow-credentials'

describe('pages of a client', () => {
  test('may call with a key of theirs, and never with cookies', async () => {
    const origin = 'https://shop.example'
    const client = await lethe.newClient({ reads: ['newsletter.*'], origins: [origin, 'https://two.example'] })
    expect(await allowed(origin)).toBeNull()
    await lethe.newKey(client)
    expect(await allowed(origin)).toBeNull()
    const { key, id } = await lethe.newKey(client, 'PUBLISHABLE')
    await withinASecond(() => allowed(origin), origin)
    const { status, headers } = await preflight('https://two.example')
    expect([status, headers.get(credentials)]).toEqual([204, null])
    expect(headers.get('access-control-allow-headers')).toContain('authorization')
    const answer = await lethe.call('{ issues }', { key, origin })
    expect(answer.data).toEqual({ issues: 7 })
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get(credentials)).toBeNull()
    expect(answer.headers.get('vary')).toContain('Origin')
    for (const other of ['https://evil.example', 'null', 'https://shop.example:8443', 'http://shop.example']) {
      const refusal = await preflight(other)
      expect([refusal.status, refusal.headers.get('access-control-allow-origin')]).toEqual([403, null])
    }
    await lethe.act(`mutation { revokeClientKey(id: "${id}") { id } }`)
    await withinASecond(() => allowed(origin), null)
  })

  test('may not any more once their client is disabled, or the origin is gone', async () => {
    const client = await lethe.newClient({ origins: ['https://three.example'] })
    await lethe.newKey(client, 'PUBLISHABLE')
    await withinASecond(() => allowed('https://three.example'), 'https://three.example')
    await lethe.act(`mutation { disableClient(id: "${client}") { id } }`)
    await withinASecond(() => allowed('https://three.example'), null)
    await lethe.act(`mutation { enableClient(id: "${client}") { id } }`)
    await withinASecond(() => allowed('https://three.example'), 'https://three.example')
    await lethe.act(`mutation { updateClient(id: "${client}", input: { origins: ["https://four.example"] }) { id } }`)
    await withinASecond(() => allowed('https://three.example'), null)
    expect(await allowed('https://four.example')).toBe('https://four.example')
  })

  test('those of the settings still may with cookies', async () => {
    expect((await preflight('https://crm.example')).headers.get(credentials)).toBe('true')
  })
})

describe('the database', () => {
  test('is not asked for requests of no page, of our own pages and of those in the settings', async () => {
    await lethe.app.app.fetch(new Request(lethe.app.url)) // Whatever is loaded once.
    const asked = vi.spyOn(lethe.app.database, '$queryRaw')
    for (const origin of [undefined, lethe.app.url, 'https://crm.example']) {
      await preflight(origin)
      await lethe.call('{ __typename }', { origin })
    }
    expect(asked).not.toHaveBeenCalled()
    asked.mockRestore()
  })

  test('is asked once a second at most, however many origins somebody makes up', async () => {
    const { database } = lethe.app
    const clock = { now: 0 }
    let forget = () => {}
    const notifications = {
      on: (_channel: string, callback: () => void) => {
        forget = callback
      },
      close: async () => undefined,
    }
    const isClients = createClientOrigins({ database, notifications, clock: () => clock.now })
    const asked = vi.spyOn(database, '$queryRaw')
    const flood = () =>
      Promise.all(Array.from({ length: 500 }, (_, index) => isClients(`https://evil${index}.example`)))
    expect((await flood()).some(Boolean)).toBe(false)
    clock.now += 999
    await flood()
    expect(asked).toHaveBeenCalledTimes(1)
    clock.now += 1
    await flood()
    expect(asked).toHaveBeenCalledTimes(2)
    forget()
    await flood()
    expect(asked).toHaveBeenCalledTimes(3)
    asked.mockRejectedValueOnce(new Error('gone'))
    forget()
    await expect(isClients('https://shop.example')).rejects.toThrow('gone')
    expect(await isClients('https://evil.example')).toBe(false)
    asked.mockRestore()
  })
})
