import { connect } from 'node:http2'
import { request } from 'node:https'
import type { Readable } from 'node:stream'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

const fields = 'id cursor contactId kind purpose ground valid since until occurredAt'

/** Subscribes over a real connection, as a client in a browser or on a server would. */
export async function listen(
  url: string,
  {
    ca,
    token,
    after,
    purposes,
    lastEventId,
    http = 1,
    get = false,
    selection = fields,
  }: {
    ca: string
    token: string
    after?: string | undefined
    purposes?: readonly string[]
    lastEventId?: string
    http?: 1 | 2
    get?: boolean
    selection?: string
  },
) {
  const query = `subscription ($after: String, $purposes: [String!]) { consentChanges(after: $after, purposes: $purposes) { ${selection} } }`
  const variables = { after, purposes }
  const headers: Record<string, string> = { accept: 'text/event-stream', authorization: `Bearer ${token}` }
  if (lastEventId) headers['last-event-id'] = lastEventId
  if (!get) headers['content-type'] = 'application/json'
  const path = get ? `/graphql?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}` : '/graphql'
  const body = get ? undefined : JSON.stringify({ query, variables })
  const { source, status, drop } = await (http === 2 ? overHttp2 : overHttp1)(url, { ca, path, headers, body })

  const changes: Data[] = []
  const ids: string[] = []
  const errors: Data[] = []
  let beats = 0
  let completed = false
  let wake = () => {}
  let text = ''
  source.setEncoding('utf8')
  source.on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      take(text.slice(0, end))
      text = text.slice(end + 2)
    }
    wake()
  })
  const ended = new Promise<void>((done) => {
    source.once('close', done)
    source.once('error', () => done())
  }).then(() => wake())

  function take(event: string) {
    if (event === ':') beats++
    if (event.startsWith('event: complete')) completed = true
    const data = event.split('\n').find((line) => line.startsWith('data: {'))
    if (!data) return
    const id = event.split('\n').find((line) => line.startsWith('id: '))
    if (id) ids.push(id.slice(4))
    const result = JSON.parse(data.slice(6))
    if (result.errors) errors.push(...result.errors)
    if (result.data?.consentChanges) changes.push(result.data.consentChanges)
  }

  return {
    status,
    changes,
    /** What the events are called, as a browser's EventSource remembers them. */
    ids,
    errors,
    beats: () => beats,
    completed: () => completed,
    ended,
    pause: () => source.pause(),
    resume: () => source.resume(),
    /** Settles once so many changes are there. */
    until: async (enough: () => boolean) => {
      const late = Date.now() + 40_000
      while (!enough()) {
        if (Date.now() > late) throw new Error(`${changes.length} changes, ${JSON.stringify(errors)}`)
        await new Promise<void>((done) => {
          const timer = setTimeout(done, 500)
          wake = () => {
            clearTimeout(timer)
            done()
          }
        })
      }
    },
    drop,
  }
}

type Sent = { ca: string; path: string; headers: Record<string, string>; body: string | undefined }
type Opened = { source: Readable; status: number; drop: () => void }

const overHttp1 = (url: string, { ca, path, headers, body }: Sent) =>
  new Promise<Opened>((done, fail) => {
    const sent = request(
      new URL(path, url),
      { ca, agent: false, method: body ? 'POST' : 'GET', headers },
      (response) => {
        response.once('error', () => undefined)
        done({ source: response, status: response.statusCode ?? 0, drop: () => sent.destroy() })
      },
    )
    sent.once('error', fail)
    sent.end(body)
  })

const overHttp2 = (url: string, { ca, path, headers, body }: Sent) =>
  new Promise<Opened>((done, fail) => {
    const session = connect(url, { ca })
    session.on('error', fail)
    const stream = session.request({ ':path': path, ':method': body ? 'POST' : 'GET', ...headers })
    stream.on('error', () => undefined)
    stream.once('response', ({ ':status': status = 0 }) =>
      done({ source: stream, status, drop: () => session.destroy() }),
    )
    stream.once('close', () => session.close())
    stream.end(body)
  })
