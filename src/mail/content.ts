import type { Message } from './outbox.ts'

/** A part of a mail that is a file, as nodemailer takes it. */
type FilePart = {
  filename: string | false
  contentType: string
  content: Buffer | string
  contentTransferEncoding?: 'base64' | '7bit'
}

/** What a mail is made of, as nodemailer takes it. `contentType`: of the whole, where that isn't found by itself. */
type Content = { text?: string; html?: string; attachments: FilePart[]; contentType?: string }

/** The parts of a mail: in the clear, or in their place what only the recipient can open. */
export function contentOf({ text, html, attachments = [], encrypted }: Omit<Message, 'to' | 'subject'>): Content {
  if (encrypted?.as === 'smime') return smime(Buffer.from(encrypted.content, 'base64'))
  if (encrypted?.as === 'openpgp') return openpgp(encrypted.content)
  const files = attachments.map(({ name, mediaType, content }) => ({
    ...{ filename: name, contentType: mediaType, content: Buffer.from(content, 'base64') },
    contentTransferEncoding: 'base64' as const,
  }))
  return { text, html, attachments: files }
}

/** RFC 8551, section 3.2: the one part that there is is the mail. */
const smime = (content: Buffer): Content => {
  const contentType = 'application/pkcs7-mime; smime-type=enveloped-data'
  return { attachments: [{ filename: 'smime.p7m', contentType, content, contentTransferEncoding: 'base64' }] }
}

/** RFC 3156, section 4. */
const openpgp = (content: string): Content => {
  const contentTransferEncoding = '7bit'
  return {
    contentType: 'multipart/encrypted; protocol="application/pgp-encrypted"',
    attachments: [
      {
        ...{ filename: false, contentType: 'application/pgp-encrypted' },
        content: 'Version: 1\r\n',
        contentTransferEncoding,
      },
      { ...{ filename: 'encrypted.asc', contentType: 'application/octet-stream' }, content, contentTransferEncoding },
    ],
  }
}
