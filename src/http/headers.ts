import { createHash } from 'node:crypto'
import type { Answer } from './reply.ts'

const year = 365 * 24 * 60 * 60

/** The headers of every answer. Nothing that we serve may be framed, cached or mistaken for something else. */
const everywhere = Object.entries({
  'strict-transport-security': `max-age=${year}`,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
})

/** Adds what every answer carries; what it says itself stays. */
export function addSecurityHeaders({ headers }: Answer): void {
  for (const [name, value] of everywhere) if (!headers.has(name)) headers.set(name, value)
}

/** A content security policy for a page that talks to us alone and runs exactly the inline scripts that it has. */
export function pagePolicy(html: string, further: Readonly<Record<string, string>> = {}): string {
  const policy = {
    'default-src': "'none'",
    'script-src': inlineHashes(html, 'script'),
    'style-src': inlineHashes(html, 'style'),
    'img-src': 'data:',
    'connect-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    ...further,
  }
  return Object.entries(policy)
    .map(([directive, value]) => `${directive} ${value}`)
    .join('; ')
}

function inlineHashes(html: string, element: 'script' | 'style') {
  const contents = html.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'))
  const hashes = Array.from(contents, ([, content = '']) => createHash('sha256').update(content).digest('base64'))
  return hashes.length > 0 ? hashes.map((hash) => `'sha256-${hash}'`).join(' ') : "'none'"
}
