import { cp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { LedgerFault, type LedgerFaultKind } from '../../src/ledger/faults.ts'
import type { LedgerEntry } from '../../src/ledger/ledger.ts'
import { openLedgerFolder } from '../../src/ledger/places/folder.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { generateSigner, parseSigner } from '../../src/modules/audit/checkpoint/keys.ts'
import { filled, freshFolder, inFolders, signer } from './support.ts'

const count = 6
let sound: string
let entries: LedgerEntry[]
beforeAll(async () => {
  sound = await freshFolder()
  entries = await filled([openLedgerFolder(sound)], count)
})

const pathIn = (folder: string, sequence: number) => join(folder, `${String(sequence).padStart(12, '0')}.json`)

/** A copy of the sound ledger, to which something is done. */
async function altered(alter: (folder: string) => Promise<unknown>) {
  const folder = await freshFolder()
  await cp(sound, folder, { recursive: true })
  await alter(folder)
  return folder
}

/** What whoever reads all of it, and whoever goes on from its middle, hears; and what `lethe ledger verify` tells. */
async function faultsOf(folder: string) {
  const heard = async (work: () => Promise<unknown>) =>
    work().then(
      () => undefined,
      (error: unknown) => (error instanceof LedgerFault ? error.kind : error),
    )
  const whole = await heard(() => inFolders(folder).check())
  const rest = await heard(() => Array.fromAsync(inFolders(folder).after(entries[2])))
  const known = entries.map(({ sequence, hash }) => ({ sequence, hash, source: 'elsewhere' }))
  const { places, faults } = await verifyLedger([openLedgerFolder(folder)], [signer], known)
  return { whole, rest, told: [...(places[0]?.faults ?? []), ...faults] }
}

it('finds nothing wrong with a sound ledger', async () => {
  expect(await faultsOf(sound)).toEqual({ whole: undefined, rest: undefined, told: [] })
})

it('finds any byte that was altered, wherever it is, in whatever way', async () => {
  const bytes = (await readFile(pathIn(sound, 4))).length
  const folder = await altered(async () => undefined)
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes - 1), fc.nat(7), async (at, bit) => {
      const content = await readFile(pathIn(sound, 4))
      content[at] = (content[at] ?? 0) ^ (1 << bit)
      await writeFile(pathIn(folder, 4), content)
      const fault = await inFolders(folder)
        .check()
        .catch((error: unknown) => error)
      expect(fault).toMatchObject({ name: 'LedgerFault', place: `the folder ${folder}, entry 4` })
    }),
    { numRuns: 150 },
  )
})

it('finds each member of an entry altered, though the text is as we would write it', async () => {
  const text = await readFile(pathIn(sound, 4), 'utf8')
  const other: Record<string, unknown> = {
    sequence: 5,
    previous: '1'.repeat(64),
    at: '2020-01-01T00:00:00.000Z',
    installation: '0198a5f0-0000-7000-8000-000000000000',
    kind: 'retained_ended',
    body: { erasureId: 'erasure of somebody else' },
    key: '00000000',
    signature: Buffer.alloc(64).toString('base64'),
  }
  const { signature } = JSON.parse(text)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  // The same bytes, written in another way.
  const rewritten = signature.replace(/.==$/, (end: string) => `${alphabet[alphabet.indexOf(end[0] ?? '') ^ 1]}==`)
  expect(Buffer.from(rewritten, 'base64')).toEqual(Buffer.from(signature, 'base64'))
  const resigned = await altered((to) => writeFile(pathIn(to, 4), text.replace(signature, rewritten)))
  expect((await faultsOf(resigned)).whole).toBe('tampered')
  expect(Object.keys(other).toSorted()).toEqual(Object.keys(JSON.parse(text)))
  for (const [name, value] of Object.entries(other)) {
    const changed = JSON.stringify({ ...JSON.parse(text), [name]: value })
    const folder = await altered((to) => writeFile(pathIn(to, 4), changed))
    const { whole, rest } = await faultsOf(folder)
    expect([name, whole, rest]).toEqual([
      name,
      ...Array.from({ length: 2 }, () => (name === 'key' ? 'foreign' : 'tampered')),
    ])
  }
})

describe.each<
  [
    what: string,
    alter: (folder: string) => Promise<unknown>,
    whole: LedgerFaultKind | undefined,
    rest: LedgerFaultKind | undefined,
    told: string,
  ]
