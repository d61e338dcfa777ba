import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { ledgerIn } from '../../src/ledger/ledger.ts'
import { openLedgerFolder } from '../../src/ledger/places/folder.ts'
import { generateSigner, parseSigner } from '../../src/modules/audit/checkpoint/keys.ts'
import { filled, freshFolder } from './support.ts'

const key = generateSigner('lethe.test/ledger')
const script = fileURLToPath(new URL('./append-process.ts', import.meta.url))

/** Starts a writer; what it says is durable is gathered. */
function startWriter(folder: string, name: string) {
  const child = spawn(process.execPath, [script, folder, key, name], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const lines = () => said.split('\n').slice(0, -1)
  return { child, lines }
}

/** Waits until it has said so many lines, and kills it at whatever it is at then. */
async function killAfter({ child, lines }: { child: ChildProcess; lines: () => string[] }, count: number) {
  while (lines().length < count) if (child.stdout) await once(child.stdout, 'data')
  const gone = once(child, 'close')
  child.kill('SIGKILL')
  await gone
}

it('loses no entry that was acknowledged, and has none by halves, when writers are killed', async () => {
  const folder = await freshFolder()
  await filled([openLedgerFolder(folder)], 1, parseSigner(key))
  const acknowledged = new Map<number, string>()
  for (const round of [1, 2, 3]) {
    // Two at once, on one ledger.
    const writers = ['a', 'b'].map((name) => startWriter(folder, `${round}${name}`))
    await Promise.all(writers.map((writer, at) => killAfter(writer, 3 + round * (at + 2))))
    for (const line of writers.flatMap(({ lines }) => lines())) {
      const [sequence = '', hash = ''] = line.split(' ')
      expect(acknowledged.has(Number(sequence))).toBe(false)
      acknowledged.set(Number(sequence), hash)
    }
    const entries = await Array.fromAsync(ledgerIn([openLedgerFolder(folder)], parseSigner(key)).after(undefined))
    const kept = new Map(entries.map(({ sequence, hash }) => [sequence, hash]))
    for (const [sequence, hash] of acknowledged) expect(kept.get(sequence)).toBe(hash)
    // What was written and not acknowledged any more: one for each that was killed, at most.
    expect(entries.length - 1 - acknowledged.size).toBeLessThanOrEqual(2 * round)
  }
})
