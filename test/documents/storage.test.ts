import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { loadCertificate } from '../../src/http/certificate.ts'
import { openFolder } from '../../src/storage/folder.ts'
import { openBucket } from '../../src/storage/s3.ts'
import { MissingFile, openStorage, type Storage } from '../../src/storage/storage.ts'
import { startS3 } from '../support/s3.ts'
import { type Archive, openArchive, pdf } from './support.ts'

let data: string
let s3: Awaited<ReturnType<typeof startS3>>
let archive: Archive
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lethe-storage-'))
  s3 = await startS3(await loadCertificate({ data, host: 'localhost', tls: undefined }))
  archive = await openArchive({ config: { bucket: s3.settings } })
})
afterAll(async () => {
  await archive?.close()
  await s3?.close()
  await rm(data, { recursive: true, force: true })
})

const stream = async function* (...pieces: Uint8Array[]) {
  yield* pieces
}
async function contentOf(storage: Storage, key: string) {
  const pieces: Uint8Array[] = []
  for await (const piece of storage.open(key)) pieces.push(piece)
  return Buffer.concat(pieces)
}
async function keysOf(storage: Storage, prefix: string) {
  const keys: string[] = []
  for await (const { key } of storage.list(prefix)) keys.push(key)
  return keys.toSorted()
}

async function* broken() {
  yield randomBytes(10)
  throw new Error('broke off')
}

describe.each([
  ['a folder', () => openFolder(join(data, 'folder'))],
  ['a bucket', () => openBucket({ ...s3.settings, prefix: 'test/' })],
] as const)('%s', (_name, open) => {
  it('keeps files as they are, lists them by page, and removes them', async () => {
    const storage = open()
    expect(await keysOf(storage, '')).toEqual([])
    const large = randomBytes(20 * 1024 * 1024)
    await storage.put(
      'a/large',
      stream(...Array.from({ length: 20 }, (_, at) => large.subarray(at << 20, (at + 1) << 20))),
    )
    for (const name of ['one', 'two', 'three', 'four']) await storage.put(`a/${name}`, stream(Buffer.from(name)))
    await storage.put('b/empty', stream())
    expect((await contentOf(storage, 'a/large')).equals(large)).toBe(true)
    expect((await contentOf(storage, 'b/empty')).length).toBe(0)
    expect(await keysOf(storage, 'a/')).toEqual(['a/four', 'a/large', 'a/one', 'a/three', 'a/two'])
    await storage.remove('a/one')
    await storage.remove('a/one')
    await expect(contentOf(storage, 'a/one')).rejects.toThrow(MissingFile)
    expect(await keysOf(storage, '')).toEqual(['a/four', 'a/large', 'a/three', 'a/two', 'b/empty'])
  })

  it('has nothing of a file that broke off, however large', async () => {
    const storage = open()
    async function* breaking() {
      for (let count = 0; count < 12; count++) yield randomBytes(1024 * 1024)
      throw new Error('broke off')
    }
    await expect(storage.put('c/broken', breaking())).rejects.toThrow('broke off')
    expect(await keysOf(storage, 'c/')).toEqual([])
    expect(s3.pending.size).toBe(0)
  })

  it('takes no key that leads elsewhere', async () => {
    for (const key of ['../x', 'a/../../x', 'x', 'a/.x', '/a/x', 'A/x', 'a//x', 'a/x\n'])
      await expect(async () => open().put(key, stream())).rejects.toThrow('no key')
  })
})

