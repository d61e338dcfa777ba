import type { Environment } from '../settings.ts'

/** Where spans go, and which, as the settings of OpenTelemetry say it. */
export type TracingSettings = {
  /** The address that spans are sent to, by OTLP over HTTP as JSON. */
  url: string
  headers: Record<string, string>
  service: string
  sampler: { name: string; ratio: number }
}

/** Undefined: tracing is off. https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
export function tracingOf(env: Environment): TracingSettings | undefined {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT
  const url = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (base && `${base.replace(/\/$/, '')}/v1/traces`)
  if (!url || env.OTEL_SDK_DISABLED) return undefined
  return {
    url,
    headers: headersIn(env.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
    service: env.OTEL_SERVICE_NAME,
    sampler: { name: env.OTEL_TRACES_SAMPLER, ratio: env.OTEL_TRACES_SAMPLER_ARG },
  }
}

/** `name=value,name=value`, percent-encoded. */
const headersIn = (text: string) =>
  Object.fromEntries(
    text.split(',').flatMap((pair) => {
      const [name = '', ...value] = pair.split('=')
      return name.trim() ? [[name.trim(), decodeURIComponent(value.join('=').trim())]] : []
    }),
  )
