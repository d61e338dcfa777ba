import { createHash, createVerify } from 'node:crypto'

/**
 * Verifies the DKIM signature of a mail, as its recipient would (RFC 6376, relaxed/relaxed, rsa-sha256), with the public key that the
 * DNS would have told. Returns what it covers; undefined: it does not hold.
 */
export function verifyDkim(
  raw: Buffer,
  publicKey: string,
): { domain: string; selector: string; headers: string[] } | undefined {
  const text = raw.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  const lines = text.slice(0, end).split(/\r\n(?![ \t])/)
  const nameOf = (line: string) => line.slice(0, line.indexOf(':')).trim().toLowerCase()
  const signature = lines.find((line) => nameOf(line) === 'dkim-signature')
  if (!signature) return undefined
  const tags = new Map(
    signature
      .slice(signature.indexOf(':') + 1)
      .split(';')
      .map((tag) => [tag.slice(0, tag.indexOf('=')).trim(), tag.slice(tag.indexOf('=') + 1).replace(/\s+/g, '')]),
  )
  const relaxed = (line: string) =>
    `${nameOf(line)}:${line
      .slice(line.indexOf(':') + 1)
      .replace(/\r\n/g, '')
      .replace(/[ \t]+/g, ' ')
      .trim()}`
  const body = `${text
    .slice(end + 4)
    .replace(/[ \t]+(?=\r\n)/g, '')
    .replace(/[ \t]+/g, ' ')
    .replace(/(\r\n)*$/, '')}\r\n`
  const hash = createHash('sha256').update(body, 'latin1').digest('base64')
  const headers = (tags.get('h') ?? '').split(':')
  const signed = headers.flatMap((name) => lines.findLast((line) => nameOf(line) === name) ?? []).map(relaxed)
  const own = relaxed(signature).replace(/(\bb=)[^;]*$/, '$1')
  const verified = createVerify('RSA-SHA256')
    .update(`${[...signed, own].join('\r\n')}`, 'latin1')
    .verify(publicKey, tags.get('b') ?? '', 'base64')
  if (tags.get('bh') !== hash || !verified) return undefined
  return { domain: tags.get('d') ?? '', selector: tags.get('s') ?? '', headers }
}
