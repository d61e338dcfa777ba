import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'

let server: TestApp
beforeAll(async () => {
  server = await startTestApp()
})
afterAll(() => server?.close())

const get = (headers: Record<string, string> = {}, method = 'GET', path = '/widget.js') =>
  server.app.fetch(new Request(server.url + path, { method, headers }))

test('the script is small: at most 15 kB on the way', async () => {
  const response = await get({ 'accept-encoding': 'br, gzip' })
  expect(response.headers.get('content-encoding')).toBe('gzip')
  const compressed = await response.bytes()
  expect(compressed.length).toBeLessThanOrEqual(15_000)
  const plain = await get()
  expect(plain.headers.get('content-encoding')).toBeNull()
  expect(gunzipSync(compressed).toString()).toBe(await plain.text())
  expect(gzipSync(compressed).length).toBeGreaterThan(compressed.length * 0.9) // It is compressed indeed.
})

test('pages of any origin may load it, and check it by its hash; nothing else of ours becomes readable by that', async () => {
  const { headers } = await get({ origin: 'https://shop.example' })
  expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(headers.get('access-control-allow-origin')).toBe('*')
  expect(headers.get('access-control-allow-credentials')).toBeNull()
  expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('set-cookie')).toBeNull()
  const other = await server.app.fetch(
    new Request(`${server.url}/sign-in`, { headers: { origin: 'https://shop.example' } }),
  )
  expect(other.headers.get('access-control-allow-origin')).toBeNull()
  expect(other.headers.get('cross-origin-resource-policy')).toBe('same-origin')
})

test('browsers keep it for a while, and then ask whether there is another', async () => {
  const compressed = await get({ 'accept-encoding': 'gzip' })
  const plain = await get({ 'accept-encoding': 'gzip;q=0, identity' })
  expect(compressed.headers.get('cache-control')).toBe('public, max-age=600')
  expect(compressed.headers.get('vary')).toBe('Accept-Encoding')
  const tags = [compressed, plain].map(({ headers }) => headers.get('etag') ?? '')
  expect(new Set(tags).size).toBe(2)
  const same = await get({ 'accept-encoding': 'gzip', 'if-none-match': `"other", W/${tags[0]}` })
  expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', tags[0]])
  const changed = await get({ 'accept-encoding': 'gzip', 'if-none-match': '"other"' })
  expect(changed.status).toBe(200)
  const head = await get({}, 'HEAD')
  expect([head.status, await head.text()]).toEqual([200, ''])
  expect((await get({}, 'POST')).status).toBe(405)
})

test('a version that a page names is kept for good, and checked by its hash; another one is not taken for it', async () => {
  const told = await get({}, 'GET', '/widget.json')
  expect(told.headers.get('access-control-allow-origin')).toBe('*')
  const { path, integrity } = await told.json()
  const named = await get({}, 'GET', path)
  expect(named.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(integrity).toBe(
    `sha384-${createHash('sha384')
      .update(await named.text())
      .digest('base64')}`,
  )
  for (const other of [
    '/widget.js?v=',
    '/widget.js?v=0123456789abcdef',
    `${path}x`,
    `/widget.js?v=a&${path.split('?')[1]}`,
  ]) {
    const { status, headers } = await get({}, 'GET', other)
    expect([other, status, headers.get('cache-control')]).toEqual([other, 200, 'public, max-age=600'])
  }
})

test('it leaves nothing in a page but its element, and asks nothing of it that policies refuse', async () => {
  const script = await (await get()).text()
  expect(script).toMatch(/^\(\(\) => \{\n'use strict'\n/)
  expect(script).not.toMatch(
    /\beval\b|new Function|innerHTML|insertAdjacentHTML|document\.write|document\.cookie|\.style\b/,
  )
  const addresses = script.matchAll(/\w+:\/\/[^\s'"`]*/g)
  expect(Array.from(addresses, String)).toEqual([])
})
