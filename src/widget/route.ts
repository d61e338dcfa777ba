import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { inlineScript } from '../http/pages/inline.ts'
import type { Route } from '../http/router.ts'

/** The script of `<lethe-consent>`: one file, with nothing that the pages around it could see. */
export const widgetScript = (): string =>
  `(() => {\n${inlineScript(new URL('./scripts/widget.js', import.meta.url))}\n})()\n`

// So long may browsers keep it unasked: a mended script is everywhere after that.
const maxAge = 600

/** Serves the script to pages of any origin: it has no secrets, and what it may do is in the key of the page. */
export function widgetRoute(): Route {
  const script = widgetScript()
  const compressed = gzipSync(script, { level: 9 })
  const hash = createHash('sha256').update(script).digest('base64url')
  return {
    methods: ['GET', 'HEAD'],
    answer: (request) => {
      const isCompressed = acceptsGzip(request)
      // Another text to a cache, so another tag (RFC 9110, section 8.8.3.3).
      const etag = isCompressed ? `"${hash}-gzip"` : `"${hash}"`
      const headers = {
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': `public, max-age=${maxAge}`,
        vary: 'Accept-Encoding',
        etag,
        'access-control-allow-origin': '*', // For pages that check it by its hash (Subresource Integrity).
        'cross-origin-resource-policy': 'cross-origin',
      }
      if (isKnown(request, etag)) return new Response(null, { status: 304, headers })
      if (!isCompressed) return new Response(script, { headers })
      return new Response(compressed, { headers: { ...headers, 'content-encoding': 'gzip' } })
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
