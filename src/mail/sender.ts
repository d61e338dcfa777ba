import type { ConnectionOptions } from 'node:tls'
import type { Database } from '../database/client.ts'
import type { Notifications } from '../database/listen.ts'
import { isUnavailable } from '../database/sql-errors.ts'
import type { Keys } from '../keys/keys.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import type { Secrets } from '../secrets.ts'
import { inSpan } from '../telemetry/spans.ts'
import { aboutAddress } from './bounces/status.ts'
import { createDelivery, type Deliver } from './delivery.ts'
import { type Message, openContactMessage, openMessage } from './outbox.ts'
import {
  type ClaimedMail,
  claimMail,
  type Fault,
  forgetOldMails,
  holdOn,
  nextDue,
  noteCancelled,
  noteFault,
  noteSent,
  type Writer,
} from './queue.ts'
import type { MailSettings } from './settings.ts'

/** What sends the queued mails. */
export type MailSender = {
  /** Takes no more mails, and waits for those that are on the wire: at most for the grace period. */
  close: () => Promise<void>
}

/** What a sender works with. */
export type SenderDependencies = {
  database: Database
  secrets: Secrets
  keys: Keys
  log: Logger
  /** Asked about mails to contacts. Without: none of these is sent. */
  rules?: ContactMailRules
  /** What writes mails of some kinds right before they are sent, by kind. */
  writers?: MailWriters
  mail: MailSettings
  /** Milliseconds that a mail on the wire gets at the end. */
  grace: number
  /** From PostgreSQL, so that a mail is sent when it is queued. Without: within half a minute. */
  notifications?: Notifications
  /** For tests: whom to trust. */
  tls?: Pick<ConnectionOptions, 'ca'>
}

/** What decides over mails to contacts, and tells the log what became of them. */
export type ContactMailRules = {
  /** Why a mail may not be sent (any more); nothing if it may. Asked right before it is sent. */
  obstacle: (mail: ClaimedMail) => Promise<string | undefined>
  /** Notes by `note` what became of a mail, and tells the log, both or neither. */
  settle: (mail: ClaimedMail, state: 'sent' | 'cancelled', note: (tx: Writer) => Promise<void>) => Promise<void>
  /** Told that the mail server refused the address for good. */
  undeliverable?: (mail: Pick<ClaimedMail, 'id'>, status: string) => Promise<void>
}

/**
 * Write mails of some kinds at the moment that they are sent, so that they tell how it is then. What was queued says no more than
 * what they have to know. They tell why a mail is not sent any more: names nobody.
 */
export type MailWriters = Readonly<
  Record<string, (mail: ClaimedMail, queued: Message, options: { small: boolean }) => Promise<Message | Obstructed>>
>

type Obstructed = { obstacle: string }

const pollEvery = 30_000
const shortestWait = 250
const mostAtOnce = 4
const noteAgainEvery = 1000
const holdEvery = 60_000

/**
 * Sends what is queued, for as long as the process runs. Any number of processes may: PostgreSQL gives each mail to one of
 * them at a time. A mail counts as sent when the mail server has confirmed it and that is noted; when it isn't known
 * whether the server took it, it is sent again with the same Message-ID and marked.
 */
export function startMailSender(dependencies: SenderDependencies): MailSender {
  const { database, log, notifications, grace } = dependencies
  const deliver = createDelivery(dependencies.mail, dependencies.secrets, dependencies.tls)
  const stop = new AbortController()
  const lanes = new Set<Promise<void>>()
  let closing = false
  let called = false
  let timer: NodeJS.Timeout | undefined

  /** Lets one more lane look whether there is something to send. */
  function wake() {
    if (closing) return
    if (lanes.size === mostAtOnce) {
      called = true // All are at work; who is done first looks again.
      return
    }
    const lane = sendAll()
      .catch((error: unknown) => log.warn({ error: loggable(error) }, 'the queue of mails is not in reach'))
      .finally(() => {
        lanes.delete(lane)
        if (called) {
          called = false
          wake()
        }
      })
    lanes.add(lane)
  }

  async function sendAll() {
    for (let mail = await next(); mail; mail = await next()) {
      wake() // Where there is one there may be more.
      const claimed = mail
      await inSpan({ name: 'worker mails' }, () => send(claimed, { ...dependencies, deliver, stop: stop.signal }))
    }
    await schedule()
  }

  const next = async () => (closing ? undefined : claimMail(database))

  async function schedule() {
    const wait = (await nextDue(database)) ?? pollEvery
    if (closing) return
    clearTimeout(timer)
    timer = setTimeout(wake, Math.min(Math.max(wait, shortestWait), pollEvery)).unref()
  }
  const poll = setInterval(() => {
    wake()
    forgetOldMails(database).catch((error: unknown) => log.debug({ error: loggable(error) }, 'old mails stay'))
  }, pollEvery).unref()

  notifications?.on('lethe_mail', wake)
  wake()
  return {
    close: async () => {
      closing = true
      clearTimeout(timer)
      clearInterval(poll)
      const late = setTimeout(() => stop.abort(), grace)
      await Promise.all(lanes).finally(() => clearTimeout(late))
    },
  }
}

