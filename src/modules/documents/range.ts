/** Some bytes of a file, the first and the last one, from 0. */
export type Range = { first: number; last: number }

/**
 * The bytes that a download asks for (RFC 9110, section 14.2), so that one that broke off can go on. Undefined: all of them, also where
 * several ranges are asked for, or what is there isn't what the caller began with (`If-Range`); 'none': there are no such bytes.
 */
export function rangeOf(headers: Headers, { size, etag }: { size: number; etag: string }): Range | 'none' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.get('range') ?? '') ?? []
  const condition = headers.get('if-range')
  if ((!from && !to) || (condition !== null && condition !== etag)) return undefined
  // Without a begin, so many at the end.
  if (!from) return Number(to) > 0 ? { first: Math.max(size - Number(to), 0), last: size - 1 } : 'none'
  const [first, last] = [Number(from), to ? Math.min(Number(to), size - 1) : size - 1]
  if (first >= size) return 'none'
  return to && Number(to) < first ? undefined : { first, last }
}

/** Only these bytes. What lies after them is not read. */
export async function* cutOut(content: AsyncIterable<Uint8Array>, { first, last }: Range): AsyncGenerator<Uint8Array> {
  let at = 0
  for await (const chunk of content) {
    const [begin, end] = [Math.max(first - at, 0), Math.min(last + 1 - at, chunk.length)]
    if (begin < end) yield chunk.subarray(begin, end)
    at += chunk.length
    if (at > last) return
  }
}
