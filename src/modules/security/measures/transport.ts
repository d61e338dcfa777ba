import { X509Certificate } from 'node:crypto'
import type { Measure } from '../measure.ts'

const day = 24 * 60 * 60 * 1000

// Days before the end within which a certificate should be renewed.
const renewWithin = 30

/** Everything goes by TLS, with a certificate that browsers can trust (Art. 32(1)(a) GDPR; ASVS 12.2). */
export const transport: Measure = {
  key: 'transport',
  title: { de: 'Verschlüsselte Übertragung', en: 'Encrypted transport' },
  description: {
    de: 'Alles wird mit TLS 1.2 oder neuer übertragen; unverschlüsselte Anfragen werden abgelehnt.',
    en: 'Everything is transmitted by TLS 1.2 or newer; requests without it are refused.',
  },
  checkEvery: 90,
  look: async ({ certificate }) => {
    if (!certificate) return { findings: [], unknown: true }
    const { validToDate } = new X509Certificate(certificate.cert)
    const end = validToDate.toISOString().slice(0, 10)
    const soon = validToDate.getTime() - Date.now() <= renewWithin * day
    const until = {
      text: soon
        ? { de: `Das Zertifikat läuft am ${end} ab: erneuern.`, en: `The certificate ends on ${end}: renew it.` }
        : { de: `Das Zertifikat gilt bis ${end}.`, en: `The certificate is good until ${end}.` },
      count: 1,
      attention: soon,
    }
    const selfSigned = {
      text: {
        de: 'Das Zertifikat ist selbst ausgestellt, und Browser warnen davor: ein eigenes einsetzen (LETHE_TLS_CERT, LETHE_TLS_KEY).',
        en: 'The certificate is self-signed, and browsers warn of it: use one of your own (LETHE_TLS_CERT, LETHE_TLS_KEY).',
      },
      count: 1,
      attention: true,
    }
    return { findings: certificate.selfSigned ? [until, selfSigned] : [until] }
  },
}
