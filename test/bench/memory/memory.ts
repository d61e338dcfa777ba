import { createWriteStream } from 'node:fs'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { inReadme } from '../readme.ts'
import { run, type Taken } from './command.ts'

// How much memory the commands take that go through everything: `npm run bench:memory`, with 10,000 and 100,000 contacts, which are imported, verified,
// backed up and restored; `-- --contacts 1000000` for more. Prints what each took at most, and writes the table that README.md shows, if there
// were several numbers.

const { values: given } = parseArgs({ options: { contacts: { type: 'string', default: '10000,100000' } } })
const sizes = given.contacts.split(',').map(Number)

const all = new Map<number, Map<string, Taken>>()
for (const contacts of sizes) {
  console.log(`${contacts.toLocaleString('en')} contacts …`)
  const folder = await mkdtemp(join(tmpdir(), 'lethe-memory-'))
  try {
    all.set(contacts, await measure(folder, contacts))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
if (sizes.length > 1) await inReadme('memory', tableOf())

async function measure(folder: string, contacts: number): Promise<Map<string, Taken>> {
  const [data, other, file] = [join(folder, 'data'), join(folder, 'other'), join(folder, 'contacts.jsonl')]
  const [backup, keys, identity] = [join(folder, 'backup.age'), join(folder, 'keys.age'), join(folder, 'identity')]
  await Promise.all([data, other].map((path) => mkdir(path)))
  await pipeline(Readable.from(rows(contacts)), createWriteStream(file))
  const [recipient = ''] = /age1\w+/.exec((await run(data, ['backup-key', identity])).said) ?? []
  const found = new Map<string, Taken>()
  const note = async (name: string, at: string, ...command: string[]) => {
    const taken = await run(at, command)
    found.set(name, taken)
    console.log(`  ${name.padEnd(24)} ${taken.megabytes.toFixed(0)} MB, ${taken.seconds.toFixed(0)} s`)
  }
  await note('Import', data, 'import', file, '--source', 'made up', '--ground', 'contract')
  await note('Backup', data, 'backup', backup, '--recipient', recipient)
  await note('Backup of the key store', data, 'keys', 'backup', keys, '--recipient', recipient)
  for (const part of ['secret', 'audit.key', 'master.key', 'ledger', 'audit'])
    await cp(join(data, part), join(other, part), { recursive: true })
  await note('Restore of the key store', other, 'keys', 'restore', keys, '--identity', identity)
  await note('Restore', other, 'restore', backup, '--identity', identity)
  return found
}

/** JSON Lines of people who don't exist, with what most have. */
function* rows(contacts: number): Generator<string> {
  for (let number = 0; number < contacts; number++) {
    const row = {
      ...{ externalId: `memory-${number}`, givenName: `Ada ${number % 977}`, familyName: `Example ${number % 7919}` },
      ...{ organisation: `Works ${number % 331}`, jobTitle: 'Engineer' },
      emails: [{ address: `ada-${number}@example.org` }],
      phones: [{ number: `+49 30 ${String(number).padStart(8, '0')}` }],
    }
    yield `${JSON.stringify(row)}\n`
  }
}

function tableOf(): string {
  const names = [...(all.get(sizes[0] ?? 0)?.keys() ?? [])]
  const header = ['At most', ...sizes.map((size) => `${size.toLocaleString('en')} contacts`)]
  const lines = names.map((name) => [
    name,
    ...sizes.map((size) => {
      const { megabytes = 0, seconds = 0 } = all.get(size)?.get(name) ?? {}
      return `${megabytes.toFixed(0)} MB (${seconds.toFixed(0)} s)`
    }),
  ])
  const table = [header, header.map((_, index) => (index === 0 ? '---' : '--:')), ...lines]
  return `${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\nOf the command's own process; the database server has its own. ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}.`
}
