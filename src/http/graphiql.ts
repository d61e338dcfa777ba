import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { costHeader } from '../graphql/cost.ts'
import { seeOther } from './answers.ts'
import type { Exchange } from './exchange.ts'
import { exampleTabs, exampleTabsWithoutContacts } from './graphiql-tabs.ts'
import { pagePolicy } from './headers.ts'

type Page = { html: string; compressed: Uint8Array; policy: string; tag: string }

/** GraphiQL for those who are signed in; others are sent to sign in. */
export function createGraphiqlPage(
  identify: (request: Request, exchange: Exchange) => Promise<void>,
): (request: Request, exchange: Exchange) => Promise<Response> {
  const rendered = new Map<readonly string[], Promise<Page>>()

  return async (request, exchange) => {
    await identify(request, exchange)
    if (!exchange.caller?.actor.id) return seeOther(signInFor(request))
    const tabs = exchange.caller.rights.canRead('contacts.contact') ? exampleTabs : exampleTabsWithoutContacts
    const rendering = rendered.get(tabs) ?? render(tabs)
    rendered.set(tabs, rendering)
    const { html, compressed, policy, tag } = await rendering
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      // Large and the same for everybody: kept by the browser, and asked for again each time.
      'cache-control': 'private, no-cache',
      vary: 'Accept, Accept-Encoding, Cookie',
      etag: tag,
    }
    if (request.headers.get('if-none-match') === tag) return new Response(null, { status: 304, headers })
    const acceptsGzip = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
    if (!acceptsGzip) return new Response(html, { headers })
    return new Response(Buffer.from(compressed), { headers: { ...headers, 'content-encoding': 'gzip' } })
  }
}

/** Where to sign in, so that one comes back to the operation that the address may have in it. */
function signInFor(request: Request) {
  const { pathname, search } = new URL(request.url)
  return search ? `/sign-in?${new URLSearchParams({ next: pathname + search })}` : '/sign-in'
}

async function render(tabs: readonly string[]): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql') // Nine megabytes: loaded when needed.
  const page = renderGraphiQL({
    title: 'Lethe',
    endpoint: '/graphql',
    credentials: 'same-origin',
    additionalHeaders: { [costHeader]: 'show' },
    defaultTabs: tabs.map((query) => ({ query })),
    defaultEditorToolsVisibility: false, // The examples have no variables, and need the room.
    shouldPersistHeaders: false,
    schemaDescription: true,
    inputValueDeprecation: true,
  })
  const html = page
    .replace('</head>', () => `${amendmentsFor(tabs)}</head>`)
    .replace('<div id="root">', () => `${accountLink}<div id="root">`)
  const policy = pagePolicy(html, {
    'style-src': "'unsafe-inline'", // The editor makes its styles as it goes.
    'font-src': 'data:',
    'worker-src': 'blob:',
  })
  const tag = `"${createHash('sha256').update(html).digest('base64url')}"`
  return { html, policy, tag, compressed: await promisify(gzip)(html) }
}

// Without the first, a tab leaps away from under the mouse that presses it, and the click is lost. Without the second,
// an empty tab comes first when the page is loaded again.
const amendmentsFor = ([first]: readonly string[]) => `<style>
.graphiql-tab { transform: none !important }
.account { position: fixed; z-index: 1; left: 8px; bottom: 164px; padding: 12px; line-height: 0; border-radius: 4px; color: #6e7c96 }
.account:hover { background: #6e7c9620 }
</style>
<script>localStorage['graphiql:query'] ??= ${JSON.stringify(first)}</script>
`

// Above the buttons at the bottom left, in a colour that can be seen on light and dark.
const accountLink = `<a class="account" href="/account" title="Your account, and signing out" aria-label="Your account, and signing out">
<svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" aria-hidden="true"><circle cx="10" cy="6.5" r="3.5"/><path d="M3 17.5c.6-4 3.4-5.5 7-5.5s6.4 1.5 7 5.5"/></svg>
</a>
`
