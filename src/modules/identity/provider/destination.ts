const home = '/'
const longest = 1000

/** Where to go on after signing in: the wish, if it is a path on this very host, else the first page. */
export function destination(wish: string | null, publicUrl: string): string {
  const url = wish?.startsWith('/') ? URL.parse(wish, publicUrl) : null
  if (!url || url.origin !== new URL(publicUrl).origin) return home
  const path = url.pathname + url.search + url.hash
  // Browsers take two slashes for the beginning of another host.
  return path.length <= longest && !path.startsWith('//') ? path : home
}
