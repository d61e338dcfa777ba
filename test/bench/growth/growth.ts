import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openWorld, type World } from '../peers/world.ts'
import { inReadme } from '../readme.ts'
import { type Figures, measureAll } from './operations.ts'
import { plantLapsing } from './plant.ts'

// How what is asked most often grows with the number of contacts: `npm run bench:growth`, with 10,000, 100,000 and 1,000,000 of them;
// `-- --contacts 10000000` for more, `--data folder` to keep them and to begin with those that are kept, `--only search,history` for operations
// whose names begin like that. Each number has a database of its own; they are measured in turns, so that whatever else the machine does
// slows all of them. Writes the table that README.md shows, if there were several numbers and all operations.

const { values: given } = parseArgs({
  options: {
    contacts: { type: 'string', default: '10000,100000,1000000' },
    data: { type: 'string' },
    only: { type: 'string', default: '' },
  },
})
const only = given.only.toLowerCase().split(',')
const sizes = given.contacts.split(',').map(Number)
/** How much slower ten times as many contacts may make it. */
const most = 1.5

const worlds = new Map<number, World>()
const all = new Map<number, Figures>()
try {
  for (const contacts of sizes) {
    const began = performance.now()
    console.log(`${contacts.toLocaleString('en')} contacts …`)
    const world = await openWorld(contacts, given.data && join(given.data, String(contacts)))
    worlds.set(contacts, world)
    await plantLapsing(world.ownerUrl)
    console.log(`  are there after ${((performance.now() - began) / 1000).toFixed(0)} s`)
  }
  const figures = await measureAll([...worlds.values()], ({ name }) =>
    only.some((begin) => name.toLowerCase().startsWith(begin)),
  )
  for (const [index, contacts] of sizes.entries()) {
    console.log(`${contacts.toLocaleString('en')} contacts`)
    const own = figures[index] ?? new Map()
    for (const [name, { p50, p99, samples }] of own)
      console.log(`  ${name.padEnd(46)} p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (${samples} times)`)
    all.set(contacts, own)
  }
} finally {
  for (const world of worlds.values()) await world.close()
}

if (sizes.length > 1) {
  const table = tableOf(sizes)
  console.log(`\n${table}\n`)
  const about = `p50 / p99 in ms, one caller after the other, without a network; ${new Date().toISOString().slice(0, 10)}.`
  if (given.only === '') await inReadme('growth', `${table}\n\n${about}`)
}

function tableOf(of: readonly number[]): string {
  const names = [...(all.get(of[0] ?? 0)?.keys() ?? [])]
  const [before, after] = of.slice(-2)
  const ratio = `p50, ${before?.toLocaleString('en')} → ${after?.toLocaleString('en')}`
  const header = ['', ...of.map((size) => size.toLocaleString('en')), ratio]
  const rows = names.map((name) => {
    const at = (size = 0) => all.get(size)?.get(name)
    const cells = of.map((size) => `${at(size)?.p50.toFixed(1)} / ${at(size)?.p99.toFixed(1)}`)
    const times = (at(after)?.p50 ?? 0) / (at(before)?.p50 ?? 1)
    return [name, ...cells, `${times.toFixed(2)} ×${times > most ? ` (more than ${most})` : ''}`]
  })
  return [header, header.map((_, index) => (index === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}
