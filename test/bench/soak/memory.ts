import { readdir, readFile } from 'node:fs/promises'
import type { Client } from './client.ts'

/** The memory of a server at some moment, in MB. */
export type Sample = {
  /** Since the load began. */
  minutes: number
  rss: number
  heapUsed: number
  heapTotal: number
  external: number
  /** Of all connections to the database together, what isn't shared; 0 where the system doesn't tell. */
  database: number
}

/** What a server tells of its memory at /metrics, and the system of its database. */
export async function sampleOf(client: Client, data: string, minutes: number): Promise<Sample> {
  const text = await client.read('/metrics')
  const metric = (name: string) => megabytes(Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]))
  return {
    minutes,
    rss: metric('process_resident_memory_bytes'),
    heapUsed: metric('nodejs_heap_size_used_bytes'),
    heapTotal: metric('nodejs_heap_size_total_bytes'),
    external: metric('nodejs_external_memory_bytes'),
    database: await databaseOf(data),
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 104857.6) / 10

/** The anonymous memory of the embedded server's processes. */
async function databaseOf(data: string): Promise<number> {
  const parent = (await readFile(`${data}/postgres/cluster/postmaster.pid`, 'utf8').catch(() => '')).split('\n')[0]
  const found = await readdir('/proc').catch(() => [])
  const sizes = await Promise.all(
    found.map(async (pid) => {
      if (!/^\d+$/.test(pid)) return 0
      // Those that have ended meanwhile have none.
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
      if (/^PPid:\s+(\d+)/m.exec(status)?.[1] !== parent) return 0
      return Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0)
    }),
  )
  return megabytes(sizes.reduce((sum, size) => sum + size, 0) * 1024)
}

/** The straight line through samples: its slope per hour, by least squares. */
export function slopeOf(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (value: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length
  const [atMean, ofMean] = [mean(({ minutes }) => minutes), mean(of)]
  const both = mean((sample) => (sample.minutes - atMean) * (of(sample) - ofMean))
  return (both / mean(({ minutes }) => (minutes - atMean) ** 2)) * 60
}
