import { pino } from 'pino'

export type Logger = pino.Logger

/**
 * The structured log: one JSON object a line on standard error, or readable lines on a terminal. It carries ids and
 * codes, never personal data.
 */
export function createLog(level: string, pretty: boolean): Logger {
  if (!pretty) return pino({ level, base: null }, pino.destination(2))
  return pino({
    level,
    base: null,
    transport: { target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname' } },
  })
}
