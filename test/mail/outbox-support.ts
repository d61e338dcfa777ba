import { randomBytes, randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { expect } from 'vitest'
import { type Database, openDatabase } from '../../src/database/client.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { transact } from '../../src/database/transact.ts'
import { type NewMail, queueMail } from '../../src/mail/outbox.ts'
import { type MailSender, type MailWriters, startMailSender } from '../../src/mail/sender.ts'
import type { MailSettings } from '../../src/mail/settings.ts'
import { createSecrets } from '../../src/secrets.ts'
import { freshDatabase, withClient } from '../support/database.ts'
import { installation } from '../support/installation.ts'
import { sharedKeys } from '../support/keys.ts'
import { startMailServer } from './mail-server.ts'

type StartOptions = Partial<Pick<MailSettings, 'smtpUrl' | 'dkim' | 'bounces'>> & {
  ca?: string
  database?: Database
  grace?: number
  writers?: MailWriters
}

/** A queue of mails on a database of its own, and a mail server. */
export type Outbox = Awaited<ReturnType<typeof openOutbox>>

export const from = 'Lethe <lethe@crm.example>'
export const link = 'https://crm.example/link#Zqtoken'

/** A mail whose parts are found again wherever they are. */
export const mail: NewMail = {
  kind: 'test',
  to: 'zqjo@example.org',
  subject: 'Zqsubject',
  text: `Hello\n\n${link}\n`,
  html: `<p>Hello <a href="${link}">${link}</a></p>`,
}

/** Opens one. Senders are started by the test. */
export async function openOutbox() {
  const url = await freshDatabase()
  const database = openDatabase(url, { connections: 8, statementTimeout: 30_000 })
  const logged: string[] = []
  const log = pino({ level: 'trace', base: null }, { write: (line: string) => logged.push(line) })
  const notifications = await listenToDatabase(url, log)
  const secrets = createSecrets(randomBytes(32))
  const senders: MailSender[] = []

  const context = () => ({
    database,
    audited: new Map(),
    actor: { kind: 'system', id: null } as const,
    requestId: randomUUID(),
    log,
    country: 'DE',
    secrets,
    keys: sharedKeys,
    storage: installation.storage,
    ledger: installation.ledger,
    publicUrl: 'https://crm.example',
    mail: true,
  })
  const rows = () => database.outgoingMail.findMany({ orderBy: { id: 'asc' } })
  const row = () => database.outgoingMail.findFirstOrThrow()
  const box = {
    url,
    database,
    logged,
    senders,
    context,
    rows,
    row,
    /** Where senders send to, unless told otherwise. */
    server: await startMailServer(),
    start: (options: StartOptions = {}): MailSender => {
      const { smtpUrl = box.server.url, ca, grace = 2000, writers, dkim, bounces } = options
      const tls = ca === undefined ? {} : { tls: { ca } }
      const dependencies = {
        database: options.database ?? database,
        secrets,
        keys: sharedKeys,
        storage: installation.storage,
        ledger: installation.ledger,
        log,
        notifications,
        grace,
        ...tls,
        ...(writers && { writers }),
      }
      const sender = startMailSender({ ...dependencies, mail: { smtpUrl, from, dkim, bounces } })
      senders.push(sender)
      return sender
    },
    queue: (changes: Partial<NewMail> = {}) =>
      transact(context(), 'test', (tx) => queueMail(tx, context(), { ...mail, ...changes })),
    /** Settles once the first mail is as it should be. */
    becomes: (expected: object) => expect.poll(row).toMatchObject(expected),
    /** So much time goes by, and then the next try is due, or the lease of a process that died has run out. */
    timePasses: (interval = '0 s') =>
      withClient(url, async (client) => {
        await client.query(
          'UPDATE outgoing_mail SET created_at = created_at - $1::interval, expires_at = expires_at - $1::interval, due_at = now()',
          [interval],
        )
        await client.query('NOTIFY lethe_mail')
      }),
    close: async () => {
      await Promise.all(senders.map((sender) => sender.close()))
      await notifications.close()
      await database.$disconnect()
      await box.server.close()
    },
  }
  return box
}
