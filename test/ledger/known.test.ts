import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { readAnchors } from '../../src/ledger/anchors.ts'
import { refuseLedgerWithin } from '../../src/ledger/apart.ts'
import type { LedgerEntry } from '../../src/ledger/ledger.ts'
import { openLedgerFolder } from '../../src/ledger/places/folder.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { freshDatabase, freshKeystore, ownerOf } from '../support/database.ts'
import { filled, freshFolder, signer } from './support.ts'

let folder: string
let entries: LedgerEntry[]
let files: string
beforeAll(async () => {
  folder = await freshFolder()
  entries = await filled([openLedgerFolder(folder)], 4)
  files = await mkdtemp(join(tmpdir(), 'lethe-known-'))
})

async function faultsAgainst(...given: string[]) {
  const { places, faults } = await verifyLedger([openLedgerFolder(folder)], [signer], await readAnchors(given))
  return [...(places[0]?.faults ?? []), ...faults].map(({ kind, reason }) => `${kind}: ${reason}`)
}
const file = async (name: string, text: string) => {
  await writeFile(join(files, name), text)
  return join(files, name)
}
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

it('is proved by what was printed, by certificates, signed or not, and by several at once', async () => {
  const [, second, third, fourth] = entries
  const position = ({ sequence, hash }: Partial<LedgerEntry> = {}) => ({ sequence, hash })
  const line = `${fourth?.sequence} ${fourth?.hash}`
  const printed = await file('printed.txt', `Newest entry: ${line}\nInstallation: ${fourth?.installation}\n`)
  const plain = await file('plain.json', JSON.stringify({ erasure: { ledger: position(second) } }))
  const compact = await file(
    'compact.jws',
    `${encoded({ alg: 'EdDSA' })}.${encoded({ ledger: position(third) })}.c2ln\n`,
  )
  const general = await file(
    'general.json',
    JSON.stringify({ payload: encoded({ ledger: position(third) }), signatures: [] }),
  )
  expect(await faultsAgainst(line, printed, plain, compact, general)).toEqual([])
  const other = 'a'.repeat(64)
  const lost = await file('lost.jws', `${encoded({})}.${encoded({ ledger: { sequence: 9, hash: other } })}.c2ln`)
  expect(await faultsAgainst(`2 ${other}`, lost)).toEqual([
    `forked: it is not the one that 2 ${other} knows.`,
    `stale: it lacks entry 9, which ${lost} knows.`,
  ])
  await expect(readAnchors([await file('nothing.txt', 'nothing')])).rejects.toThrow('names no entry')
  await expect(readAnchors([join(files, 'none')])).rejects.toThrow("can't be read")
})

it('is kept where the settings say', async () => {
  const access = { LETHE_S3_ACCESS_KEY: 'a', LETHE_S3_SECRET_KEY: 'b' }
  const places = (settings: Record<string, string>) =>
    readConfig({ LETHE_DATA: '/data', ...settings }).ledger.map((place) =>
      place.kind === 'bucket'
        ? `${place.bucket.name}/${place.bucket.prefix}`
        : place.kind === 'table'
          ? place.url
          : place.path,
    )
  expect(places({})).toEqual(['/data/ledger'])
  // Where files lie elsewhere, a copy of the data folder can't set the ledger back unnoticed.
  expect(places({ ...access, LETHE_S3_BUCKET: 'files', LETHE_S3_PREFIX: 'lethe/' })).toEqual([
    '/data/ledger',
    'files/lethe/ledger/',
  ])
  const several = ['s3://worm/lethe', 'postgresql://ledger@other.example/ledger', '/mnt/ledger']
  // In the same order for every process, however each was told.
  for (const order of [several, several.toReversed()]) {
    expect(places({ ...access, LETHE_LEDGER: order.join(' ') })).toEqual([
      '/mnt/ledger',
      'postgresql://ledger@other.example/ledger',
      'worm/lethe/',
    ])
  }
  expect(() => places({ LETHE_LEDGER: 's3://worm/lethe' })).toThrow('LETHE_LEDGER needs LETHE_S3_ACCESS_KEY')
  expect(() => places({ LETHE_LEDGER: 'https://ledger.example' })).toThrow('LETHE_LEDGER must be a folder')
})

it('is not kept in a database that it watches over', async () => {
  const [url, keystoreUrl] = [await freshDatabase(), await freshKeystore()]
  const databases = { DATABASE_URL: url, KEYSTORE_URL: keystoreUrl }
  const refused = (to: string) => refuseLedgerWithin([{ kind: 'table', url: to }], databases)
  await expect(refused(ownerOf(url))).rejects.toThrow('LETHE_LEDGER and DATABASE_URL lead to the same database')
  await expect(refused(keystoreUrl)).rejects.toThrow('LETHE_LEDGER and KEYSTORE_URL lead to the same database')
  await refused(ownerOf(await freshDatabase()))
})