>([
  ['an entry is cut off', (to) => truncate(pathIn(to, 5), 100), 'tampered', 'tampered', 'altered or cut off'],
  ['an entry is empty', (to) => truncate(pathIn(to, 5), 0), 'tampered', 'tampered', 'altered or cut off'],
  [
    'something stands behind an entry',
    (to) => readFile(pathIn(to, 5)).then((text) => writeFile(pathIn(to, 5), `${text}\n`)),
    'tampered',
    'tampered',
    'altered',
  ],
  [
    'two entries are swapped',
    async (to) => {
      await rename(pathIn(to, 4), join(to, 'aside'))
      await rename(pathIn(to, 5), pathIn(to, 4))
      await rename(join(to, 'aside'), pathIn(to, 5))
    },
    'tampered',
    'tampered',
    'entry 5 stands in its place',
  ],
  ['one in the middle is removed', (to) => rm(pathIn(to, 4)), 'tampered', 'tampered', 'it is gone'],
  ['the first is removed', (to) => rm(pathIn(to, 1)), 'tampered', undefined, 'it is gone'],
  [
    'one is removed and the others moved up',
    async (to) => {
      for (const at of [4, 5]) await rename(pathIn(to, at + 1), pathIn(to, at))
    },
    'tampered',
    'tampered',
    'stands in its place',
  ],
  // Whoever has nothing to compare it with can't know.
  ['the newest is removed', (to) => rm(pathIn(to, 6)), undefined, undefined, 'lacks entry 6, which elsewhere knows'],
  [
    'the newest that is known is removed, and those after',
    async (to) => {
      for (const at of [3, 4, 5, 6]) await rm(pathIn(to, at))
    },
    undefined,
    'stale',
    'lacks entry 3',
  ],
  ['all are removed', (to) => rm(to, { recursive: true }), undefined, 'missing', 'there are no entries'],
])('when %s', (_what, alter, whole, rest, told) => {
  it(`says so: ${told}`, async () => {
    const found = await faultsOf(await altered(alter))
    expect([found.whole, found.rest]).toEqual([whole, rest])
    expect(found.told.map(({ message }) => message).join('\n')).toContain(told)
  })
})

it('refuses a ledger that another key signed, or another installation wrote', async () => {
  const forged = await freshFolder()
  await filled([openLedgerFolder(forged)], count, parseSigner(generateSigner('lethe.test/ledger')))
  expect((await faultsOf(forged)).whole).toBe('foreign')
  const oneForged = await altered((to) => cp(pathIn(forged, 4), pathIn(to, 4)))
  expect(await faultsOf(oneForged)).toMatchObject({ whole: 'foreign', rest: 'foreign' })
  const another = await freshFolder()
  await filled([openLedgerFolder(another)], count)
  expect((await faultsOf(another)).rest).toBe('forked')
  const mixed = await altered((to) => cp(pathIn(another, 4), pathIn(to, 4)))
  expect(await faultsOf(mixed)).toMatchObject({ whole: 'forked', rest: 'forked' })
})

it('refuses a copy that went on by itself', async () => {
  const copy = await altered(async (to) => {
    for (const at of [3, 4, 5, 6]) await rm(pathIn(to, at))
    const parallel = inFolders(to)
    for (const n of [1, 2, 3, 4, 5]) await parallel.append('erased', { erasureId: `parallel ${n}` })
  })
  const { whole, rest, told } = await faultsOf(copy)
  expect([whole, rest]).toEqual([undefined, 'forked'])
  expect(told[0]?.message).toContain('it is not the one that elsewhere knows')
  const patched = await altered((to) => cp(pathIn(copy, 5), pathIn(to, 5)))
  expect(await faultsOf(patched)).toMatchObject({ whole: 'forked', rest: 'forked' })
})

it('tells all that is wrong, not only the first', async () => {
  const folder = await altered(async (to) => {
    await truncate(pathIn(to, 2), 50)
    await rm(pathIn(to, 5))
  })
  const { told } = await faultsOf(folder)
  expect(told.map(({ place }) => place)).toEqual([`the folder ${folder}, entry 2`, `the folder ${folder}, entry 5`])
})

it('takes no notice of what a killed writer left, or of files of others', async () => {
  const folder = await altered(async (to) => {
    await writeFile(`${pathIn(to, 7)}.0198a5f0-0000-7000-8000-000000000000`, '{"seq')
    await writeFile(join(to, 'README'), 'the ledger')
  })
  expect(await inFolders(folder).check()).toBe(count)
  await inFolders(folder).append('erased', {})
  expect(await inFolders(folder).check()).toBe(count + 1)
  expect(await readdir(folder)).toHaveLength(count + 3)
})
