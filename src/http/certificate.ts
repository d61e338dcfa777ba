import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { type Config, dataPath } from '../config.ts'
import { isFault, makeFolder, readIfThere, replaceFile } from '../files.ts'
import { StartError } from '../start-error.ts'

/** A certificate and its key, as PEM. */
export type Certificate = { cert: string; key: string; selfSigned: boolean }

type CertificateConfig = Pick<Config, 'data' | 'host' | 'tls'>

const day = 24 * 60 * 60 * 1000
const lifetime = 365 * day
const renewal = 30 * day

/** The certificate to serve with: that of the settings, or a self-signed one, made when there is no good one yet. */
export const loadCertificate = (config: CertificateConfig): Promise<Certificate> =>
  config.tls ? configured(config.tls) : selfSigned(config)

async function configured(tls: { certificate: string; key: string }): Promise<Certificate> {
  const cert = await readPem('LETHE_TLS_CERT', tls.certificate)
  const key = await readPem('LETHE_TLS_KEY', tls.key)
  const fault = faultOf(cert, key)
  if (fault === 'certificate')
    throw new StartError(`LETHE_TLS_CERT: ${tls.certificate} has no certificate in PEM in it.`)
  if (fault === 'key') {
    throw new StartError(`LETHE_TLS_KEY: ${tls.key} has no private key in PEM in it, or one locked by a passphrase.`)
  }
  if (fault) {
    throw new StartError(
      `The certificate ${tls.certificate} was not made for the key ${tls.key}: take the two of a pair.`,
    )
  }
  const { validFromDate, validToDate } = new X509Certificate(cert)
  if (validToDate < new Date()) {
    throw new StartError(`The certificate ${tls.certificate} expired on ${validToDate.toISOString()}: renew it.`)
  }
  if (validFromDate > new Date()) {
    const start = validFromDate.toISOString()
    throw new StartError(`The certificate ${tls.certificate} is valid only from ${start}: check it, and this clock.`)
  }
  return { cert, key, selfSigned: false }
}

async function readPem(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (!isFault(error, 'ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR')) throw error
    throw new StartError(`${setting}: ${path} can't be read (${error.code}).`, { cause: error })
  }
}

/** What is wrong with a certificate and its key, if anything. */
function faultOf(cert: string, key: string): 'certificate' | 'key' | 'pair' | undefined {
  const parsed = attempt(() => new X509Certificate(cert))
  if (!parsed) return 'certificate'
  const privateKey = attempt(() => createPrivateKey(key))
  if (!privateKey) return 'key'
  return parsed.checkPrivateKey(privateKey) ? undefined : 'pair'
}

// Whatever OpenSSL says about a text that it can't parse, it comes down to this: it isn't what it should be.
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}

async function selfSigned(config: CertificateConfig): Promise<Certificate> {
  const folder = dataPath(config, 'tls')
  const certPath = dataPath(config, 'tls', 'certificate.pem')
  const keyPath = dataPath(config, 'tls', 'key.pem')
  const names = [...new Set(['localhost', '127.0.0.1', '::1', hostname(), config.host])]
  const [cert = '', key = ''] = await Promise.all([readIfThere(certPath), readIfThere(keyPath)])
  // The two are written one after the other: if that was cut short they don't fit, and are made anew.
  if (!faultOf(cert, key) && isGood(new X509Certificate(cert), names)) return { cert, key, selfSigned: true }

  const { generate } = await import('selfsigned') // Only needed here, once a year.
  const now = Date.now()
  const made = await generate([{ name: 'commonName', value: 'Lethe' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - day), // The clocks of others may be behind.
    notAfterDate: new Date(now + lifetime),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
      },
    ],
  })
  await makeFolder(folder, 0o700)
  await replaceFile(keyPath, made.private, 0o600)
  await replaceFile(certPath, made.cert, 0o644)
  // Another process may have made one at the same moment: the last one stays.
  const [keptCert = '', keptKey = ''] = await Promise.all([readIfThere(certPath), readIfThere(keyPath)])
  return faultOf(keptCert, keptKey)
    ? { cert: made.cert, key: made.private, selfSigned: true }
    : { cert: keptCert, key: keptKey, selfSigned: true }
}

function isGood(certificate: X509Certificate, names: readonly string[]) {
  const covers = (name: string) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined
  return certificate.validToDate.getTime() - Date.now() > renewal && names.every(covers)
}
