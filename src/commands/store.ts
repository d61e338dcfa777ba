import { randomUUID } from 'node:crypto'
import { type Config, readConfig } from '../config.ts'
import { openStore, type Store } from '../database/open.ts'
import type { WorkContext } from '../graphql/context.ts'
import { createLog } from '../log.ts'
import { auditedModels } from '../modules/audited.ts'
import { modules } from '../modules/index.ts'
import { createSecrets, installationSecret } from '../secrets.ts'

/**
 * Runs a command's work on the database, beside a running server or without one, and closes it afterwards. Everything it
 * writes is logged as done by the operator.
 */
export async function withStore<T>(
  work: (context: WorkContext, config: Config, store: Store) => Promise<T>,
): Promise<T> {
  const config = readConfig(process.env)
  // A bulk command may take longer over a statement than a request may.
  const store = await openStore({ ...config, timeout: Math.max(config.timeout, 300_000) }, say)
  try {
    const context: WorkContext = {
      database: store.database,
      audited: auditedModels(modules),
      actor: { kind: 'operator', id: null },
      requestId: randomUUID(),
      log: createLog(config.logLevel === 'info' ? 'warn' : config.logLevel, process.stderr.isTTY),
      country: config.country,
      secrets: createSecrets(await installationSecret(config)),
      publicUrl: config.publicUrl ?? `https://${config.host}:${config.port}`,
      mail: config.mail !== undefined,
    }
    return await work(context, config, store)
  } finally {
    await store.close()
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
