import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openWorld } from '../peers/world.ts'
import { inReadme } from '../readme.ts'
import { type Figures, measureAll } from './operations.ts'
import { plantLapsing } from './plant.ts'

// How what is asked most often grows with the number of contacts: `npm run bench:growth`, with 10,000, 100,000 and 1,000,000 of them;
// `-- --contacts 10000000` for more, `--data folder` to keep them and to begin with those that are kept, `--only search,history` for operations
// whose names begin like that. Each number has a database of its own, one after the other. Writes the table that README.md shows, if there were
// several numbers and all operations.

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

const all = new Map<number, Figures>()
for (const contacts of sizes) {
  let began = performance.now()
  console.log(`${contacts.toLocaleString('en')} contacts …`)
  const world = await openWorld(contacts, given.data && join(given.data, String(contacts)))
  try {
    await plantLapsing(world.ownerUrl)
    console.log(`  are there after ${((performance.now() - began) / 1000).toFixed(0)} s`)
    began = performance.now()
    const figures = await measureAll(world, ({ name }) => only.some((begin) => name.toLowerCase().startsWith(begin)))
    for (const [name, { p50, p99, samples }] of figures)
      console.log(`  ${name.padEnd(46)} p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (${samples} times)`)
    all.set(contacts, figures)
  } finally {
    await world.close()
  }
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
