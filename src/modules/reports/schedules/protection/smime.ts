import { createHash, X509Certificate } from 'node:crypto'
import { Certificate, ContentInfo, EnvelopedData } from 'pkijs'

/** A certificate that mails can be encrypted for; undefined for anything else. */
export function readCertificate(pem: string): { publicKey: string; fingerprint: string; expiresAt: Date } | undefined {
  const certificate = parsed(pem)
  if (!certificate) return undefined
  const { publicKey, validFrom, validTo, raw } = certificate
  const [from, expiresAt] = [new Date(validFrom), new Date(validTo)]
  const now = Date.now()
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey
  const strong =
    type === 'rsa' ? (details?.modulusLength ?? 0) >= 2048 : type === 'ec' && curves.includes(details?.namedCurve ?? '')
  if (!strong || from.getTime() > now || expiresAt.getTime() <= now || !mayEncrypt(raw)) return undefined
  const fingerprint = createHash('sha256').update(raw).digest('hex')
  return { publicKey: certificate.toString(), fingerprint, expiresAt }
}

/** Encrypts for the owner of a certificate (CMS, RFC 5652, AES-256-CBC, which all mail programs know). */
export async function encryptFor(pem: string, content: Uint8Array): Promise<Buffer> {
  const enveloped = new EnvelopedData()
  const certificate = Certificate.fromBER(new Uint8Array(new X509Certificate(pem).raw))
  enveloped.addRecipientByCertificate(certificate, { oaepHashAlgorithm: 'SHA-256' })
  await enveloped.encrypt(algorithm, new Uint8Array(content).buffer)
  const info = new ContentInfo({ contentType: ContentInfo.ENVELOPED_DATA, content: enveloped.toSchema() })
  return Buffer.from(info.toSchema().toBER())
}

const algorithm = { name: 'AES-CBC', length: 256 }
const curves = ['prime256v1', 'secp384r1', 'secp521r1']
const keyUsage = '2.5.29.15'

/** Where a certificate says what its key is for, that has to be key encipherment or key agreement (RFC 5280, section 4.2.1.3). */
function mayEncrypt(raw: Uint8Array): boolean {
  const { extensions = [] } = Certificate.fromBER(new Uint8Array(raw))
  const usage = extensions.find(({ extnID }) => extnID === keyUsage)
  if (!usage) return true
  // A bit string in DER: its tag, its length, how many bits are not used, and the bits.
  const [, , , bits = 0] = Buffer.from(usage.extnValue.valueBlock.valueHexView)
  return (bits & 0b0010_1000) !== 0
}

function parsed(pem: string): X509Certificate | undefined {
  if ((pem.match(/-----BEGIN /g) ?? []).length !== 1 || !pem.includes('-----BEGIN CERTIFICATE-----')) return undefined
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined // Not one.
  }
}
