import { EventEmitter, once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type ParsedMail, simpleParser } from 'mailparser'
import { generate } from 'selfsigned'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** What a mail server says to a mail: it takes it, refuses it with a code, or dies without a word. */
export type Verdict = { code: number; text?: string } | 'take' | 'die'

/** A real mail server on this machine. */
export type MailServer = {
  /** For LETHE_SMTP_URL, without TLS. */
  url: string
  port: number
  /** The certificate to trust, as PEM. */
  ca: string
  /** What it has read to the end, whether it took it or not. */
  read: ParsedMail[]
  /** The same, as it came. */
  raw: Buffer[]
  /** To whom each of these was, as the envelope said. */
  recipients: string[][]
  /** Where each of these comes back to. */
  senders: string[]
  /** What it took. */
  taken: ParsedMail[]
  /** Who signed in to it, and whether over TLS. */
  signIns: { username: string; secure: boolean }[]
  /** Settles with the mails taken once there are so many. */
  takes: (count: number) => Promise<ParsedMail[]>
  /** Settles with the mails taken for an address once there are so many. */
  takesFor: (address: string, count?: number) => Promise<ParsedMail[]>
  /** Settles once it has read so many mails to the end. */
  reads: (count: number) => Promise<ParsedMail[]>
  /** What it says to the recipient, and after the mail. */
  judge: { recipient: (to: { address: string }) => Verdict | Promise<Verdict>; mail: () => Verdict | Promise<Verdict> }
  close: () => Promise<void>
}

/** Starts one. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const { cert, private: key } = await certificate
  const news = new EventEmitter()
  const sockets = new Map<string, Socket>()
  const read: ParsedMail[] = []
  const raw: Buffer[] = []
  const recipients: string[][] = []
  const senders: string[] = []
  const taken: ParsedMail[] = []
  const signIns: MailServer['signIns'] = []
  const judge: MailServer['judge'] = { recipient: () => 'take', mail: () => 'take' }
  const say = (verdict: Verdict, sessionId: string, done: (error?: Error) => void) => {
    if (verdict === 'die') sockets.get(sessionId)?.destroy()
    else if (verdict === 'take') done()
    else done(Object.assign(new Error(verdict.text ?? 'no'), { responseCode: verdict.code }))
  }
  const server = new SMTPServer({
    key,
    cert,
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 0,
    onAuth: ({ username = '', password }, { secure }, done) => {
      signIns.push({ username, secure })
      if (password === 'right') done(null, { user: username })
      else done(Object.assign(new Error(`no such user: ${username}`), { responseCode: 535 }))
    },
    onRcptTo: async (address, { id }, done) => say(await judge.recipient(address), id, done),
    onData: async (stream, { id, envelope }, done) => {
      const bytes = await buffer(stream).catch(() => undefined)
      if (!bytes) return // Broken off in the midst of it.
      const mail = await simpleParser(bytes)
      raw.push(bytes)
      read.push(mail)
      senders.push(envelope.mailFrom ? envelope.mailFrom.address : '')
      recipients.push(envelope.rcptTo.map(({ address }) => address))
      news.emit('read')
      const verdict = await judge.mail()
      if (verdict === 'take') {
        taken.push(mail)
        news.emit('taken')
      }
      say(verdict, id, done)
    },
    ...options,
  })
  server.on('connect', ({ id }) => {
    for (const connection of server.connections) if (connection.id === id) sockets.set(id, connection._socket)
  })
  server.on('error', () => undefined) // Clients that break off are what some tests are about.
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.server.address() as AddressInfo
  const until = async (event: string, mails: () => ParsedMail[], count: number) => {
    while (mails().length < count) await once(news, event)
    return mails()
  }
  const isFor = (address: string) => (mail: ParsedMail) =>
    [mail.to].flat().some((to) => to?.value.some((one) => one.address === address))
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    ca: cert,
    read,
    raw,
    recipients,
    senders,
    taken,
    signIns,
    takes: (count) => until('taken', () => taken, count),
    takesFor: (address, count = 1) => until('taken', () => taken.filter(isFor(address)), count),
    reads: (count) => until('read', () => read, count),
    judge,
    close: () => new Promise((done) => server.close(() => done())),
  }
}

/** A self-signed certificate for a host, and for 127.0.0.1. */
export const certificateFor = (host: string) =>
  generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: host },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })

const certificate = certificateFor('localhost')
