import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { inlineScript } from '../http/pages/inline.ts'
import type { Route } from '../http/router.ts'

/** The script of `<lethe-consent>`: one file, with nothing that the pages around it could see. */
export const widgetScript = (): string =>
  `(() => {\n${inlineScript(new URL('./scripts/widget.js', import.meta.url))}\n})()\n`

// So long may browsers keep it unasked: a mended script is everywhere after that.
const maxAge = 600
// What is asked for with its version never changes.
const forever = 31_536_000

// It has no secrets, and what it may do is in the key of the page. Readable, for pages that check it by its hash.
const open = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }

/**
 * Serves the script to pages of any origin, at `/widget.js`. With `?v=` and the version that there is, browsers keep it for good;
 * with another one they get the script that there is by now, for a short while. `/widget.json` tells the version and its hash.
 */
export function widgetRoutes(): Record<string, Route> {
  const script = widgetScript()
  const compressed = gzipSync(script, { level: 9 })
  const hash = createHash('sha256').update(script).digest('base64url')
  const version = hash.slice(0, 16)
  const integrity = `sha384-${createHash('sha384').update(script).digest('base64')}`
  const cacheOf = (request: Request) =>
    URL.parse(request.url)?.searchParams.get('v') === version
      ? `public, max-age=${forever}, immutable`
      : `public, max-age=${maxAge}`
  const methods = ['GET', 'HEAD']
  return {
    '/widget.js': {
      methods,
      answer: (request) => {
        const isCompressed = acceptsGzip(request)
        // Another text to a cache, so another tag (RFC 9110, section 8.8.3.3).
        const etag = isCompressed ? `"${hash}-gzip"` : `"${hash}"`
        const headers = {
          ...open,
          'content-type': 'text/javascript; charset=utf-8',
          'cache-control': cacheOf(request),
          vary: 'Accept-Encoding',
          etag,
        }
        if (isKnown(request, etag)) return new Response(null, { status: 304, headers })
        if (!isCompressed) return new Response(script, { headers })
        return new Response(compressed, { headers: { ...headers, 'content-encoding': 'gzip' } })
      },
    },
    '/widget.json': {
      methods,
      answer: () => Response.json({ path: `/widget.js?v=${version}`, integrity }, { headers: open }),
    },
  }
}

const wishes = (header: string | null) => (header ?? '').split(',').map((wish) => wish.trim())

const acceptsGzip = ({ headers }: Request) =>
  wishes(headers.get('accept-encoding')).some(
    (wish) => /^(gzip|\*)( *;|$)/i.test(wish) && !/; *q=0(\.0*)?$/i.test(wish),
  )

const isKnown = ({ headers }: Request, etag: string) =>
  wishes(headers.get('if-none-match')).some((known) => known === '*' || known.replace(/^W\//, '') === etag)
