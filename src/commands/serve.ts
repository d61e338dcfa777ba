import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Role } from '../app.ts'
import { readConfig } from '../config.ts'
import { createLog, type Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { beSupervised, isSupervised } from '../processes/supervised.ts'

type Options = { role?: Role; workers?: number }

/** `lethe serve`, the default. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description(
      'start the server (so does lethe alone), and with it a database of its own unless DATABASE_URL names one',
    )
    .addOption(
      new Option('--role <role>', 'do one part only: answer, or work in the background (default: both)').choices([
        'api',
        'worker',
      ]),
    )
    .option('--workers <number>', 'answer by so many processes on the one port: one for each core', parseCount)
    .addHelpText('after', '\nAny number of processes may serve one database: see the README, "Many processes".')
    .action(async ({ role = 'both', workers }: Options) => {
      if (role === 'worker' && workers !== undefined) {
        throw new InvalidArgumentError('--workers are processes that answer, which --role=worker does not.')
      }
      const { serve, serveSupervised } = await import('../serve.ts') // Other commands need none of it.
      const config = readConfig(process.env)
      process.env['TZ'] = config.workingDays.timeZone // In mails and on pages, times are those of the installation.
      const log = createLog(config.logLevel, process.stderr.isTTY)
      if (workers === undefined || !isSupervised()) {
        const { close } = await serve(config, { log, out: process.stdout, role, processes: workers })
        const stop = (signal: NodeJS.Signals) => {
          log.info({ signal }, 'stopping: running requests finish first')
          end(close, log)
        }
        // Ctrl+C may come twice, from the terminal and from the process that started us.
        process.on('SIGTERM', stop).on('SIGINT', stop)
        return
      }
      process.on('SIGINT', () => undefined) // Ctrl+C reaches all of us; who supervises says when to stop.
      const supervised = beSupervised()
      process.on('SIGTERM', supervised.stop)
      try {
        const { close } = await serveSupervised(config, { log: log.child({ pid: process.pid }), supervised })
        supervised.stopping.then(() => end(close, log)).finally(supervised.leave)
      } catch (error) {
        setImmediate(supervised.leave) // Why, it tells first.
        throw error
      }
    })
}

const end = (close: () => Promise<void>, log: Logger) =>
  close().catch((error: unknown) => {
    log.fatal({ error: loggable(error) }, 'stopping failed')
    process.exitCode = 70
  })

function parseCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > 64) throw new InvalidArgumentError('A number from 1 to 64.')
  return count
}
