import { randomUUID } from 'node:crypto'
import { type Config, readConfig } from '../config.ts'
import type { WorkContext } from '../graphql/context.ts'
import { openInstallation, workIn } from '../installation.ts'
import { createLog } from '../log.ts'
import { lazyIntegration } from './integration.ts'

/**
 * Runs a command's work on the database, beside a running server or without one, and closes it afterwards. Everything it
 * writes is logged as done by the operator.
 */
export async function withStore<T>(work: (context: WorkContext, config: Config) => Promise<T>): Promise<T> {
  const settings = readConfig(process.env)
  // A bulk command may take longer over a statement than a request may.
  const config = { ...settings, timeout: Math.max(settings.timeout, 300_000) }
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel, process.stderr.isTTY)
  const installation = await openInstallation(config, { log, say })
  const integration = lazyIntegration(installation, config, log)
  try {
    const actor = { kind: 'operator', id: null } as const
    return await work(
      { ...workIn(installation, config, { actor, log }), integration, requestId: randomUUID() },
      settings,
    )
  } finally {
    await integration.close()
    await installation.close()
  }
}

/** A line for the person at the terminal; standard output is for results alone. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Aborted by Ctrl+C, so that a command can finish what it is at. Another Ctrl+C, a second later, ends it at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  let first: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      first ??= Date.now()
      if (Date.now() - first > 1000) process.exit(130)
      controller.abort()
    })
  }
  return controller.signal
}
