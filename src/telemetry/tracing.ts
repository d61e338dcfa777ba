import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import type { TracingSettings } from './settings.ts'
import { useTracer } from './spans.ts'

/** Sends spans for as long as the process runs, if the settings say where to. `close` sends what is left. */
export async function startTracing(settings: TracingSettings | undefined, log: Logger): Promise<() => Promise<void>> {
  if (!settings) return async () => undefined
  const [{ createTracer }, { traceStatements }] = await Promise.all([import('./tracer.ts'), import('./statements.ts')]) // Others need none of it.
  const { tracer, shutdown } = createTracer(settings)
  useTracer(tracer)
  const untrace = traceStatements()
  log.info({ url: new URL(settings.url).origin }, 'spans are sent')
  return async () => {
    untrace()
    useTracer(undefined)
    // What can't be sent is lost, which is told; nothing else depends on it.
    await shutdown().catch((error: unknown) => log.warn({ error: loggable(error) }, 'the last spans could not be sent'))
  }
}
