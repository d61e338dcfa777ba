import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, test } from 'vitest'
import { generateSigner, parseSigner, printVerifier, renamed } from '../../src/modules/audit/checkpoint/keys.ts'
import { signCheckpoint } from '../../src/modules/audit/checkpoint/note.ts'
import { emptyRoot } from '../../src/modules/audit/tree/hashing.ts'
import { run } from '../support/context.ts'
import { inFolder } from '../support/lethe.ts'
import { type Log, makeLog } from './support.ts'

// What the README tells third parties to do, done to what GraphQL gives.

let log: Log
let functions: string
let commands: string[]
beforeAll(async () => {
  log = await makeLog({ entries: 60, between: 7 })
  const readme = await readFile(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')
  const [, section = ''] = readme.split('\n## Verifying the audit log\n')
  const blocks = [...(section.split('\n## ')[0] ?? '').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)
  functions = blocks[0] ?? ''
  commands = (blocks[1] ?? '').trim().split('\n')
})

/** The files that the README says to make. */
type Files = Record<'verifier' | 'checkpoint' | 'leaf' | 'hashes' | 'earlier' | 'growth', string> & { index: string }

/** Asks GraphQL for the proof of the entry with this leaf, and of the log's growth since an earlier checkpoint. */
async function filesFor(leafIndex: number, from: number): Promise<Files> {
  const { rows } = await log.client.query('SELECT entry_id AS id FROM audit_leaf WHERE leaf_index = $1', [leafIndex])
  const { data, errors } = await run(
    log.context,
    `query ($id: ID!, $from: SafeInt!) {
      auditProof(entryId: $id) { leaf inclusion { index hashes checkpoint { note } } }
      auditConsistency(from: $from) { hashes from { note } }
    }`,
    { id: rows[0].id, from },
  )
  expect(errors).toEqual([])
  const { leaf, inclusion } = data.auditProof
  const lines = (hashes: string[]) => hashes.map((hash) => `${hash}\n`).join('')
  return {
    verifier: `${log.verifiers.map(printVerifier)[0]}\n`,
    checkpoint: inclusion.checkpoint.note,
    leaf,
    hashes: lines(inclusion.hashes),
    index: `${inclusion.index}`,
    earlier: data.auditConsistency.from.note,
    growth: lines(data.auditConsistency.hashes),
  }
}

/** Runs one of the README's commands in a plain shell. */
const check = ({ index, ...files }: Files, name: string) =>
  inFolder(async (folder) => {
    for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content)
    const command = commands.find((line) => line.startsWith(name))?.replace(' 42 ', ` ${index} `) ?? 'exit 99'
    const shell = spawn('sh', ['-c', `${functions}\n${command}`], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const [output, complaints, code] = await Promise.all([
      text(shell.stdout),
      text(shell.stderr),
      new Promise((done) => shell.once('close', done)),
    ])
    return { code, said: `${output}${complaints}` }
  })

const sizes = () => log.notes.map((note) => Number(note.split('\n')[1]))

const good = { code: 0, said: expect.stringMatching(/^good: .*\n$/) }
const wrong = { code: 1, said: expect.stringMatching(/^WRONG: .*\n$/) }

/** Another letter in the middle. */
const damaged = (content: string) => {
  const at = Math.floor(content.length / 2)
  return `${content.slice(0, at)}${content[at] === 'A' ? 'B' : 'A'}${content.slice(at + 1)}`
}

describe('what the README tells third parties', { timeout: 300_000 }, () => {
  test('shows that each checkpoint is signed, that entries are in the log, and that it only grew', async () => {
    const all = sizes()
    expect(commands).toHaveLength(3)
    for (const [at, size] of all.entries()) {
      const files = await filesFor(Math.max(0, size - 1 - (at % 5)), size)
      expect.soft(await check({ ...files, checkpoint: files.earlier }, 'check_checkpoint'), `${size}`).toEqual(good)
      expect.soft(await check(files, 'check_entry'), `leaf ${files.index} of ${all.at(-1)}`).toEqual(good)
      expect.soft(await check(files, 'check_growth'), `from ${size}`).toEqual(good)
    }
  })

  test('shows that a checkpoint of a later epoch is signed', async () => {
    const signer = await log.signing.signer()
    const note = signCheckpoint(renamed(signer, `${signer.name}/epoch-2`), { size: 7, root: emptyRoot })
    const files = await filesFor(17, sizes()[3] ?? 0)
    expect(await check({ ...files, checkpoint: note }, 'check_checkpoint')).toEqual(good)
    // The key as it is handed out in that epoch shows the same of all epochs.
    const verifier = printVerifier(renamed(signer, `${signer.name}/epoch-2`))
    for (const checkpoint of [note, files.checkpoint]) {
      expect(await check({ ...files, verifier, checkpoint }, 'check_checkpoint')).toEqual(good)
    }
  })

  test('fails when anything is not as it was', async () => {
    const files = await filesFor(17, sizes()[3] ?? 0)
    const [note = '', ...others] = log.notes
    const stranger = printVerifier(parseSigner(generateSigner(log.verifiers[0]?.name ?? '')))
    const [origin] = files.checkpoint.split('\n')
    const cases: [string, Partial<Files>][] = [
      ['check_checkpoint', { checkpoint: files.checkpoint.replace(/^\d+$/m, '99') }],
      ['check_checkpoint', { checkpoint: files.checkpoint.replace(origin ?? '', 'other.example/audit') }],
      ['check_checkpoint', { checkpoint: files.checkpoint.replaceAll(origin ?? '', `${origin}/epoch-2`) }],
      ['check_checkpoint', { checkpoint: files.checkpoint.replace(/[^\n]{6}\n$/, 'AAAAAA\n') }],
      ['check_checkpoint', { checkpoint: files.checkpoint.replace(/\n\n.*\n/, '') }],
      ['check_checkpoint', { verifier: stranger }],
      ['check_entry', { leaf: damaged(files.leaf) }],
      ['check_entry', { leaf: `${files.leaf}\n` }],
      ['check_entry', { hashes: damaged(files.hashes) }],
      ['check_entry', { hashes: files.hashes.split('\n').slice(1).join('\n') }],
      ['check_entry', { hashes: `${files.hashes}${files.hashes}` }],
      ['check_entry', { index: '18' }],
      ['check_entry', { index: '1000' }],
      ['check_entry', { checkpoint: others.at(-2) ?? '' }],
      ['check_growth', { earlier: note }],
      ['check_growth', { growth: damaged(files.growth) }],
      ['check_growth', { growth: '' }],
      ['check_growth', { checkpoint: others.at(-2) ?? '' }],
    ]
    for (const [name, difference] of cases) {
      expect
        .soft(await check({ ...files, ...difference }, name), `${name} ${JSON.stringify(difference)}`)
        .toEqual(wrong)
    }
  })
})
