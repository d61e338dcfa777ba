import pg from 'pg'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { createPlaces, type Places } from './places.ts'

/** What PostgreSQL tells every process: `NOTIFY` on a channel. */
export type Notifications = {
  /** Calls back at each notification, and whenever the connection was lost, since something may have been missed. */
  on: (channel: Channel, callback: () => void) => void
  /** What all processes count together, by the same connection. Without: each its own. */
  places?: Places
  close: () => Promise<void>
}

/** `lethe_access`: somebody's access changed. `lethe_mail`: a mail was queued. `lethe_keys`: keys were destroyed, or are rotated.
 * `lethe_audit`: somebody waits until entries are in the log's tree. `lethe_checkpoint`: it has grown. `lethe_fields`: a
 * custom field was defined or changed. `lethe_automation`: a rule is to take its turn. `lethe_consent`: something happened to
 * legal grounds. `lethe_webhooks`: a recipient is to be told of it. `lethe_wishes`: somebody typed an address to withdraw consent.
 * `lethe_packages`: an access package is to be made. `lethe_erasures`: an erasure is to be executed.
 * `lethe_report_files`: a file of a report is to be made. `lethe_report_reactions`: something is to be done with all whom a report shows. */
export type Channel = (typeof channels)[number]

const channels = [
  'lethe_access',
  'lethe_mail',
  'lethe_keys',
  'lethe_audit',
  'lethe_checkpoint',
  'lethe_automation',
  'lethe_fields',
  'lethe_consent',
  'lethe_webhooks',
  'lethe_wishes',
  'lethe_erasures',
  'lethe_packages',
  'lethe_report_files',
  'lethe_report_reactions',
] as const
const longestPause = 5000

/**
 * Listens on a connection of its own, and again after it was lost. Whoever relies on it has to do without for a while:
 * notifications make things quicker, never right.
 */
export async function listenToDatabase(url: string, log: Logger): Promise<Required<Notifications>> {
  const callbacks = new Map<Channel, (() => void)[]>()
  const call = (channel: Channel) => {
    for (const callback of callbacks.get(channel) ?? []) callback()
  }
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined
  let pause = 100
  let closed = false
  const places = createPlaces(log, () => client)

  async function connect() {
    const fresh = new pg.Client({ connectionString: url, application_name: 'lethe listener', keepAlive: true })
    fresh.on('error', (error) => log.debug({ error: loggable(error) }, 'the connection for notifications broke'))
    fresh.on('notification', ({ channel }) => isChannel(channel) && call(channel))
    fresh.on('end', () => {
      if (client !== fresh) return
      client = undefined
      channels.forEach(call)
      again()
    })
    await fresh.connect()
    await fresh.query(channels.map((channel) => `LISTEN ${channel}`).join('; '))
    client = fresh
    await places.retake()
    pause = 100
    if (closed) await fresh.end()
    else channels.forEach(call) // Of what happened in between nobody was told.
  }

  function again() {
    if (closed) return
    retry = setTimeout(() => {
      connect().catch((error: unknown) => {
        log.warn({ error: loggable(error) }, 'no connection for notifications; trying again')
        pause = Math.min(pause * 2, longestPause)
        again()
      })
    }, pause).unref()
  }

  await connect()
  return {
    on: (channel, callback) => callbacks.set(channel, [...(callbacks.get(channel) ?? []), callback]),
    places,
    close: async () => {
      closed = true
      clearTimeout(retry)
      const last = client
      client = undefined
      await last?.end()
    },
  }
}

const isChannel = (name: string): name is Channel => channels.some((channel) => channel === name)
