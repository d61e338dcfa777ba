import { createHash, timingSafeEqual } from 'node:crypto'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from '../database/client.ts'
import { queueState } from '../mail/queue.ts'
import { integrationLag } from '../modules/audit/lag.ts'
import type { Sequencer } from '../modules/audit/sequencer/sequencer.ts'
import { deliveryState } from '../modules/deliveries/sending/queue.ts'
import { recipientState } from '../modules/recipients/state.ts'
import { refusal } from './answers.ts'
import { bearerToken } from './credentials.ts'
import type { Exchange } from './exchange.ts'
import type { Health } from './health.ts'

/** The measurements of one app. */
export type Metrics = {
  /** Counts a finished request. Every label is from a fixed set: what clients make up would grow without end. */
  observe: (exchange: Exchange, request: { route: string; status: number; seconds: number }) => void
  /** All measurements, as Prometheus reads them. */
  page: () => Promise<Response>
}

const durations = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Starts measuring. */
export function createMetrics(health: Health, database: Database, sequencer?: Pick<Sequencer, 'state'>): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer a request, by route and status.',
    labelNames: ['route', 'status'],
    buckets: durations,
    registers,
  })
  const operations = new Histogram({
    name: 'graphql_operation_duration_seconds',
    help: 'Time to answer a GraphQL request, by type of operation and code of its first error.',
    labelNames: ['type', 'outcome'],
    buckets: durations,
    registers,
  })
  new Gauge({
    name: 'lethe_database_up',
    help: 'Whether the database answers within two seconds.',
    registers,
    async collect() {
      this.set((await health.databaseAnswers()) ? 1 : 0)
    },
  })
  new Gauge({
    name: 'lethe_storage_up',
    help: 'Whether the storage of files answers within two seconds.',
    registers,
    async collect() {
      this.set((await health.storageAnswers()) ? 1 : 0)
    },
  })
  // Each asks for itself: one that another sets would tell what was at the last reading. Not a number when the database is away,
  // which the gauge above tells.
  const gaugesOf =
    <State>(read: (database: Database) => Promise<State | undefined>) =>
    (name: string, help: string, tell: (state: State) => number) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const state = (await health.databaseAnswers()) ? await read(database) : undefined
          this.set(state === undefined ? Number.NaN : tell(state))
        },
      })
  const ofMails = gaugesOf(queueState)
  ofMails('lethe_mail_waiting', 'Mails that are not sent yet.', (one) => one.waiting)
  ofMails('lethe_mail_oldest_seconds', 'How long the oldest mail that is not sent yet has waited.', (one) => one.oldest)
  ofMails('lethe_mail_given_up', 'Mails of the last 30 days that nobody tries to send any more.', (one) => one.givenUp)
  const ofDeliveries = gaugesOf(deliveryState)
  ofDeliveries('lethe_webhook_waiting', 'Messages to webhooks that are not delivered yet.', (one) => one.waiting)
  ofDeliveries('lethe_webhook_oldest_seconds', 'How long the oldest of them has waited.', (one) => one.oldest)
  ofDeliveries('lethe_webhook_dead', 'Messages to webhooks that nobody tries to deliver any more.', (one) => one.dead)
  const ofRecipients = gaugesOf(recipientState)
  ofRecipients(
    'lethe_recipient_waiting',
    'What recipients are to be told (Art. 19 GDPR) and are not yet.',
    (one) => one.waiting,
  )
  ofRecipients('lethe_recipient_oldest_seconds', 'How long the oldest of that has waited.', (one) => one.oldest)
  ofRecipients('lethe_recipient_untold', 'What staff has to tell recipients by hand.', (one) => one.untold)
  ofRecipients(
    'lethe_recipient_log_behind',
    'Entries of the audit log not looked through for recipients.',
    (one) => one.behind,
  )
  new Gauge({
    name: 'lethe_audit_oldest_seconds',
    help: 'How long the oldest entry of the audit log that is not in the tree yet has waited.',
    registers,
    async collect() {
      this.set((await health.databaseAnswers()) ? await integrationLag(database) : Number.NaN)
    },
  })
  new Gauge({
    name: 'lethe_audit_fault',
    help: 'Whether this process fails to grow the tree of the audit log, or to keep copies of its checkpoints.',
    labelNames: ['of'],
    registers,
    collect() {
      const { fault, outsideFault } = sequencer?.state() ?? {}
      this.set({ of: 'tree' }, fault === undefined ? 0 : 1)
      this.set({ of: 'copies' }, outsideFault === undefined ? 0 : 1)
    },
  })
  return {
    observe({ operation = 'none', outcome }, { route, status, seconds }) {
      requests.observe({ route, status }, seconds)
      if (outcome) operations.observe({ type: operation, outcome }, seconds)
    },
    page: async () => new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } }),
  }
}

/** Why this caller may not read the measurements: the token is missing or, where none is set, they aren't on this machine. */
export function metricsRefusal(request: Request, exchange: Exchange, token: string | undefined): Response | undefined {
  if (token !== undefined) {
    if (isSame(bearerToken(request) ?? '', token)) return undefined
    const challenge = { 'www-authenticate': 'Bearer' }
    return refusal(
      exchange,
      401,
      'UNAUTHENTICATED',
      'Present the token of LETHE_METRICS_TOKEN as a bearer token.',
      challenge,
    )
  }
  // A proxy on this machine speaks for others.
  const forwarded = request.headers.has('forwarded') || request.headers.has('x-forwarded-for')
  if (!forwarded && /^(127\.|::1$|::ffff:127\.)/.test(exchange.connection.address)) return undefined
  return refusal(exchange, 403, 'FORBIDDEN', 'Only this machine may read this, unless LETHE_METRICS_TOKEN is set.')
}

// Digests are of equal length, and comparing them takes the same time wherever they differ.
const isSame = (given: string, expected: string) => timingSafeEqual(digest(given), digest(expected))

const digest = (text: string) => createHash('sha256').update(text).digest()
