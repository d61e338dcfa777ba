import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { loggable } from '../log-error.ts'

/** `lethe serve`, the default. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description(
      'start the server (so does lethe alone), and with it a database of its own unless DATABASE_URL names one',
    )
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
      // Ctrl+C may come twice, from the terminal and from the process that started us.
      process.on('SIGTERM', stop).on('SIGINT', stop)
    })
}
