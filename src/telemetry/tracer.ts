import { AsyncLocalStorage } from 'node:async_hooks'
import { type Span as OtelSpan, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import package_ from '../../package.json' with { type: 'json' }
import type { TracingSettings } from './settings.ts'
import { type Attributes, codeOf, type Span, type SpanOptions, type Tracer } from './spans.ts'

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL }

/** Makes spans by OpenTelemetry's SDK, and sends them in batches. */
export function createTracer({ url, headers, service, sampler }: TracingSettings): {
  tracer: Tracer
  shutdown: () => Promise<void>
} {
  const named = resourceFromAttributes({ 'service.name': service, 'service.version': package_.version })
  const provider = new TracerProvider({
    // Of the machine and the command line nothing is told but what OTEL_RESOURCE_ATTRIBUTES says.
    resource: named.merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(sampler),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url, headers }) })],
  })
  const source = provider.getTracer('lethe', package_.version)
  const current = new AsyncLocalStorage<OtelSpan>()

  async function inSpan<T>(options: SpanOptions, run: (span: Span) => Promise<T>): Promise<T> {
    const { name, kind = 'internal', attributes = {}, parent, within = false } = options
    const above = current.getStore()
    if (within && !above) return run(handleOf(undefined))
    const context = above ? trace.setSpan(ROOT_CONTEXT, above) : contextOf(parent)
    const span = source.startSpan(name, { kind: kinds[kind], attributes: { ...attributes } }, context)
    try {
      return await current.run(span, () => run(handleOf(span)))
    } catch (error) {
      fail(span, codeOf(error))
      throw error
    } finally {
      span.end()
    }
  }
  return { tracer: { inSpan }, shutdown: () => provider.shutdown() }
}

const handleOf = (span: OtelSpan | undefined): Span => ({
  rename: (name) => span?.updateName(name),
  tell: (attributes: Attributes) => span?.setAttributes({ ...attributes }),
  fail: (code) => span && fail(span, code),
})

function fail(span: OtelSpan, code: string) {
  span.setStatus({ code: SpanStatusCode.ERROR })
  span.setAttribute('error.type', code)
}

/** What the caller's trace is. Its `tracestate` is left out: anything may be in there. */
function contextOf(traceparent: string | null | undefined) {
  const [, traceId = '', spanId = '', flags = ''] =
    /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-.*)?$/.exec(traceparent ?? '') ??
    []
  if (!traceId) return ROOT_CONTEXT
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
  })
}

function samplerOf({ name, ratio }: TracingSettings['sampler']): Sampler {
  const roots = {
    always_on: new AlwaysOnSampler(),
    always_off: new AlwaysOffSampler(),
    traceidratio: new TraceIdRatioBasedSampler(ratio),
  }
  const root = Object.entries(roots).find(([kind]) => name.endsWith(kind))?.[1] ?? roots.always_on
  return name.startsWith('parentbased') ? new ParentBasedSampler({ root }) : root
}
