import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { inReadme } from '../readme.ts'
import { chart } from './chart.ts'
import { type Contender, type Contest, contenders } from './contest.ts'
import type { Round } from './run.ts'

/** What came of a contest, over all rounds. */
export type Outcome = {
  title: string
  /** The middle of the rounds, answers a second. */
  rates: Record<Contender, number>
  /** The middle of the rounds, ms of the process for one answer. */
  work: Record<Contender, number | undefined>
  ratios: { against: Contender; ratio: number; atLeast: number }[]
}

export const names: Record<Contender, string> = { limit: 'the limit', postgraphile: 'PostGraphile 5', lethe: 'Lethe' }

const picture = join(import.meta.dirname, '..', 'peers.svg')

/** Prints what came of it, and, of a whole run, writes it into README.md, with a picture. */
export async function report(
  contests: readonly Contest[],
  rounds: readonly Round[],
  { contacts, whole }: { contacts: number; whole: boolean },
): Promise<void> {
  const outcomes = contests.map((contest) => outcomeOf(contest, rounds))
  const table = tableOf(outcomes)
  console.log(`\n${table}\n`)
  if (!whole) return
  const about =
    `${contacts.toLocaleString('en')} contacts; the middle of ${rounds.length} rounds, ${new Date().toISOString().slice(0, 10)}, ` +
    `Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}) for client, server and database together.`
  await inReadme('bench', `${table}\n\n${about}`)
  await writeFile(picture, chart(outcomes))
}

function outcomeOf(contest: Contest, rounds: readonly Round[]): Outcome {
  const results = rounds.flatMap((round) => round.get(contest) ?? [])
  const of = <T>(read: (contender: Contender) => T) =>
    ({ limit: read('limit'), postgraphile: read('postgraphile'), lethe: read('lethe') }) satisfies Record<Contender, T>
  return {
    title: contest.title,
    rates: of((contender) => middle(results.map(({ [contender]: { rate } }) => rate)) ?? 0),
    work: of((contender) => middle(results.flatMap(({ [contender]: { cpu } }) => cpu ?? []))),
    // Of each round by itself: what else the machine does hits all who take turns in it.
    ratios: contest.goals.map(({ against, atLeast }) => ({
      against,
      atLeast,
      ratio: middle(results.map(({ lethe, [against]: other }) => lethe.rate / other.rate)) ?? 0,
    })),
  }
}

function tableOf(outcomes: readonly Outcome[]): string {
  const rate = (value: number) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1))
  const rows = outcomes.map(({ title, rates, work, ratios }) => {
    const reached = ratios.map(
      ({ against, ratio, atLeast }) =>
        `${ratio.toFixed(2)} × ${names[against]} (goal: ${atLeast}${ratio < atLeast ? ', missed' : ''})`,
    )
    const cells = contenders.map((contender) => {
      const ms = work[contender]
      return `${rate(rates[contender])}/s${ms === undefined ? '' : `, ${ms.toFixed(2)} ms`}`
    })
    return [title, ...cells, reached.join('; ')]
  })
  const header = ['', ...contenders.map((contender) => names[contender]), 'Lethe reaches']
  return [header, header.map((_, index) => (index === 0 || index === header.length - 1 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function middle(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}
