import { connect } from 'node:http2'
import { request } from 'node:https'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../src/config.ts'
import { listen, type RunningServer } from '../../src/http/server.ts'
import { identity } from '../../src/modules/identity/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { http1, http2 } from '../support/https.ts'
import { createProbe } from '../support/probe.ts'

const json = { 'content-type': 'application/json' }
const waiting = JSON.stringify({ query: '{ wait { after } }' })

describe('a request', () => {
  test('is cut off when its time is up', async () => {
    const probe = createProbe()
    const slow = await startTestApp({ modules: [identity, probe.module], config: { timeout: 300 } })
    const { status, errors } = await slow.graphql('{ wait { after } }')
    expect([status, errors?.[0].extensions.code, errors?.[0].message]).toEqual([
      503,
      'UNAVAILABLE',
      'The request was cut off after 300 ms.',
    ])
    probe.release()
    await slow.close()
    expect(probe.afterwards()).toBe(0)
  })

  for (const leave of [leaveHttp1, leaveHttp2]) {
    test(`is given up when its client has gone (${leave.name})`, async () => {
      const probe = createProbe()
      const left = await startTestApp({ modules: [identity, probe.module] })
      await leave(left, probe.entered())
      await expect.poll(() => left.logged.find((line) => line['route'] === '/graphql')?.['status']).toBe(503)
      probe.release()
      await left.close()
      expect(probe.afterwards()).toBe(0)
    })
  }
})

async function leaveHttp1({ url, ca }: TestApp, entered: Promise<unknown>) {
  const sent = request(new URL('/graphql', url), { ca, method: 'POST', agent: false, headers: json })
  sent.on('error', () => undefined) // Cut by ourselves.
  sent.end(waiting)
  await entered
  sent.destroy()
}

async function leaveHttp2({ url, ca }: TestApp, entered: Promise<unknown>) {
  const session = connect(url, { ca })
  const stream = session.request({ ':path': '/graphql', ':method': 'POST', ...json })
  stream.end(waiting)
  await entered
  session.destroy()
}

describe('a server that closes', () => {
  test('lets run what runs and takes nothing new', async () => {
    for (const call of [http1, http2]) {
      const probe = createProbe()
      const closing = await startTestApp({ modules: [identity, probe.module] })
      const running = call(closing.url, {
        path: '/graphql',
        ca: closing.ca,
        method: 'POST',
        headers: json,
        body: waiting,
      })
      await probe.entered()
      const closed = closing.close()
      await expect(call(closing.url, { path: '/health/live', ca: closing.ca })).rejects.toThrow('ECONNREFUSED')
      expect(await closing.app.unreadiness()).toEqual(['The server is stopping.'])
      probe.release()
      expect(JSON.parse((await running).body)).toEqual({ data: { wait: { after: 1 } } })
      await closed
    }
  })

  test('cuts off what takes longer than the grace period', async () => {
    for (const call of [http1, http2]) {
      const probe = createProbe()
      const closing = await startTestApp({ modules: [identity, probe.module], config: { grace: 100 } })
      const running = call(closing.url, {
        path: '/graphql',
        ca: closing.ca,
        method: 'POST',
        headers: json,
        body: waiting,
      })
      const outcome = running.then(
        ({ status }) => status,
        () => 'cut off',
      )
      await probe.entered()
      await Promise.all([closing.close(), closing.close()])
      expect(await outcome).toBeOneOf(['cut off', 0])
      probe.release()
    }
  })
})

describe('a server that cannot listen says what to do', () => {
  const problems = async (
    test: (start: (config: Partial<Config>) => Promise<RunningServer>, port: number) => Promise<void>,
  ) => {
    const { app, config, url, close } = await startTestApp({ modules: [identity] })
    await test((other) => listen(app, { ...config, ...other }, pino({ enabled: false })), Number(new URL(url).port))
    await close()
  }

  test('when the port is taken', () =>
    problems((start, port) => expect(start({ port })).rejects.toThrow(`Choose another one: PORT=${port + 1}`)))

  test('when the host is unknown', () =>
    problems(async (start) => {
      for (const host of ['nowhere.invalid', '192.0.2.1']) {
        await expect(start({ host })).rejects.toThrow(`This machine has no address "${host}"`)
      }
    }))
})
