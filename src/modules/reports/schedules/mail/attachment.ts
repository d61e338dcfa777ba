import { Writable } from 'node:stream'
import type { ReportProtection } from '#prisma/client.ts'
import type { Context } from '../../../../graphql/context.ts'
import { LetheError } from '../../../../graphql/errors.ts'
import type { MailLanguage } from '../../../../mail/layout.ts'
import { mediaTypes } from '../../files/formats.ts'
import { optionsFor, writeReport } from '../../files/write.ts'
import type { OpenReport } from '../../running/open.ts'
import type { ReportRow } from '../../sources/source.ts'
import { passwordIn } from '../protection/protection.ts'
import type { AttachmentFormat } from '../schedule.ts'
import type { AttachmentState } from './texts.ts'

/** A file in a mail. */
export type Attached = { name: string; mediaType: string; content: Buffer }

/** What is attached, whom it tells of (UUIDs), and how it is kept from others: by its own password, or by encrypting the whole mail. */
export type Made = { state: AttachmentState; file?: Attached; rows?: number; reached?: ReadonlySet<string> }

// What of a mail's bytes is left for the file: base64 makes four of three, and breaks lines; what is encrypted is so once more.
const shareOfFile = { encrypted: 0.5, plain: 0.7 }
const usualLargest = 10_000_000

/** Makes the file of a report for its reader; or says why there is none. */
export async function makeAttachment(
  reader: Context,
  open: OpenReport,
  wanted: {
    format: AttachmentFormat
    allowed: boolean
    protection: ReportProtection | null
    language: MailLanguage
    name: string
    /** The mail server has said that it was too much. */
    small: boolean
  },
): Promise<Made> {
  const { format, allowed, protection, language, name, small } = wanted
  if (!allowed) return { state: 'not_allowed' }
  if (!protection) return { state: 'no_protection' }
  if (protection.expiresAt && protection.expiresAt <= new Date()) return { state: 'expired' }
  const byPassword = protection.kind === 'pdf_password'
  if (byPassword && format !== 'pdf') return { state: 'needs_pdf' }
  if (small) return { state: 'too_large' }
  const share = byPassword ? shareOfFile.plain : shareOfFile.encrypted
  const reached = new Set<string>()
  const collector = collect((reader.maxMail ?? usualLargest) * share)
  try {
    const options = { ...(await optionsFor(reader, language)), reader: name }
    const { rows } = await writeReport(
      { ...open, rows: () => noting(open.rows(), reached) },
      format,
      options,
      collector.out,
    )
    const { mediaType, ending } = mediaTypes[format]
    const content = byPassword ? await withPassword(reader, protection, collector.content()) : collector.content()
    const file = { name: `report.${ending}`, mediaType, content }
    return { state: byPassword ? 'attached' : 'encrypted_mail', file, rows, reached }
  } catch (error) {
    if (collector.isFull() || (error instanceof LetheError && error.code === 'LIMIT_EXCEEDED'))
      return { state: 'too_large' }
    throw error
  }
}

/** Passes rows on, and notes whom they are about. */
async function* noting(rows: AsyncIterable<ReportRow>, reached: Set<string>): AsyncGenerator<ReportRow> {
  for await (const row of rows) {
    if (row.contactId) reached.add(row.contactId)
    yield row
  }
}

async function withPassword(reader: Context, protection: ReportProtection, pdf: Buffer) {
  const { protectPdf } = await import('../protection/pdf.ts')
  return protectPdf(pdf, passwordIn(reader, protection))
}

/** Takes what is written, as long as it isn't too much. */
function collect(largest: number) {
  const chunks: Buffer[] = []
  let length = 0
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      length += chunk.length
      if (length > largest) return done(new Error('the file is too large for a mail'))
      chunks.push(chunk)
      done()
    },
  })
  return { out, content: () => Buffer.concat(chunks), isFull: () => length > largest }
}