describe('a bucket', () => {
  it('is spoken to only by TLS that proves itself, and with the right keys', async () => {
    const put = (settings: object) => openBucket({ ...s3.settings, ...settings }).put('a/b', stream(Buffer.from('x')))
    await expect(put({ ca: undefined })).rejects.toThrow(/certificate/)
    expect(s3.refused).toEqual([])
    await expect(put({ secretKey: 'another one' })).rejects.toThrow()
    expect(s3.refused).not.toEqual([])
    const settings = { LETHE_S3_BUCKET: 'files', LETHE_S3_ACCESS_KEY: 'a', LETHE_S3_SECRET_KEY: 'b' }
    expect(() => readConfig({ ...settings, LETHE_S3_ENDPOINT: 'http://s3.example' })).toThrow('must be an https URL')
    expect(() => readConfig({ ...settings, LETHE_S3_SECRET_KEY: '' })).toThrow('needs LETHE_S3_ACCESS_KEY')
    expect(readConfig({ ...settings, LETHE_S3_ENDPOINT: 'http://localhost:9000' }).bucket?.region).toBe('us-east-1')
  })

  it('has what a killed process left behind swept away, once it is old', async () => {
    s3.pending.set('left', { key: 'lethe/documents/left', initiated: new Date(Date.now() - 60_000), parts: [] })
    s3.pending.set('running', { key: 'lethe/documents/running', initiated: new Date(), parts: [] })
    await openBucket(s3.settings).sweep(new Date(Date.now() - 30_000))
    expect([...s3.pending.keys()]).toEqual(['running'])
    s3.pending.clear()
  })

  describe('that is away', () => {
    afterEach(() => s3.behave(() => 'ok'))
    const anyone = async () => [(await archive.person()).id]
    const announced = async () =>
      (await archive.announce({ title: 'Away', type: 'other', contacts: await anyone() })).url
    const codeOf = ({ body }: { body: Buffer }) => JSON.parse(body.toString()).errors[0].extensions.code

    it('is told as that, not as a fault of the file; nothing stays, and later it works', async () => {
      const url = await announced()
      s3.behave(() => 'busy')
      const refused = await archive.put(url, pdf('busy'))
      expect([refused.status, codeOf(refused)]).toEqual([503, 'UNAVAILABLE'])
      s3.behave(() => 'ok')
      const document = await archive.look(await archive.upload({ type: 'other', contacts: await anyone() }, pdf('ok')))
      s3.behave((method) => (method === 'GET' ? 'busy' : 'ok'))
      const missing = await archive.send(document.versions[0].url)
      expect([missing.status, codeOf(missing)]).toEqual([503, 'UNAVAILABLE'])
      s3.behave(() => 'ok')
      expect((await archive.send(document.versions[0].url)).status).toBe(200)
    }, 30_000)

    it('leaves nothing of a large file that it took in part, and cuts off what it gives in part', async () => {
      const storage = openStorage({ data, bucket: { ...s3.settings, prefix: 'away/' } })
      s3.behave((_method, { searchParams }) => (searchParams.get('partNumber') === '2' ? 'busy' : 'ok'))
      const large = () => stream(...Array.from({ length: 20 }, () => randomBytes(1024 * 1024)))
      await expect(storage.put('a/large', large())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      expect([s3.pending.size, s3.objects.has('away/a/large')]).toEqual([0, false])
      await storage.put('a/small', stream(randomBytes(1024 * 1024)))
      s3.behave((method) => (method === 'GET' ? 'cut' : 'ok'))
      await expect(contentOf(storage, 'a/small')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      await expect(storage.put('a/b', broken())).rejects.toThrow('broke off')
      await expect(contentOf(openStorage({ data, bucket: undefined }), 'a/none')).rejects.toThrow(MissingFile)
    }, 30_000)

    it('shows when somebody asks whether the server is ready, which it is for all else', async () => {
      s3.behave(() => 'hang')
      const ready = async () => (await archive.app.fetch(new Request(`${archive.url}/health/ready`))).json()
      const degraded = ['The storage of files does not answer.']
      await expect.poll(ready, { timeout: 15_000, interval: 500 }).toEqual({ status: 'ready', degraded })
      const page = await (await archive.app.fetch(new Request(`${archive.url}/metrics`))).text()
      expect(page).toMatch(/lethe_storage_up 0\n/)
      s3.behave(() => 'ok')
      await expect.poll(ready, { timeout: 15_000, interval: 500 }).toEqual({ status: 'ready' })
    }, 40_000)
  })

  it('keeps documents, sealed, in place of the folder', async () => {
    const { id } = await archive.person()
    const document = await archive.look(await archive.upload({ type: 'other', contacts: [id] }, pdf('in the bucket')))
    const object = s3.objects.get(`lethe/documents/${document.versions[0].id}`)
    expect(object?.content.includes('in the bucket')).toBe(false)
    expect((await archive.send(document.versions[0].url)).body.equals(pdf('in the bucket'))).toBe(true)
    const { id: document_, version } = document
    await archive.ask('mutation ($id: ID!, $v: Int!) { deleteDocument(id: $id, version: $v) }', {
      id: document_,
      v: version,
    })
    await expect.poll(() => s3.objects.has(`lethe/documents/${document.versions[0].id}`)).toBe(false)
  })
})
