import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import type { ClientRequest } from 'node:http'
import { connect } from 'node:http2'
import { request } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keepDocuments, sweepLeftovers } from '../../src/modules/documents/housekeeping.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { lethe } from '../support/lethe.ts'
import { type Archive, openArchive, pdf } from './support.ts'

let archive: Archive
let stalled: Promise<{ status: number; code: string }>
beforeAll(async () => {
  archive = await openArchive({ config: { timeout: 15_000 } })
  stalled = stall()
  stalled.catch(() => undefined) // Its test tells.
})
afterAll(() => archive?.close())

/** A server process of its own on the same installation. */
async function serve() {
  const settings = {
    LETHE_DATA: archive.config.data,
    PORT: '0',
    LETHE_MAX_DOCUMENT: String(256 * mebibyte),
    ...databaseEnvironment(archive.config.databaseUrl ?? ''),
  }
  const run = lethe(['serve'], settings)
  const [url = ''] = await run.says(/https:\/\/localhost:\d+/)
  return { ...run, url }
}

const mebibyte = 1024 * 1024
const piece = randomBytes(mebibyte)
/** So many mebibytes of a PDF, never in memory as a whole. */
async function* long(count: number) {
  yield pdf('long')
  for (let index = 0; index < count; index++)
    yield Buffer.concat([Buffer.from(`${index}`.padStart(8)), piece.subarray(8)])
}
const lengthOf = (count: number) => pdf('long').length + count * mebibyte

const announced = async (contact: string) => {
  const { url } = await archive.announce({ title: 'Long', type: 'contract', contacts: [contact] })
  return new URL(url)
}

/** Begins an upload, sends as much as is given, and leaves it open. */
function begin(at: string, length: number): ClientRequest {
  const headers = { authorization: `Bearer ${archive.token}`, 'content-length': length }
  const sent = request(at, { method: 'POST', headers, ca: archive.ca, agent: false })
  sent.on('error', () => undefined) // It is meant to break.
  return sent
}

/** All that lies in the folder of documents, drafts of files included. */
const onDisk = async () => readdir(join(archive.config.data, 'storage', 'documents')).catch(() => [])

/** The most that a process ever had in memory, in mebibytes, since it was last asked to forget that. */
const peak = async (pid: number) => {
  const [, kibibytes = ''] = (await readFile(`/proc/${pid}/status`, 'utf8')).match(/VmHWM:\s+(\d+)/) ?? []
  return Number(kibibytes) / 1024
}

/** Begins an upload, and then sends nothing more: what is answered, when the server has waited long enough. */
async function stall() {
  const { id } = await archive.person()
  const { pathname, search } = await announced(id)
  const sent = begin(`${archive.url}${pathname}${search}`, 1000)
  sent.write(pdf('stalled'))
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const piece of response) text += piece
  return { status: response.statusCode, code: JSON.parse(text).errors[0].extensions.code }
}

test.runIf(process.platform === 'linux')('192 MiB come and go in little more memory than 16 MiB take', async () => {
  const server = await serve()
  const { id: contact } = await archive.person()
  const pid = server.child.pid ?? 0
  const bring = async (count: number) => {
    const { pathname, search } = await announced(contact)
    const hash = createHash('sha256')
    async function* content() {
      for await (const one of long(count)) {
        hash.update(one)
        yield one
      }
    }
    const headers = { 'content-length': String(lengthOf(count)) }
    const answer = await archive.send(`${server.url}${pathname}${search}`, {
      method: 'POST',
      body: content(),
      headers,
      to: server.url,
    })
    expect([answer.status, String(answer.body)]).toMatchObject([201, expect.any(String)])
    return { id: JSON.parse(String(answer.body)).document.id, sha256: hash.digest('hex') }
  }
  const fetchIt = async (versionId: string) => {
    const sent = request(`${server.url}/documents/content?version=${versionId}`, {
      ...{ headers: { authorization: `Bearer ${archive.token}` }, ca: archive.ca, agent: false },
    }).end()
    const [response] = await once(sent, 'response')
    const hash = createHash('sha256')
    let length = 0
    for await (const one of response) {
      hash.update(one)
      length += one.length
    }
    return { length, sha256: hash.digest('hex') }
  }
  // What it needs at all: everything was used once.
  await fetchIt((await archive.look((await bring(16)).id)).versions[0].id)
  const before = await peak(pid)
  const { id, sha256 } = await bring(192)
  const { versions } = await archive.look(id)
  expect(versions[0]).toMatchObject({ size: lengthOf(192), sha256 })
  expect(await fetchIt(versions[0].id)).toEqual({ length: lengthOf(192), sha256 })
  const growth = (await peak(pid)) - before
  console.info(`192 MiB: ${growth.toFixed(1)} MiB more at the peak than after 16 MiB`)
  server.child.kill('SIGTERM')
  expect((await server.done).code).toBe(0)
  // Pieces that nobody holds any more stay until they are collected, which is late where the processors have other things to do.
  expect(growth).toBeLessThan(96)
})

test('an upload that breaks off leaves nothing, by HTTP/1.1 and by HTTP/2', async () => {
  const { id: contact } = await archive.person()
  const before = await onDisk()
  const count = await archive.database.document.count()
  const first = await announced(contact)
  const sent = begin(`${archive.url}${first.pathname}${first.search}`, lengthOf(4))
  for await (const one of long(2)) if (!sent.write(one)) await once(sent, 'drain')
  await expect.poll(async () => (await onDisk()).length).toBe(before.length + 1)
  sent.destroy()
  await expect.poll(onDisk).toEqual(before)

  const { pathname, search } = await announced(contact)
  const session = connect(archive.url, { ca: archive.ca })
  const stream = session.request({
    ...{ ':method': 'POST', ':path': `${pathname}${search}`, authorization: `Bearer ${archive.token}` },
    'content-length': String(lengthOf(4)),
  })
  stream.on('error', () => undefined)
  stream.write(pdf('long'))
  stream.write(piece)
  await expect.poll(async () => (await onDisk()).length).toBe(before.length + 1)
  stream.close()
  session.destroy()
  await expect.poll(onDisk).toEqual(before)
  expect(await archive.database.document.count()).toBe(count)
})

test('a process killed in the middle leaves no document; what lies there is swept away once it is old', async () => {
  const { id: contact } = await archive.person()
  const server = await serve()
  const before = await onDisk()
  const count = await archive.database.document.count()
  const { pathname, search } = await announced(contact)
  const sent = begin(`${server.url}${pathname}${search}`, lengthOf(8))
  for await (const one of long(4)) if (!sent.write(one)) await once(sent, 'drain')
  await expect.poll(async () => (await onDisk()).length).toBe(before.length + 1)
  server.child.kill('SIGKILL')
  await server.done
  expect(await archive.database.document.count()).toBe(count)
  expect((await archive.files()).length).toBe(before.length)
  const work = { ...archive.work, requestId: crypto.randomUUID() }
  await keepDocuments(work)
  expect((await onDisk()).length).toBe(before.length + 1)
  await sweepLeftovers(work, { drafts: new Date(Date.now() + 1000), files: new Date(0) })
  expect(await onDisk()).toEqual(before)
})

test('an upload that stalls is cut off', async () => {
  expect(await stalled).toEqual({ status: 503, code: 'UNAVAILABLE' })
})
