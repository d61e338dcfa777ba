import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** Who may use the bucket. */
export const s3Keys = { accessKey: 'AKIATEST', secretKey: 'a secret of the bucket' }

const region = 'eu-test-1'
const bucket = 'files'
const pageSize = 2

type Part = { number: number; content: Buffer }
type Pending = { key: string; initiated: Date; parts: Part[] }

/** `busy`: 503; `hang`: no answer; `cut`: a file breaks off in the middle. */
type Decide = (method: string, url: URL) => 'ok' | 'busy' | 'hang' | 'cut'

/** A bucket in memory that speaks as much of the protocol as is needed, and lets in only who signs (Signature Version 4). */
export async function startS3(certificate: { cert: string; key: string }) {
  const objects = new Map<string, { content: Buffer; at: Date }>()
  const pending = new Map<string, Pending>()
  const refused: string[] = []
  let uploads = 0
  let decide: Decide = () => 'ok'
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request)
    const url = new URL(request.url ?? '', 'https://localhost')
    const answer = (status: number, text = '', headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(text)
    const fault = signatureFault(request, url, body)
    if (fault) {
      refused.push(fault)
      return answer(403, '<Error><Code>SignatureDoesNotMatch</Code><Message>No.</Message></Error>')
    }
    const fate = decide(request.method ?? '', url)
    if (fate === 'hang') return
    if (fate === 'busy')
      return answer(503, '<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>')
    const key = decodeURIComponent(url.pathname.slice(`/${bucket}/`.length))
    const { searchParams: asked } = url
    const upload = asked.get('uploadId') ?? ''
    const form = `${request.method} ${[...asked.keys()].filter((name) => ['uploads', 'uploadId', 'list-type'].includes(name)).join()}`
    switch (form) {
      case 'PUT ': {
        const source = request.headers['x-amz-copy-source']
        const copied = objects.get(decodeURIComponent(String(source ?? '')).replace(/^\/?[^/]+\//, ''))
        if (copied) {
          objects.set(key, copied)
          return answer(200, '<CopyObjectResult><ETag>"1"</ETag></CopyObjectResult>')
        }
        if (request.headers['if-none-match'] === '*' && objects.has(key)) {
          return answer(412, '<Error><Code>PreconditionFailed</Code><Message>It is there.</Message></Error>')
        }
        objects.set(key, { content: body, at: new Date() })
        return answer(200, '', { etag: '"1"' })
      }
      case 'POST uploads': {
        const id = `upload-${++uploads}`
        pending.set(id, { key, initiated: new Date(), parts: [] })
        return answer(200, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
      }
      case 'PUT uploadId': {
        pending.get(upload)?.parts.push({ number: Number(asked.get('partNumber')), content: body })
        return answer(200, '', { etag: `"${asked.get('partNumber')}"` })
      }
      case 'POST uploadId': {
        const found = pending.get(upload)
        if (!found) return answer(404, '<Error><Code>NoSuchUpload</Code></Error>')
        const parts = found.parts.toSorted((one, other) => one.number - other.number)
        objects.set(key, { content: Buffer.concat(parts.map(({ content }) => content)), at: new Date() })
        pending.delete(upload)
        return answer(200, `<CompleteMultipartUploadResult><Key>${key}</Key></CompleteMultipartUploadResult>`)
      }
      case 'DELETE uploadId':
        pending.delete(upload)
        return answer(204)
      case 'HEAD ':
        return answer(200)
      case 'DELETE ':
        objects.delete(key)
        return answer(204)
      case 'GET uploads': {
        const list = [...pending].map(
          ([id, { key: of, initiated }]) =>
            `<Upload><Key>${of}</Key><UploadId>${id}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`,
        )
        return answer(
          200,
          `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${list.join('')}</ListMultipartUploadsResult>`,
        )
      }
      case 'GET list-type': {
        const after = asked.get('continuation-token') ?? asked.get('start-after') ?? ''
        const keys = [...objects.keys()]
          .filter((one) => one.startsWith(asked.get('prefix') ?? '') && one > after)
          .toSorted()
        const page = keys.slice(0, pageSize).map((one) => {
          const { content, at } = objects.get(one) ?? { content: Buffer.of(), at: new Date() }
          return `<Contents><Key>${one}</Key><Size>${content.length}</Size><LastModified>${at.toISOString()}</LastModified></Contents>`
        })
        const more =
          keys.length > pageSize ? `<NextContinuationToken>${keys[pageSize - 1]}</NextContinuationToken>` : ''
        return answer(
          200,
          `<ListBucketResult><IsTruncated>${more !== ''}</IsTruncated>${more}${page.join('')}</ListBucketResult>`,
        )
      }
      case 'GET ': {
        const found = objects.get(key)
        if (!found) return answer(404, '<Error><Code>NoSuchKey</Code><Message>None.</Message></Error>')
        if (fate === 'cut') {
          response.writeHead(200, { 'content-length': found.content.length })
          return response.write(found.content.subarray(0, found.content.length / 2), () => response.destroy())
        }
        return response.writeHead(200, { 'content-length': found.content.length }).end(found.content)
      }
      default:
        return answer(501, `<Error><Code>NotImplemented</Code><Message>${form}</Message></Error>`)
    }
  }
  const server = createServer(certificate, (request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    objects,
    pending,
    /** Why requests were refused. */
    refused,
    /** What becomes of requests from now on. */
    behave(next: Decide) {
      decide = next
    },
    settings: {
      ...{ endpoint: `https://localhost:${port}`, region, name: bucket, prefix: 'lethe/', ca: certificate.cert },
      ...s3Keys,
    },
    close: () => new Promise((done) => server.close(done).closeAllConnections()),
  }
}

async function bodyOf(request: IncomingMessage) {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces)
}

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** What is wrong with how a request is signed (AWS Signature Version 4). */
function signatureFault(request: IncomingMessage, url: URL, body: Buffer): string | undefined {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/
  const [, accessKey, day = '', of = '', signed = '', signature] =
    pattern.exec(request.headers.authorization ?? '') ?? []
  if (accessKey !== s3Keys.accessKey || of !== region) return 'is not signed by whoever may use the bucket'
  const hash = String(request.headers['x-amz-content-sha256'] ?? '')
  if (hash !== 'UNSIGNED-PAYLOAD' && hash !== sha256(body)) return 'has another body than was signed'
  const date = String(request.headers['x-amz-date'] ?? '')
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted()
  const headers = signed.split(';').map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`)
  const canonical = [request.method, url.pathname, query.join('&'), headers.join(''), signed, hash].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const key = [region, 's3', 'aws4_request'].reduce(
    (last, text) => hmac(last, text),
    hmac(`AWS4${s3Keys.secretKey}`, day),
  )
  const expected = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).toString('hex')
  return expected === signature ? undefined : 'has a wrong signature'
}
