import { AsyncLocalStorage } from 'node:async_hooks'

// Spans of OpenTelemetry, for those who make some. What sends them is loaded only where tracing is switched on (tracing.ts): without, each
// of these calls what it is given, and no more. No span may carry anything about a person: no values, no texts of errors.

/** What a span tells beside its name. Ids, kinds and counts. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** What somebody does, from its begin to its end. */
export type SpanOptions = {
  name: string
  kind?: 'server' | 'client' | 'internal'
  attributes?: Attributes
  /** The header `traceparent` of whoever asked for it (W3C Trace Context). */
  parent?: string | null
  /** Told only as a part of something else that is told. */
  within?: boolean
}

/** A span that has begun. */
export type Span = {
  rename: (name: string) => void
  tell: (attributes: Attributes) => void
  /** That it did not succeed, with a code that says why. */
  fail: (code: string) => void
}

/** What makes spans, once tracing is switched on. */
export type Tracer = { inSpan: <T>(options: SpanOptions, run: (span: Span) => Promise<T>) => Promise<T> }

const noSpan: Span = { rename: () => undefined, tell: () => undefined, fail: () => undefined }

let tracer: Tracer | undefined

/** Switches tracing on, for the whole process, or off. */
export function useTracer(given: Tracer | undefined): void {
  tracer = given
}

/** Does something as a span, if tracing is switched on. What it does in turn becomes a part of it. */
export const inSpan = <T>(options: SpanOptions, run: (span: Span) => Promise<T>): Promise<T> =>
  tracer ? tracer.inSpan(options, run) : run(noSpan)

/** What went wrong, without its text, which may name somebody. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' && /^\w{1,40}$/.test(error.code) ? error.code : error.name
}

const worker = new AsyncLocalStorage<string>()

/** Starts a worker whose turns are told under this name. */
export const startNamed = <T>(name: string, start: () => T): T => worker.run(name, start)

/** A turn of the worker that takes it. */
export const inTurn = <T>(turn: () => Promise<T>): Promise<T> =>
  inSpan({ name: `worker ${worker.getStore() ?? ''}`.trim() }, turn)
