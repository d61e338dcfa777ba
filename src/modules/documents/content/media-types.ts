/** The media types that are taken, with the extension of their files. What a browser would run (HTML, SVG) is not among them. */
export const mediaTypes: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/tiff': 'tif',
  'image/heic': 'heic',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/vnd.oasis.opendocument.presentation': 'odp',
  'application/rtf': 'rtf',
  'application/x-cfb': 'doc',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'application/xml': 'xml',
  'application/json': 'json',
  'text/plain': 'txt',
  'text/csv': 'csv',
  'text/markdown': 'md',
  'text/calendar': 'ics',
  'text/vcard': 'vcf',
  'message/rfc822': 'eml',
}

/** How much of a file is looked at to tell what it is. */
export const headLength = 256 * 1024

// Nothing in their content tells these apart, so what is said of one is believed, if it is text at all.
const texts = [
  'text/plain',
  'text/csv',
  'text/markdown',
  'text/calendar',
  'text/vcard',
  'application/json',
  'message/rfc822',
]

// Other names of the same.
const aliases: Readonly<Record<string, string>> = {
  'text/xml': 'application/xml',
  'image/jpg': 'image/jpeg',
  'text/rtf': 'application/rtf',
  'text/x-vcard': 'text/vcard',
  'application/msword': 'application/x-cfb',
  'application/vnd.ms-excel': 'application/x-cfb',
  'application/vnd.ms-powerpoint': 'application/x-cfb',
  'application/vnd.ms-outlook': 'application/x-cfb',
  'audio/x-wav': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
}

const known = (mediaType: string) => aliases[mediaType] ?? mediaType

/** What a media type is called here: `Text/CSV; charset=utf-8` is `text/csv`. Undefined for one that tells nothing. */
export function claimOf(mediaType: string | null | undefined): string | undefined {
  const [bare = ''] = (mediaType ?? '').toLowerCase().split(';')
  const claim = bare.trim()
  return claim === '' || claim === 'application/octet-stream' ? undefined : known(claim)
}

/** Whether a media type is text, whose every byte has to be UTF-8. */
export const isText = (mediaType: string): boolean => texts.includes(mediaType) || mediaType === 'application/xml'

/**
 * What a file is, by how it begins. Text is what it is said to be, if that is a text, too; markup that a browser would run is
 * named as such, whatever it is said to be.
 */
export async function detect(head: Uint8Array, claim: string | undefined): Promise<string> {
  const begin = Buffer.from(head.subarray(0, 1024))
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
  if (/^<(!doctype\s+html|html|head|body|script|iframe)\b/i.test(begin)) return 'text/html'
  if (/<svg[\s>]/i.test(begin)) return 'image/svg+xml'
  const { fileTypeFromBuffer } = await import('file-type') // Loaded with the first file that comes.
  const found = await fileTypeFromBuffer(head)
  if (found) return known(found.mime)
  if (begin.startsWith('<?xml')) return 'application/xml'
  return claim && texts.includes(claim) ? claim : 'text/plain'
}
