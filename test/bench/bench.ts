import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Contest } from './peers/contest.ts'
import { byId, list } from './peers/reading.ts'
import { report } from './peers/report.ts'
import { type Round, requireSame, run } from './peers/run.ts'
import { openWorld } from './peers/world.ts'
import { create, give } from './peers/writing.ts'

// How fast Lethe is beside its peers, on one PostgreSQL: `npm run bench`. Every contender is a process of its own; they take turns, round
// after round, and what counts is the ratio. Writes the table and the picture that README.md shows, if it was a run of all contests.
// `npm run bench -- --contests list --contacts 10000 --rounds 1 --seconds 5 --data folder` for a quick look.

// What reads comes first: nothing has been written then but what they were filled with.
const reading: readonly Contest[] = [list, byId]
const writing: readonly Contest[] = [create, give]

const { values: given } = parseArgs({
  options: {
    contests: { type: 'string' },
    contacts: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '8' },
    data: { type: 'string' },
  },
})
const wanted = given.contests?.split(',')
const chosen = (contests: readonly Contest[]) => contests.filter(({ name }) => !wanted || wanted.includes(name))

if (!existsSync(join(import.meta.dirname, 'node_modules'))) {
  console.log('Installing the peers …')
  execFileSync('npm', ['ci'], { cwd: import.meta.dirname, stdio: 'inherit', shell: process.platform === 'win32' })
}
console.log(`Filling a database with ${given.contacts} contacts …`)
const world = await openWorld(Number(given.contacts), given.data)
try {
  const rounds: Round[] = []
  for (const contests of [reading, writing].map(chosen)) {
    const questions = new Map(
      await Promise.all(contests.map(async (one) => [one, await one.questions(world)] as const)),
    )
    await requireSame(world, questions)
    for (let round = 0; round < Number(given.rounds); round++) {
      console.log(`Round ${round + 1}`)
      const found = await run(world, questions, Number(given.seconds))
      rounds[round] = new Map([...(rounds[round] ?? []), ...found])
    }
  }
  await report(chosen([...reading, ...writing]), rounds, { contacts: Number(given.contacts), whole: !wanted })
} finally {
  await world.close()
}
