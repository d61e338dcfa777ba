import { createHash, timingSafeEqual } from 'node:crypto'
import {
  AggregatorRegistry,
  collectDefaultMetrics,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client'
import type { Sequencer } from '../modules/audit/sequencer/sequencer.ts'
import { refusal } from './answers.ts'
import { bearerToken } from './credentials.ts'
import type { Exchange } from './exchange.ts'
import { createReader, type Sources } from './metrics/reading.ts'
import { addRequests } from './metrics/requests.ts'
import { addStores } from './metrics/stores.ts'
import { addWork } from './metrics/work.ts'

/**
 * Where measurements are registered: what a process knows of itself, which is added up where several are read as one, unless its
 * `aggregator` says otherwise; and what all processes tell alike, since they read it from the stores.
 */
export type Registries = { process: Registry; installation: Registry }

/** The measurements of one app. */
export type Metrics = {
  /** Counts a finished request. Every label is from a bounded set: what clients make up would grow without end. */
  observe: (exchange: Exchange, request: { route: string; status: number; seconds: number }) => void
  /** All measurements, as Prometheus reads them. */
  page: () => Promise<Response>
  /** What this process measured of itself, for those that share its port. */
  measured: () => Promise<Measured>
}

/** What a process measured of itself. */
export type Measured = readonly MetricObjectWithValues<MetricValue<string>>[]

type Options = Sources & {
  sequencer?: Pick<Sequencer, 'state'>
  /** What all processes measured that share this one's port, this one included: whichever answers, it is one server. */
  together?: () => Promise<readonly Measured[]>
}

/** Starts measuring. */
export function createMetrics({ together, ...sources }: Options): Metrics {
  const of: Registries = { process: new Registry(), installation: new Registry() }
  collectDefaultMetrics({ register: of.process })
  const read = createReader(sources)
  const observe = addRequests(of)
  addStores(of, sources, read)
  addWork(of, sources, read)
  const ofProcesses = async () =>
    together ? AggregatorRegistry.aggregate([...(await together())]).metrics() : of.process.metrics()
  return {
    observe,
    measured: () => of.process.getMetricsAsJSON(),
    page: async () => {
      const parts = await Promise.all([ofProcesses(), of.installation.metrics()])
      return new Response(parts.join('\n'), { headers: { 'content-type': of.process.contentType } })
    },
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
  const forwarded = ofProxies.some((name) => request.headers.has(name))
  if (!forwarded && /^(127\.|::1$|::ffff:127\.)/.test(exchange.connection.address)) return undefined
  return refusal(exchange, 403, 'FORBIDDEN', 'Only this machine may read this, unless LETHE_METRICS_TOKEN is set.')
}

const ofProxies = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via']

// Digests are of equal length, and comparing them takes the same time wherever they differ.
const isSame = (given: string, expected: string) => timingSafeEqual(digest(given), digest(expected))

const digest = (text: string) => createHash('sha256').update(text).digest()
