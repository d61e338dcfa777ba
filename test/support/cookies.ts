import { type Answer, http1 } from './https.ts'

/** A browser without a screen: keeps cookies and follows redirects, and runs no scripts. */
export type Browser = {
  /** The cookies of each origin. */
  cookies: (origin: string) => Map<string, string>
  /** One request. */
  get: (url: string) => Promise<Answer>
  /** Goes where the redirects lead, to the page at the end, or to the first URL that begins with `until`, unopened. */
  open: (url: string, options?: { until?: string }) => Promise<Answer & { url: string }>
}

/**
 * Opens one.
 *
 * @param ca The certificates to trust, as PEM.
 */
export function createBrowser(...ca: string[]): Browser {
  const jars = new Map<string, Map<string, string>>()
  const cookies = (origin: string) => {
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    return jar
  }
  const get = async (url: string) => {
    const { origin, pathname, search } = new URL(url)
    const cookie = Array.from(cookies(origin), ([name, value]) => `${name}=${value}`).join('; ')
    const headers = { accept: 'text/html', ...(cookie && { cookie }) }
    const answer = await http1(origin, { path: pathname + search, ca: ca.join('\n'), headers })
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) keep(cookies(origin), line)
    return answer
  }
  return {
    cookies,
    get,
    open: async (start, { until } = {}) => {
      let url = start
      for (let redirects = 0; redirects < 20; redirects++) {
        if (until && url.startsWith(until)) return { url, status: 0, headers: {}, body: '' }
        const answer = await get(url)
        const { location } = answer.headers
        if (typeof location !== 'string') return { url, ...answer }
        url = new URL(location, url).href
      }
      throw new Error(`the redirects go on and on: ${url}`)
    },
  }
}

function keep(jar: Map<string, string>, line: string) {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const [name = '', ...value] = pair.split('=')
  const over = attributes.some((attribute) => {
    const [key = '', setting = ''] = attribute.split('=')
    return (
      (/^max-age$/i.test(key) && Number(setting) <= 0) || (/^expires$/i.test(key) && new Date(setting) < new Date())
    )
  })
  if (over) jar.delete(name)
  else jar.set(name, value.join('='))
}
