import type { ConnectionOptions } from 'node:tls'
import { createTransport, type NodemailerError, type SMTPTransportOptions } from 'nodemailer'
import type { Secrets } from '../secrets.ts'
import { StartError } from '../start-error.ts'
import { bounceAddress } from './bounces/address.ts'
import { contentOf } from './content.ts'
import { faultOf } from './faults.ts'
import type { Message } from './outbox.ts'
import type { Fault } from './queue.ts'
import { type DkimSettings, type MailSettings, senderOf } from './settings.ts'
import { unsubscribing } from './unsubscribing.ts'

/** Hands a mail to the mail server. Returns why not, or nothing when that has taken it. */
export type Deliver = (mail: Message & { id: string; createdAt: Date }, stop: AbortSignal) => Promise<Fault | undefined>

// Milliseconds. In all, less than the lease of a mail.
const patience = { connecting: 20_000, silence: 90_000, all: 120_000 }

/**
 * Makes what talks to the mail server, each mail on a connection of its own. Throws a StartError for settings that would
 * not do.
 *
 * @param secrets Make the addresses that mails come back to.
 * @param tls For tests: whom to trust.
 */
export function createDelivery(
  { smtpUrl, from, dkim, bounces }: MailSettings,
  secrets: Pick<Secrets, 'fingerprint'>,
  tls: Pick<ConnectionOptions, 'ca'> = {},
): Deliver {
  const options = { ...smtpOptions(smtpUrl, tls), ...(dkim && { dkim: signing(dkim) }) }
  const sender = senderOf(from)
  const domain = sender.address.split('@')[1]
  return async ({ id, createdAt, ...message }, stop) => {
    const { to, subject, unsubscribeUrl } = message
    const { contentType, ...content } = contentOf(message)
    let handedOver = false
    // Not as a text, which would be read as a list: "a,b@example.org" must not become b@example.org.
    const recipient = { name: '', address: to }
    const transport = createTransport(options).use('stream', (mail, done) => {
      if (contentType) mail.message.setHeader('Content-Type', contentType)
      // The last of the streams that the mail passes through: it ends when the connection has read all of it.
      mail.message.processFunc((stream) =>
        stream.once('end', () => {
          handedOver = true
        }),
      )
      done()
    })
    try {
      await transport.sendMail({
        envelope: { from: bounces ? bounceAddress(secrets, bounces.address, id) : sender, to: recipient },
        // Of what is sent nothing but its headers comes back.
        ...(bounces && { dsn: { id, return: 'headers', notify: 'failure', recipient: to } }),
        from: sender,
        to: recipient,
        subject,
        ...content,
        date: createdAt,
        // The same at every try, so that whoever gets it twice can tell.
        messageId: `<${id}@${domain}>`,
        // RFC 3834: nobody's absence note answers to this.
        headers: { 'Auto-Submitted': 'auto-generated', ...onOneLine(unsubscribing(unsubscribeUrl)) },
        disableFileAccess: true,
        disableUrlAccess: true,
        signal: AbortSignal.any([stop, AbortSignal.timeout(patience.all)]),
      })
      return undefined
    } catch (error) {
      if (!isSmtpError(error)) throw error
      return faultOf(error, handedOver)
    }
  }
}

/** Besides what is signed always, the headers by which mail programs unsubscribe (RFC 8058, section 4). */
const signing = ({ domain, selector, key }: DkimSettings) => ({
  domainName: domain,
  keySelector: selector,
  privateKey: key,
  headerFieldNames: [
    ...['From', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'To', 'Auto-Submitted', 'MIME-Version', 'Content-Type'],
    ...['Content-Transfer-Encoding', 'Content-Disposition', 'List-Unsubscribe', 'List-Unsubscribe-Post'],
  ].join(':'),
})

/** As they are, since not every mail program reads a link on the line after the name. */
const onOneLine = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { prepared: true, value }]))

/**
 * How to reach the mail server: over TLS with a verified certificate, from the first byte (`smtps:`) or by STARTTLS
 * (ASVS 12.3.1, 12.3.2). Only what listens on this machine and wants no password is reached without.
 */
function smtpOptions(smtpUrl: string, tls: Pick<ConnectionOptions, 'ca'>): SMTPTransportOptions {
  const url = URL.parse(smtpUrl)
  if (!url?.hostname || url.search || url.hash || !['', '/'].includes(url.pathname)) throw unusable()
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const plain = !secure && !url.username && /^(localhost|127(\.\d+){3}|::1)$/.test(host)
  return {
    host,
    port: url.port ? Number(url.port) : secure ? 465 : 587,
    secure,
    requireTLS: !secure && !plain,
    ignoreTLS: plain,
    tls: { ...tls, minVersion: 'TLSv1.2', rejectUnauthorized: true },
    ...(url.username && { auth: { user: decoded(url.username), pass: decoded(url.password) } }),
    connectionTimeout: patience.connecting,
    greetingTimeout: patience.connecting,
    socketTimeout: patience.silence,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unusable() // A % that stands for itself has to be written %25.
  }
}

const unusable = () =>
  new StartError(
    "LETHE_SMTP_URL can't be read. It must look like smtps://user:password@mail.example:465, with nothing behind that; " +
      'special characters in the password are written as %40 for @, %2F for / and so on.',
  )

const isSmtpError = (error: unknown): error is NodemailerError => error instanceof Error && 'code' in error
