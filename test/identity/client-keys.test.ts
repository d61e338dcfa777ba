import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { transact } from '../../src/database/transact.ts'
import { isKey, newKey } from '../../src/modules/identity/clients/keys.ts'
import { createClientScheme } from '../../src/modules/identity/clients/scheme.ts'
import { createAuthenticator } from '../../src/modules/identity/sign-in/authenticate.ts'
import { everythingIn } from '../support/log.ts'
import { type Clients, startClients, uuidIn, withinASecond } from './clients-support.ts'

let lethe: Clients
beforeAll(async () => {
  lethe = await startClients({ logLevel: 'trace' })
})
afterAll(() => lethe?.close())

const shop = 'https://shop.example'
const ask = '{ issues }'
const scopes = { reads: ['newsletter.*'], writes: ['newsletter.*'], origins: [shop] }
const refused = ['UNAUTHENTICATED']

/** Past what the product allows, but not past the log. */
const setKey = (id: string, data: { expiresAt?: Date | null; createdAt?: Date }) =>
  transact({ ...lethe.app.work, requestId: '' }, 'test', (tx) =>
    tx.clientKey.update({ where: { id: uuidIn(id) }, data }),
  )
const minutes = (count: number) => new Date(Date.now() + count * 60_000)
const stored = (id: string) => lethe.app.database.clientKey.findUniqueOrThrow({ where: { id: uuidIn(id) } })

