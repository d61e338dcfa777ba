import { once } from 'node:events'
import { createServer } from 'node:https'
import { DEFAULT_MAX_VERSION } from 'node:tls'
import { generate } from 'selfsigned'
import { expect, test } from 'vitest'
import { createPoster } from '../../src/modules/deliveries/sending/post.ts'

const day = 86_400_000

/** An authority, or a certificate that one of them signed. */
const certificate = (
  name: string,
  { by, from = -1, until = 30 }: { by?: { cert: string; private: string }; from?: number; until?: number } = {},
) =>
  generate([{ name: 'commonName', value: name }], {
    ...{ keyType: 'ec', curve: 'P-256', algorithm: 'sha256' },
    notBeforeDate: new Date(Date.now() + from * day),
    notAfterDate: new Date(Date.now() + until * day),
    ...(by && { ca: { key: by.private, cert: by.cert } }),
    extensions: [
      { name: 'basicConstraints', cA: by === undefined, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
    ],
  })

/** A recipient's server. Counts the requests that came through. */
async function serverWith({ cert, private: key }: { cert: string; private: string }, maxVersion = DEFAULT_MAX_VERSION) {
  let requests = 0
  const server = createServer(
    { cert, key, minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' },
    (_request, response) => {
      requests++
      response.end()
    },
  )
  await once(server.listen(0, 'localhost'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return { url: `https://localhost:${port}/`, requests: () => requests, close: () => server.close() }
}

test('a webhook goes only to who proves by a certificate that it is for them, valid, and of somebody trusted', async () => {
  const authority = await certificate('An authority')
  const stranger = await certificate('Another authority')
  const poster = createPoster({ allowPrivate: true, giveUpAfter: 0, ca: authority.cert })
  const outcomeOf = async (its: { cert: string; private: string }, maxVersion?: 'TLSv1.1') => {
    const server = await serverWith(its, maxVersion)
    const { status, fault, perhapsTaken } = await poster.post(
      { url: server.url, headers: {}, body: '{}' },
      new AbortController().signal,
    )
    server.close()
    return [status, fault, perhapsTaken, server.requests()]
  }
  const good = await certificate('localhost', { by: authority })
  expect(await outcomeOf(good)).toEqual([200, '', false, 1])
  const refused = async (its: Parameters<typeof certificate>[1], name = 'localhost') =>
    outcomeOf(await certificate(name, its))
  expect(await refused({ by: authority }, 'shop.example')).toEqual([null, 'ERR_TLS_CERT_ALTNAME_INVALID', false, 0])
  expect(await refused({})).toEqual([null, 'DEPTH_ZERO_SELF_SIGNED_CERT', false, 0])
  expect(await refused({ by: stranger })).toEqual([null, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', false, 0])
  expect(await refused({ by: authority, from: -3, until: -1 })).toEqual([null, 'CERT_HAS_EXPIRED', false, 0])
  expect(await refused({ by: authority, from: 1 })).toEqual([null, 'CERT_NOT_YET_VALID', false, 0])
  expect((await outcomeOf(good, 'TLSv1.1')).slice(1)).toEqual(['EPROTO', false, 0])
  poster.close()
})
