import { createPrivateKey, type KeyObject } from 'node:crypto'
import addressparser from 'nodemailer/lib/addressparser'
import type { Environment } from '../settings.ts'
import { StartError } from '../start-error.ts'

/** How mails are sent. */
export type MailSettings = {
  smtpUrl: string
  from: string
  /** What signs them (RFC 6376). Without: nothing here does. */
  dkim?: DkimSettings | undefined
  /** Where those come back to that can't be delivered. Without: nobody hears of them. */
  bounces?: BounceSettings | undefined
}

/** An RSA key, as PEM, whose public part is in the DNS at `selector._domainkey.domain`. */
export type DkimSettings = { domain: string; selector: string; key: string }

/** The address without the part that names a mail; what hands them on presents the token. */
export type BounceSettings = { address: string; token: string }

type Given = Pick<
  Environment,
  | 'LETHE_SMTP_URL'
  | 'LETHE_MAIL_FROM'
  | 'LETHE_DKIM_KEY'
  | 'LETHE_DKIM_SELECTOR'
  | 'LETHE_DKIM_DOMAIN'
  | 'LETHE_BOUNCE_ADDRESS'
  | 'LETHE_BOUNCE_TOKEN'
>

/** What the environment says of it. Throws a StartError for what would not do. */
export function mailOf(env: Given): MailSettings | undefined {
  if (env.LETHE_SMTP_URL && !env.LETHE_MAIL_FROM) {
    throw new StartError('LETHE_SMTP_URL needs LETHE_MAIL_FROM, the sender of mails: Lethe <lethe@crm.example>.')
  }
  if (!env.LETHE_SMTP_URL || !env.LETHE_MAIL_FROM) return undefined
  const from = env.LETHE_MAIL_FROM
  return { smtpUrl: env.LETHE_SMTP_URL, from, dkim: dkimOf(env, from), bounces: bouncesOf(env) }
}

/** The one sender that LETHE_MAIL_FROM names. */
export function senderOf(from: string): { name: string; address: string } {
  const [sender, ...more] = addressparser(from, { flatten: true })
  if (!sender || more.length > 0 || !/^[^\s@<>]+@[^\s@<>]+$/.test(sender.address)) {
    throw new StartError('LETHE_MAIL_FROM must be one sender, such as Lethe <lethe@crm.example>.')
  }
  return { name: sender.name, address: sender.address }
}

const shortestKey = 2048 // RFC 8301, section 3.2.

function dkimOf(env: Given, from: string): DkimSettings | undefined {
  const { LETHE_DKIM_KEY: key, LETHE_DKIM_SELECTOR: selector } = env
  if (!key) return undefined
  const { asymmetricKeyType, asymmetricKeyDetails } = readKey(key)
  if (asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) < shortestKey) {
    throw new StartError(`LETHE_DKIM_KEY must be an RSA key of at least ${shortestKey} bits.`)
  }
  const own = senderOf(from).address.split('@')[1]?.toLowerCase() ?? ''
  const domain = env.LETHE_DKIM_DOMAIN?.toLowerCase() ?? own
  // DMARC asks for a signature of the sender's own domain, or of one above it (RFC 7489, section 3.1.1).
  if (own !== domain && !own.endsWith(`.${domain}`)) {
    throw new StartError(`LETHE_DKIM_DOMAIN must be the domain of LETHE_MAIL_FROM (${own}), or one above it.`)
  }
  return { domain, selector, key }
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw new StartError('LETHE_DKIM_KEY must be a private key as PEM, without a password.', { cause })
  }
}

function bouncesOf({ LETHE_BOUNCE_ADDRESS: address, LETHE_BOUNCE_TOKEN: token }: Given): BounceSettings | undefined {
  if (Boolean(address) !== Boolean(token)) {
    throw new StartError('Set both LETHE_BOUNCE_ADDRESS and LETHE_BOUNCE_TOKEN, or neither.')
  }
  return address && token ? { address: address.toLowerCase(), token } : undefined
}
