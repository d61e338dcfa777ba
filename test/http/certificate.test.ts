import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadCertificate } from '../../src/http/certificate.ts'

let data: string

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'lethe-tls-'))
})
afterEach(() => rm(data, { recursive: true }))

const own = (host = 'localhost') => loadCertificate({ data, host, tls: undefined })

async function put(options: { notBefore?: Date; notAfter?: Date } = {}) {
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...(options.notBefore && { notBeforeDate: options.notBefore }),
    ...(options.notAfter && { notAfterDate: options.notAfter }),
  })
  const tls = { certificate: join(data, 'cert.pem'), key: join(data, 'key.pem') }
  await writeFile(tls.certificate, pair.cert)
  await writeFile(tls.key, pair.private)
  return { ...tls, pair }
}

describe('the self-signed certificate', () => {
  test('is made for this machine, with a key for the owner alone', async () => {
    const { cert, key, selfSigned } = await own('crm.example')
    const certificate = new X509Certificate(cert)
    for (const name of ['localhost', hostname(), 'crm.example']) expect(certificate.checkHost(name)).toBe(name)
    for (const address of ['127.0.0.1', '::1']) expect(certificate.checkIP(address)).toBe(address)
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' })
    expect(selfSigned).toBe(true)
    expect(key).toBe(await readFile(join(data, 'tls', 'key.pem'), 'utf8'))
    expect((await stat(join(data, 'tls', 'key.pem'))).mode & 0o777).toBe(0o600)
  })

  test('stays the same, until another host needs another one', async () => {
    const first = await own()
    expect(await own()).toEqual(first)
    const second = await own('crm.example')
    expect(second.cert).not.toBe(first.cert)
    expect(await own('0.0.0.0')).toMatchObject({ selfSigned: true })
  })

  test('is renewed in its last month', async () => {
    await own()
    const { pair } = await put({ notAfter: new Date(Date.now() + 29 * 24 * 60 * 60 * 1000) })
    await writeFile(join(data, 'tls', 'certificate.pem'), pair.cert)
    await writeFile(join(data, 'tls', 'key.pem'), pair.private)
    expect((await own()).cert).not.toBe(pair.cert)
  })

  test('is made anew when its files are damaged or do not fit together', async () => {
    const first = await own()
    const { pair } = await put()
    await writeFile(join(data, 'tls', 'key.pem'), pair.private)
    const second = await own()
    expect(second.cert).not.toBe(first.cert)
    await writeFile(join(data, 'tls', 'certificate.pem'), 'nonsense')
    expect((await own()).cert).toContain('BEGIN CERTIFICATE')
  })
})

describe('a configured certificate', () => {
  const load = (tls: { certificate: string; key: string }) => loadCertificate({ data, host: 'localhost', tls })

  test('is used as it is', async () => {
    const { pair, ...tls } = await put()
    expect(await load(tls)).toEqual({ cert: pair.cert, key: pair.private, selfSigned: false })
  })

  test('that is not there is named', async () => {
    const { pair: _, ...tls } = await put()
    await expect(load({ ...tls, certificate: '/nowhere.pem' })).rejects.toThrow(
      "LETHE_TLS_CERT: /nowhere.pem can't be read (ENOENT)",
    )
    await expect(load({ ...tls, key: data })).rejects.toThrow(`LETHE_TLS_KEY: ${data} can't be read (EISDIR)`)
  })

  test('that cannot be parsed is named', async () => {
    const { pair: _, certificate, key } = await put()
    await expect(load({ certificate: key, key })).rejects.toThrow('has no certificate in PEM in it')
    await expect(load({ certificate, key: certificate })).rejects.toThrow('has no private key in PEM in it')
  })

  test('that is locked by a passphrase is named', async () => {
    const { pair: _, certificate, key } = await put()
    const locked = join(data, 'locked.pem')
    await promisify(execFile)('openssl', ['pkcs8', '-topk8', '-in', key, '-out', locked, '-passout', 'pass:x'])
    await expect(load({ certificate, key: locked })).rejects.toThrow('locked by a passphrase')
  })

  test('that belongs to another key is refused', async () => {
    const first = await put()
    await writeFile(join(data, 'other.pem'), first.pair.private)
    const { certificate } = await put()
    await expect(load({ certificate, key: join(data, 'other.pem') })).rejects.toThrow('was not made for the key')
  })

  test('that is not valid at this time is refused', async () => {
    const day = 24 * 60 * 60 * 1000
    const { pair: _, ...old } = await put({
      notBefore: new Date(Date.now() - 2 * day),
      notAfter: new Date(Date.now() - day),
    })
    await expect(load(old)).rejects.toThrow('expired on')
    const { pair: __, ...early } = await put({ notBefore: new Date(Date.now() + day) })
    await expect(load(early)).rejects.toThrow('is valid only from')
  })
})