describe('a key', () => {
  test('has 256 random bits, and a prefix by which people tell it from others', async () => {
    const { key, id } = await lethe.newKey(await lethe.newClient(scopes))
    const [, mark, kind, prefix, secret] = key.match(/^(lethe)_(sk)_([0-9A-Za-z]{8})_([0-9A-Za-z]{49})$/) ?? []
    expect([mark, kind]).toEqual(['lethe', 'sk'])
    expect(Math.log2(62) * ((secret?.length ?? 0) - 6)).toBeGreaterThan(256)
    expect((await stored(id)).prefix).toBe(`lethe_sk_${prefix}`)
    const made = Array.from({ length: 1000 }, () => newKey('publishable'))
    expect(new Set(made.map((one) => one.split('_').slice(2).join())).size).toBe(1000)
    expect(made.every(isKey)).toBe(true)
  })

  test('is told once: of a secret one, neither tables nor logs have more than hash and prefix', async () => {
    const { key, id } = await lethe.newKey(await lethe.newClient(scopes))
    await lethe.call(ask, { key })
    await lethe.call(ask, { key: `${key}x` })
    await lethe.call(ask, { key, origin: shop })
    const { key: next } = await lethe.act(`mutation { rotateClientKey(id: "${id}") { key } }`)
    const url = lethe.app.config.databaseUrl ?? ''
    const dump = await everythingIn(url)
    const kept = dump + JSON.stringify(lethe.app.logged)
    for (const one of [key, next]) {
      expect(kept).toContain(one.slice(0, 17))
      expect(kept).not.toContain(one.slice(18, 40))
    }
  })

  test('that was mistyped, cut short or made up is refused, most of them without asking the database', async () => {
    const { key } = await lethe.newKey(await lethe.newClient(scopes))
    expect(await lethe.codes(ask, { key })).toEqual([])
    const digits = '0123456789'
    const at = key.split('').findIndex((sign, index) => index > 18 && digits.includes(sign))
    const mistyped = key.slice(0, at) + ((Number(key[at]) + 1) % 10) + key.slice(at + 1)
    const swapped = key.replace('lethe_sk_', 'lethe_pk_')
    const asked = vi.spyOn(lethe.app.database, '$queryRaw')
    for (const wrong of [
      key.toUpperCase(),
      key.toLowerCase(),
      key.replace('lethe', 'Lethe'),
      key.slice(0, -1),
      key.slice(0, 17),
      `${key}x`,
      mistyped,
      swapped,
      key.replaceAll('_', '-'),
      'lethe_sk_',
      `lethe_sk_${'x'.repeat(5000)}`,
      "lethe_sk_' OR true --",
    ])
      expect([wrong, ...(await lethe.codes(ask, { key: wrong }))]).toEqual([wrong, ...refused])
    expect(asked).not.toHaveBeenCalled()
    for (const kind of ['secret', 'publishable'] as const)
      expect(await lethe.codes(ask, { key: newKey(kind) })).toEqual(refused)
    expect(asked).toHaveBeenCalledTimes(2)
    asked.mockRestore()
  })

  test('is over when its time has come, in what is remembered too', async () => {
    const client = await lethe.newClient(scopes)
    const { key, id } = await lethe.newKey(client, 'SECRET', minutes(5))
    expect(await lethe.codes(ask, { key })).toEqual([])
    await setKey(id, { expiresAt: minutes(-1) })
    await withinASecond(() => lethe.codes(ask, { key }), refused)
    const late = 'mutation ($c: ID!, $e: DateTime) { createClientKey(client: $c, kind: SECRET, expiresAt: $e) { key } }'
    const { errors } = await lethe.app.graphql(late, { c: client, e: minutes(-1) }, lethe.administrator)
    expect(errors?.[0].extensions).toMatchObject({ code: 'INVALID_INPUT', faults: [{ field: 'expiresAt' }] })
  })

  test('ends within a second in every process when it is revoked, while its client is querying', async () => {
    const { config, database, work } = lethe.app
    // A second process, which hears of nothing and has to ask again.
    const deaf = createApp({ ...work, config, database })
    const [client, other] = [await lethe.newClient(scopes), await lethe.newClient(scopes)]
    const [one, two, three] = [await lethe.newKey(client), await lethe.newKey(client), await lethe.newKey(other)]
    const everywhere = (expected: string[]) =>
      Promise.all(
        [lethe.app.app, deaf].flatMap((app) =>
          [one, two, three].map(({ key }) =>
            withinASecond(() => lethe.codes('{ __typename }', { key, app }), expected),
          ),
        ),
      )
    await everywhere([])
    await lethe.act(`mutation { revokeClientKey(id: "${one.id}") { revokedAt } }`)
    await lethe.act(`mutation { rotateClientKey(id: "${two.id}", overlapHours: 0) { key } }`)
    await lethe.act(`mutation { disableClient(id: "${other}") { disabledAt } }`)
    await everywhere(refused)
    await lethe.act(`mutation { enableClient(id: "${other}") { disabledAt } }`)
    await withinASecond(() => lethe.codes(ask, { key: three.key }), [])
    expect(await lethe.codes(ask, { key: one.key })).toEqual(refused)
  })

  test('is noted as used, at most once a minute', async () => {
    const { key, id } = await lethe.newKey(await lethe.newClient(scopes))
    const clock = { now: 0 }
    const { database, work, config } = lethe.app
    const authenticate = createAuthenticator({
      database,
      sessionKey: work.secrets.signingKey('session'),
      sessions: config.sessions,
      schemes: [createClientScheme(database, { rights: [], declared: [] })],
      clock: () => clock.now,
    })
    const use = async (lastUsedAt: Date | null) => {
      await database.$executeRaw`UPDATE client_key SET last_used_at = ${lastUsedAt} WHERE id = ${uuidIn(id)}::uuid`
      clock.now += 1000
      await authenticate({ cookie: undefined, bearer: key })
      return (await stored(id)).lastUsedAt?.getTime() ?? 0
    }
    const before = Date.now() - 1000
    expect(await use(null)).toBeGreaterThan(before)
    const lately = new Date(Date.now() - 50_000)
    expect(await use(lately)).toBe(lately.getTime())
    expect(await use(new Date(Date.now() - 61_000))).toBeGreaterThan(before)
    const wrong = { cookie: undefined, bearer: key, origin: shop }
    await expect(authenticate(wrong)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })
})

describe('rotation', () => {
  const rotate = (id: string, more = '') =>
    `mutation { rotateClientKey(id: "${id}"${more}) { key clientKey { id kind expiresAt client { id } } } }`

  test('gives a key of the same kind, and both are good for a day, or for as long as is said', async () => {
    const client = await lethe.newClient(scopes)
    const { key, id } = await lethe.newKey(client)
    const next = await lethe.act(rotate(id))
    expect(next.clientKey).toMatchObject({ kind: 'SECRET', expiresAt: null, client: { id: client } })
    for (const one of [key, next.key]) expect(await lethe.codes(ask, { key: one })).toEqual([])
    expect((await stored(id)).expiresAt?.getTime()).toBeCloseTo(minutes(24 * 60).getTime(), -5)
    await lethe.act(rotate(next.clientKey.id, ', overlapHours: 0.5'))
    expect((await stored(next.clientKey.id)).expiresAt?.getTime()).toBeCloseTo(minutes(30).getTime(), -5)
    await setKey(id, { expiresAt: minutes(-1) })
    await withinASecond(() => lethe.codes(ask, { key }), refused)
    expect(await lethe.codes(ask, { key: next.key })).toEqual([])
  })

  test('prolongs nothing: a key that ends sooner ends then, and the next one lives as long as it did', async () => {
    const { id } = await lethe.newKey(await lethe.newClient(scopes), 'PUBLISHABLE', minutes(60))
    const soon = minutes(10)
    await setKey(id, { expiresAt: soon, createdAt: minutes(-50) })
    const { clientKey } = await lethe.act(rotate(id))
    expect(clientKey.kind).toBe('PUBLISHABLE')
    expect((await stored(id)).expiresAt).toEqual(soon)
    expect(new Date(clientKey.expiresAt).getTime()).toBeCloseTo(minutes(60).getTime(), -5)
  })

  test('is for keys that are good, and for overlaps that end', async () => {
    const { id } = await lethe.newKey(await lethe.newClient(scopes))
    for (const overlap of ['-1', '721', '1e300'])
      expect(await lethe.codes(rotate(id, `, overlapHours: ${overlap}`), { key: lethe.administrator })).toEqual([
        'INVALID_INPUT',
      ])
    await lethe.act(`mutation { revokeClientKey(id: "${id}") { id } }`)
    expect(await lethe.codes(rotate(id), { key: lethe.administrator })).toEqual(['INVALID_INPUT'])
    expect(await lethe.codes(rotate('Q2xpZW50S2V5Og=='), { key: lethe.administrator })).toEqual(['NOT_FOUND'])
  })

  test('ends at twenty good keys', async () => {
    const client = await lethe.newClient()
    const keys = []
    for (let count = 0; count < 20; count++) keys.push(await lethe.newKey(client))
    const more = `mutation { createClientKey(client: "${client}", kind: SECRET) { key } }`
    expect(await lethe.codes(more, { key: lethe.administrator })).toEqual(['INVALID_INPUT'])
    await lethe.act(`mutation { revokeClientKey(id: "${keys[0]?.id}") { id } }`)
    expect(await lethe.codes(more, { key: lethe.administrator })).toEqual([])
  })
})

describe('a secret key', () => {
  test('is refused when a web page sends it, ours included, and the answer says what to do', async () => {
    const { key } = await lethe.newKey(await lethe.newClient(scopes))
    expect(await lethe.codes(ask, { key })).toEqual([])
    for (const origin of [shop, 'null', 'https://evil.example', lethe.app.url]) {
      const { errors, status } = await lethe.call(ask, { key, origin })
      expect([status, errors?.[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
      expect(errors?.[0].message).toMatch(/revokeClientKey.*publishable/)
    }
  })
})

describe('a publishable key', () => {
  test('is for pages of its client alone', async () => {
    const client = await lethe.newClient({ ...scopes, origins: [shop, 'http://localhost:3000'] })
    const { key } = await lethe.newKey(client, 'PUBLISHABLE')
    expect((await lethe.call(ask, { key, origin: shop })).data).toEqual({ issues: 7 })
    expect(await lethe.codes(ask, { key, origin: 'http://localhost:3000' })).toEqual([])
    for (const origin of [
      undefined,
      'null',
      'https://shop.example:8443',
      'http://shop.example',
      'https://www.shop.example',
      'https://shop.example.evil.example',
      'https://SHOP.example',
      'https://shop.example/',
      `${shop}, https://evil.example`,
      'http://localhost',
      'http://localhost:3001',
      lethe.app.url,
    ])
      expect([origin, ...(await lethe.codes(ask, { key, origin }))]).toEqual([origin, ...refused])
    await lethe.act(`mutation { updateClient(id: "${client}", input: { origins: [] }) { id } }`)
    await withinASecond(() => lethe.codes(ask, { key, origin: shop }), refused)
  })

  test('gives what modules declare open to such keys, and of that what the scopes give', async () => {
    const open = await lethe.newClient({ reads: ['*'], writes: ['*'], origins: [shop] })
    const { key } = await lethe.newKey(open, 'PUBLISHABLE')
    const page = { key, origin: shop }
    expect((await lethe.call('{ issues }', page)).data).toEqual({ issues: 7 })
    expect((await lethe.call('mutation { subscribe }', page)).data).toEqual({ subscribe: true })
    for (const query of [
      '{ readers }',
      '{ contacts { edges { node { id } } } }',
      '{ clients { edges { node { id } } } }',
    ])
      expect(await lethe.codes(query, page)).toEqual(['FORBIDDEN'])
    const { key: secret } = await lethe.newKey(open)
    expect((await lethe.call('{ readers }', { key: secret })).data).toEqual({ readers: 42 })

    const narrow = await lethe.newClient({ reads: ['newsletter.subscribe'], origins: [shop] })
    const { key: readOnly } = await lethe.newKey(narrow, 'PUBLISHABLE')
    expect(await lethe.codes('{ issues }', { key: readOnly, origin: shop })).toEqual([])
    expect(await lethe.codes('mutation { subscribe }', { key: readOnly, origin: shop })).toEqual(['FORBIDDEN'])
    const none = await lethe.newClient({ reads: ['newsletter.readers'], origins: [shop] })
    const { key: useless } = await lethe.newKey(none, 'PUBLISHABLE')
    expect(await lethe.codes('{ issues }', { key: useless, origin: shop })).toEqual(['FORBIDDEN'])
  })

  test('shows neither the schema nor names like those that were mistyped', async () => {
    const { key } = await lethe.newKey(await lethe.newClient(scopes), 'PUBLISHABLE')
    const { errors } = await lethe.call('{ contatcs { edges { node { id } } } }', { key, origin: shop })
    expect(errors?.[0].message).not.toContain('Did you mean')
    expect(await lethe.codes('{ __type(name: "Client") { name } }', { key, origin: shop })).toContain('UNAUTHENTICATED')
  })
})
