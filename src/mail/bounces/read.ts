import PostalMime, { type Attachment } from 'postal-mime'

/** What became of one recipient, as the mail server says that gave up. */
export type Failure = { recipients: string[]; status: string }

/**
 * Reads what a mail says of recipients that another one could not be delivered to (RFC 3464). Nothing for any other mail, or for one
 * that only tells of a delay.
 */
export async function readBounce(raw: Uint8Array): Promise<Failure[]> {
  const { attachments } = await PostalMime.parse(beginning(raw), {
    // What it says is in its own parts, and not in those of the mail that it brings back.
    ...{ forceRfc822Attachments: true, maxNestingDepth: 20, maxHeadersSize: 16 * 1024 },
    attachmentEncoding: 'utf8',
  })
  return attachments
    .filter(({ mimeType }) => ['message/delivery-status', 'message/global-delivery-status'].includes(mimeType))
    .flatMap((part) => failuresIn(textOf(part)))
}

// What it says stands at its beginning, as its own headers let it be found; the mail that it brings back comes last. Strangers make them
// up, too: none is to keep everybody waiting.
const longest = 256 * 1024
const mostLines = 4000

/** As much of it as is read, without the headers that say nothing of its parts. */
function beginning(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const lines = Buffer.from(raw.subarray(0, longest)).toString('latin1').split('\n', mostLines)
  const end = lines.findIndex((line) => line.trim() === '')
  const headers = lines.slice(0, end === -1 ? lines.length : end).join('\n')
  const kept = headers.split(/\n(?![ \t])/).filter((field) => /^(content-|mime-version)/i.test(field))
  const body = end === -1 ? [] : lines.slice(end)
  return new Uint8Array(Buffer.from([...kept, ...body].join('\n'), 'latin1'))
}

/** Groups of fields, apart by blank lines: the first about the mail, each other about a recipient. */
function failuresIn(text: string): Failure[] {
  const [, ...recipients] = text.split(/\r?\n(?:[ \t]*\r?\n)+/)
  return recipients.flatMap((group) => {
    const fields = fieldsOf(group)
    if (fields.get('action')?.toLowerCase() !== 'failed') return []
    const status = statusOf(fields.get('status') ?? '', fields.get('diagnostic-code') ?? '')
    const named = ['original-recipient', 'final-recipient'].flatMap((name) => fields.get(name) ?? [])
    return [{ recipients: named.map(addressIn), status }]
  })
}

function fieldsOf(group: string): Map<string, string> {
  const unfolded = group.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  return new Map(
    unfolded.flatMap((line) => {
      const at = line.indexOf(':')
      return at > 0 ? [[line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()] as const] : []
    }),
  )
}

/** Some servers give a code that says nothing, and the one that does in what the other side answered. */
function statusOf(status: string, diagnostic: string): string {
  const [code = ''] = status.match(/^[245]\.\d{1,3}\.\d{1,3}/) ?? []
  if (code && code !== '5.0.0') return code
  return diagnostic.match(/\b5\.\d{1,3}\.\d{1,3}\b/)?.[0] ?? code
}

/** `rfc822; jo@example.org`. */
const addressIn = (field: string) =>
  field
    .replace(/^[^;]*;/, '')
    .trim()
    .replace(/^<|>$/g, '')

const textOf = ({ content }: Attachment) => (typeof content === 'string' ? content : '')
