import { connect } from 'node:http2'
import { request } from 'node:https'

/** A request over a real connection. */
export type Call = {
  path: string
  ca: string
  method?: string
  headers?: Record<string, string>
  body?: string
  /** The address that it comes from: any of this machine's, such as those in 127.0.0.0/8. */
  localAddress?: string
}

/** What came back. */
export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string }

/** Sends a request by HTTP/1.1. */
export function http1(url: string, { path, ca, body, ...options }: Call): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request(new URL(path, url), { ca, agent: false, ...options }, async (response) => {
      try {
        let text = ''
        for await (const chunk of response.setEncoding('utf8')) text += chunk
        done({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      } catch (error) {
        fail(error)
      }
    })
    sent.once('error', fail)
    sent.end(body)
  })
}

/** Sends a request by HTTP/2. */
export function http2(url: string, { path, ca, method = 'GET', headers = {}, body }: Call): Promise<Answer> {
  return new Promise((done, fail) => {
    const session = connect(url, { ca })
    session.once('error', fail)
    const stream = session.request({ ':path': path, ':method': method, ...headers })
    let answer: Omit<Answer, 'body'> = { status: 0, headers: {} }
    stream.once('response', ({ ':status': status = 0, ...rest }) => {
      answer = { status, headers: rest }
    })
    let text = ''
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    stream.once('error', fail)
    stream.once('end', () => {
      session.close()
      done({ ...answer, body: text })
    })
    stream.end(body)
  })
}