type Tools = Pick<SenderDependencies, 'database' | 'secrets' | 'keys' | 'log' | 'rules' | 'writers'> & {
  deliver: Deliver
  stop: AbortSignal
}

async function send(mail: ClaimedMail, tools: Tools) {
  const { database, log, stop } = tools
  const { id, kind, attempts, perhapsTwice } = mail
  const facts = { mail: id, kind, attempts }
  if (perhapsTwice) log.warn(facts, 'nobody knows whether this mail was taken before: perhaps it is sent twice')
  const outcome = await attempt(mail, tools)
  if (outcome === 'taken over') return
  await insistently(stop, async () => {
    if ('obstacle' in outcome) {
      await settle(mail, 'cancelled', tools, (tx) => noteCancelled(tx, mail, outcome.obstacle))
      log.info({ ...facts, obstacle: outcome.obstacle }, 'mail cancelled')
      return
    }
    if (!('text' in outcome)) {
      await settle(mail, 'sent', tools, (tx) => noteSent(tx, mail))
      log.debug(facts, 'mail sent')
      return
    }
    const state = await noteFault(database, mail, outcome)
    log.warn({ ...facts, fault: outcome.text, state }, state === 'failed' ? 'mail given up' : 'mail not sent yet')
    const { status } = outcome
    if (state === 'failed' && status && aboutAddress(status)) await tools.rules?.undeliverable?.(mail, status)
  })
}

const settle = (
  mail: ClaimedMail,
  state: 'sent' | 'cancelled',
  { database, rules }: Tools,
  note: (tx: Writer) => Promise<void>,
) => (mail.contactId && rules ? rules.settle(mail, state, note) : note(database))

type Outcome = Fault | Obstructed | { sent: true } | 'taken over'

async function attempt(mail: ClaimedMail, tools: Tools): Promise<Outcome> {
  const { database, log, deliver, stop, rules, writers } = tools
  const { id, createdAt } = mail
  const fault = (text: string, permanent = false) => ({ text, permanent, perhapsTaken: false })
  if (mail.expired) return fault('It expired before it could be sent.', true)
  try {
    const obstacle = isAboutSomebody(mail) ? await (rules?.obstacle(mail) ?? 'unknown') : undefined
    if (obstacle) return { obstacle }
  } catch (error) {
    log.warn({ mail: id, error: loggable(error) }, 'whether a mail may be sent can not be found out now')
    return fault('Whether it may be sent could not be found out.')
  }
  let message: Message
  try {
    message = await opened(mail, tools)
  } catch (error) {
    log.error({ mail: id, error: loggable(error) }, 'a queued mail is not readable')
    return fault('It is not readable here: has LETHE_SECRET changed?')
  }
  const write = writers && Object.hasOwn(writers, mail.kind) ? writers[mail.kind] : undefined

  /** What takes long to write is ours all the same: else others would begin it again and again. */
  async function heldWhile<Made>(making: Promise<Made>): Promise<Made> {
    const hold = () =>
      void holdOn(database, mail).catch((error: unknown) => log.debug({ mail: id, error: loggable(error) }, 'not held'))
    const timer = setInterval(hold, holdEvery)
    return making.finally(() => clearInterval(timer))
  }

  /** Writes it, if it is written only now, and hands it to the mail server. */
  async function writeAndDeliver(small: boolean): Promise<Outcome> {
    let written = message
    if (write) {
      try {
        const found = await heldWhile(write(mail, message, { small }))
        if ('obstacle' in found) return found
        written = found
      } catch (error) {
        log.error({ mail: id, error: loggable(error) }, 'a mail could not be written')
        return fault('It could not be written now; the log tells more.')
      }
      if (!(await holdOn(database, mail))) return 'taken over'
    }
    try {
      return (await deliver({ ...written, id, createdAt }, stop)) ?? { sent: true }
    } catch (error) {
      log.error({ mail: id, error: loggable(error) }, 'a mail could not be made')
      return fault('Something broke on our side; the log tells more.')
    }
  }

  const outcome = await writeAndDeliver(false)
  if (!write || typeof outcome === 'string' || !('tooLarge' in outcome) || !outcome.tooLarge) return outcome
  log.warn({ mail: id, kind: mail.kind }, 'a mail was too large for the mail server: it goes without what was attached')
  return writeAndDeliver(true)
}

const opened = async (mail: ClaimedMail, { secrets, keys }: Tools): Promise<Message> =>
  mail.contactId ? openContactMessage(keys, { ...mail, contactId: mail.contactId }) : openMessage(secrets, mail)

const isAboutSomebody = ({ contactId, aboutRequest }: ClaimedMail) => contactId !== null || aboutRequest !== null

/** Until the database is back, or we have to stop: what isn't noted is sent again. */
async function insistently(stop: AbortSignal, note: () => Promise<void>) {
  for (;;) {
    try {
      return await note()
    } catch (error) {
      if (!isUnavailable(error) || stop.aborted) throw error
      await new Promise((done) => setTimeout(done, noteAgainEvery))
    }
  }
}
