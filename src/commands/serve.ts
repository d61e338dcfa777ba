import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { loggable } from '../log-error.ts'

/** `lethe serve`, the default. */
export function addServeCommand(program: Command): void {
  program
    .command('serve', { isDefault: true })
    .description('start the server, and with it a database of its own unless DATABASE_URL names one')
    .action(async () => {
      const { serve } = await import('../serve.ts') // Other commands need none of it.
      const config = readConfig(process.env)
      const log = createLog(config.logLevel, process.stderr.isTTY)
      const { close } = await serve(config, { log, out: process.stdout })
      const stop = (signal: NodeJS.Signals) => {
        log.info({ signal }, 'stopping: running requests finish first')
        close().catch((error: unknown) => {
          log.fatal({ error: loggable(error) }, 'stopping failed')
          process.exitCode = 70
        })
      }
      process.once('SIGTERM', stop).once('SIGINT', stop)
      stopWithNpm(() => stop('SIGTERM'))
    })
}

/**
 * `npm start` passes SIGTERM to a shell that dies of it and tells nobody. So under npm we also stop when the process that
 * started us is gone.
 */
function stopWithNpm(stop: () => void) {
  if (!process.env['npm_lifecycle_event'] || process.platform === 'win32') return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop()
  }, 500)
  timer.unref()
}
