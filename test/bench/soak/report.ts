import { inReadme } from '../readme.ts'
import { type Sample, slopeOf } from './memory.ts'

/** How much of what it has after the warm-up the server may grow by in an hour. */
const most = 0.05

const columns = [
  { title: 'Resident', of: ({ rss }: Sample) => rss },
  { title: 'Heap in use', of: ({ heapUsed }: Sample) => heapUsed },
  { title: 'Outside of the heap', of: ({ external }: Sample) => external },
  { title: 'Connections of the database', of: ({ database }: Sample) => database },
]

/** What a soak was: for how long, how much, and what of its beginning doesn't count. */
export type Soak = { contacts: number; minutes: number; rate: number; warmUp: number; answered: number }

/** The table of memory and its slope; whether that is flat. */
export function tableOf(samples: readonly Sample[], soak: Soak): { table: string; flat: boolean } {
  const rows: string[][] = [
    ['MB', ...columns.map(({ title }) => title)],
    ['---', ...columns.map(() => '--:')],
  ]
  const step = soak.minutes >= 30 ? 10 : Math.max(soak.minutes / 6, 0.1)
  for (let minute = step; minute <= soak.minutes + 0.01; minute += step) {
    // The mean of what was measured since: garbage comes and goes.
    const since = samples.filter(({ minutes }) => minutes > minute - step && minutes <= minute)
    if (since.length === 0) continue
    const mean = (of: (sample: Sample) => number) => since.reduce((sum, sample) => sum + of(sample), 0) / since.length
    const label = `minutes ${Number((minute - step).toFixed(1))} to ${Number(minute.toFixed(1))}`
    rows.push([label, ...columns.map(({ of }) => mean(of).toFixed(0))])
  }
  const settled = samples.filter(({ minutes }) => minutes >= soak.warmUp)
  const slopes = columns.map(({ of }) => slopeOf(settled, of))
  const signed = (slope: number) => `${slope < 0 ? '−' : '+'}${Math.abs(slope).toFixed(1)}`
  rows.push([`an hour, after minute ${Number(soak.warmUp.toFixed(1))}`, ...slopes.map(signed)])
  const resident = settled.reduce((sum, { rss }) => sum + rss, 0) / settled.length
  const flat = (slopes[0] ?? 0) < resident * most
  return { table: rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n'), flat }
}

/** Prints what came of a soak; in README.md too if it was a long one. */
export async function report(samples: readonly Sample[], soak: Soak): Promise<void> {
  const { table, flat } = tableOf(samples, soak)
  console.log(`\n${table}\n`)
  // Garbage comes and goes by more than that within minutes: the slope of a short one tells nothing.
  if (soak.minutes < 45) return console.log('Too short to tell whether that is flat.')
  console.log(flat ? 'Flat.' : `Not flat: more than ${most * 100} % an hour.`)
  const size = `${soak.contacts.toLocaleString('en')} contacts, ${soak.answered.toLocaleString('en')} requests in ${soak.minutes} minutes`
  await inReadme(
    'soak',
    `${table}\n\n${size}; ${flat ? 'flat' : 'not flat'}; ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}.`,
  )
}
