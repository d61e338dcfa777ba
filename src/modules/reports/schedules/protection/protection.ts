import type { ReportProtection } from '#prisma/client.ts'
import type { WorkContext } from '../../../../graphql/context.ts'
import { type Fault, invalidInput } from '../../../../graphql/errors.ts'
import { readCertificate } from './smime.ts'

/** By what somebody's attachments are encrypted: one of these. */
export type ProtectionDraft = {
  /** A certificate as PEM. */
  certificate?: string | null | undefined
  /** A public key, armored. */
  openpgpKey?: string | null | undefined
  /** The password that opens PDFs. */
  pdfPassword?: string | null | undefined
}

const longest = 32 * 1024
const shortestPassword = 15 // As of passwords without a second factor: whoever has the mail may try as often as they like.

/** A row from what was given. Throws INVALID_INPUT for what nothing could be encrypted with. */
export async function protectionOf(
  { secrets }: Pick<WorkContext, 'secrets'>,
  recipientId: string,
  { certificate, openpgpKey, pdfPassword }: ProtectionDraft,
): Promise<ReportProtection> {
  const row = {
    recipientId,
    createdAt: new Date(),
    password: null,
    publicKey: null,
    fingerprint: null,
    expiresAt: null,
  }
  if (certificate) {
    const read = certificate.length > longest ? undefined : readCertificate(certificate)
    if (!read)
      throw fault(
        'certificate',
        'Give one certificate as PEM, of an RSA key or of an elliptic curve, that is valid now and may encrypt.',
      )
    return { ...row, kind: 'smime', ...read }
  }
  if (openpgpKey) {
    const { readKey } = await import('./openpgp.ts')
    const read = openpgpKey.length > longest ? undefined : await readKey(openpgpKey)
    if (!read)
      throw fault(
        'openpgpKey',
        'Give one public key, armored, that is valid now and may encrypt; never the private one.',
      )
    return { ...row, kind: 'openpgp', ...read }
  }
  const password = pdfPassword ?? ''
  // What PDF readers take (RFC 4013 in ISO 32000-2): no control characters, at most 127 bytes.
  if (password.length < shortestPassword || Buffer.byteLength(password) > 127 || /\p{Cc}|\p{Cs}/u.test(password))
    throw fault('pdfPassword', `Give at least ${shortestPassword} characters, and no more than 127 bytes.`)
  return { ...row, kind: 'pdf_password', password: secrets.seal(placeOf(recipientId), password.normalize('NFC')) }
}

/** The password of a recipient, for the moment that it is needed. */
export const passwordIn = (
  { secrets }: Pick<WorkContext, 'secrets'>,
  { recipientId, password }: ReportProtection,
): string => (password ? secrets.open(placeOf(recipientId), password) : '')

const placeOf = (recipientId: string) => `report_protection.password ${recipientId}`

const fault = (field: string, message: string) =>
  invalidInput([{ field: `protection.${field}`, message } satisfies Fault])
