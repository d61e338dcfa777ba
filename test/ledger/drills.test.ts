import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { pino } from 'pino'
import { beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { freePort } from '../../src/database/cluster.ts'
import { openLedgerFolder } from '../../src/ledger/places/folder.ts'
import type { Place } from '../../src/ledger/places/place.ts'
import { rebuildLedger } from '../../src/ledger/rebuild.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { watchLedger } from '../../src/ledger/watch.ts'
import { parseSigner } from '../../src/modules/audit/checkpoint/keys.ts'
import { serve } from '../../src/serve.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { auditKey } from '../support/environment.ts'
import { askFromTheStart, seenFromTheStart } from './asking.ts'
import { configOf, environmentOf, erase, type History, type Moment, makeHistory, restore, within } from './history.ts'
import { freshFolder } from './support.ts'

const erasures = 4
let history: History
beforeAll(async () => {
  history = await makeHistory(erasures)
}, 120_000)

const copyOfLedger = async () => {
  const folder = await freshFolder()
  await cp(history.ledger, folder, { recursive: true })
  return folder
}
const fileOf = (ledger: string, sequence: number) => join(ledger, `${String(sequence).padStart(12, '0')}.json`)
const momentOf = (at: number): Moment => {
  const moment = history.moments[at]
  if (!moment) throw new Error('no such moment')
  return moment
}

describe('a restored database is served only once everybody is erased again', () => {
  it('from whatever moment it is, and whatever moment the key store is of', async () => {
    const point = fc.nat(erasures)
    await fc.assert(
      fc.asyncProperty(point, point, async (at, keysAt) => {
        const [url, keystoreUrl] = await restore(momentOf(at), momentOf(keysAt))
        const config = await configOf(url, keystoreUrl, history.ledger, { PORT: String(await freePort()) })
        const { names, answeredBefore, said } = await seenFromTheStart(config)
        expect(names).toEqual(Array.from({ length: erasures }, (_, n) => `kept${n + 1}`))
        const lacked = erasures - Math.min(at, keysAt)
        expect(answeredBefore).toBe(lacked > 0 ? 0 : undefined)
        if (lacked > 0) expect(said).toContain(`was erased again (${lacked} entries)`)
        const { rows } = await withClient(keystoreUrl, (client) =>
          client.query('SELECT FROM contact_key WHERE wrapped IS NULL AND contact_id = ANY($1)', [history.erased]),
        )
        expect(rows).toHaveLength(erasures)
      }),
      { numRuns: 3 },
    )
  }, 240_000)

  it('and not at all, where the ledger was set back, too', async () => {
    const [url, keystoreUrl] = await restore(momentOf(erasures))
    const ledger = await copyOfLedger()
    await rm(fileOf(ledger, erasures + 1))
    const config = await configOf(url, keystoreUrl, ledger, { PORT: String(await freePort()) })
    const stop = new AbortController()
    const asked = askFromTheStart(config, stop.signal)
    const out = { write: () => undefined }
    const starting = serve(config, { log: pino({ enabled: false }), out })
    await expect(starting).rejects.toThrow('older than what it watches over')
    stop.abort()
    expect(await asked.asking.catch(() => undefined)).toBeUndefined()
    expect(asked.answers()).toBe(0)
  })
})

describe('a ledger that is lost', () => {
  /** Makes another one, and tells who is left in the database, and what it is like. */
  async function rebuilt(database: Moment, keystore: Moment, alter: (ledger: string) => Promise<unknown>) {
    const [url, keystoreUrl] = await restore(database, keystore)
    const ledger = await copyOfLedger()
    await alter(ledger)
    const config = await configOf(url, keystoreUrl, ledger)
    const draft = join(config.data, 'draft')
    const left = await within(
      config,
      async (context, { signer }) => {
        const places = [openLedgerFolder(ledger)]
        const made = { places, signer, verifiers: [signer], reason: 'a drill', draft, say: () => undefined }
        await rebuildLedger(context, made)
        const { faults, places: reports } = await verifyLedger(places, [signer], [])
        expect([...faults, ...reports.flatMap((report) => report.faults)]).toEqual([])
        const rows = await context.database.contact.findMany({ select: { id: true } })
        return rows.map(({ id }) => id)
      },
      { compares: false },
    )
    return { left: left.toSorted(), ledger }
  }
  /** Whoever was erased is so in an older database, too, by the new ledger. */
  async function expectToHold(ledger: string) {
    const [url, keystoreUrl] = await restore(momentOf(0))
    const left = await within(await configOf(url, keystoreUrl, ledger), ({ database }) => database.contact.count())
    expect(left).toBe(erasures)
  }
  const all = (ledger: string) => rm(ledger, { recursive: true })

  it('is made anew from the database alone, and works for older ones', async () => {
    const { left, ledger } = await rebuilt(momentOf(erasures), momentOf(erasures), all)
    expect(left).toEqual(history.kept.toSorted())
    await expectToHold(ledger)
  })

  it('is made anew from what is right of it, also for a database that is older', async () => {
    const { left } = await rebuilt(momentOf(1), momentOf(1), (to) => truncate(fileOf(to, 3), 60))
    // What stood in the entry that is gone nobody knows any more.
    expect(left).toEqual([...history.kept, history.erased[1]].toSorted())
    const known = await rebuilt(momentOf(2), momentOf(2), (to) => truncate(fileOf(to, 3), 60))
    expect(known.left).toEqual(history.kept.toSorted())
    await expectToHold(known.ledger)
  })

  it('is made anew though that was interrupted, and refused by a database that knows of more', async () => {
    const [url, keystoreUrl] = await restore(momentOf(1))
    const ledger = await copyOfLedger()
    const config = await configOf(url, keystoreUrl, ledger)
    const draft = join(config.data, 'draft')
    for (let at = 3; at <= erasures + 1; at++) await rm(fileOf(ledger, at))
    await truncate(fileOf(ledger, 1), 60)
    await within(
      config,
      async (context, { signer }) => {
        const place = openLedgerFolder(ledger)
        const failing: Place = {
          ...place,
          create: (sequence, text) =>
            sequence > 1 ? Promise.reject(new Error('disk full')) : place.create(sequence, text),
        }
        const rebuild = (into: Place, reason: string) =>
          rebuildLedger(context, { places: [into], signer, verifiers: [signer], reason, draft, say: () => undefined })
        await expect(rebuild(failing, 'the first time')).rejects.toThrow('disk full')
        expect(await rebuild(place, 'the second time')).toMatchObject({ head: { sequence: 2 } })
        expect(await Array.fromAsync(context.ledger.after(undefined))).toMatchObject([
          { kind: 'rebuilt', body: { reason: 'the first time' } },
          { kind: 'erased', body: { contactIds: [history.erased[0]] } },
        ])
      },
      { compares: false },
    )
    const newer = await configOf(...(await restore(momentOf(2))), ledger)
    await expect(within(newer, async () => undefined)).rejects.toThrow('older than what it watches over')
  })

  it('is made anew by a process that is killed, at whatever step: until another one finished it, nothing starts', async () => {
    const steps = 2 + 2 * (erasures + 1)
    for (const [dieAt, refusal] of [
      [4, 'interrupted after entry 1 of 5'],
      [steps, undefined],
    ] as const) {
      const ledger = await copyOfLedger()
      await truncate(fileOf(ledger, 2), 60)
      const [url, keystoreUrl] = await restore(momentOf(erasures))
      const environment = await environmentOf(url, keystoreUrl, ledger)
      const config = readConfig(environment)
      const script = fileURLToPath(new URL('./rebuild-process.ts', import.meta.url))
      const child = spawn(process.execPath, [script, String(dieAt)], { env: environment, stdio: 'ignore' })
      expect(await once(child, 'close')).toEqual([null, 'SIGKILL'])
      if (refusal) {
        await expect(within(config, async () => undefined)).rejects.toThrow(refusal)
        const { places } = await verifyLedger([openLedgerFolder(ledger)], [parseSigner(auditKey)], [])
        expect(places.flatMap(({ faults }) => faults.map(({ reason }) => reason))).toEqual([
          expect.stringContaining(refusal),
        ])
      }
      const left = await within(
        config,
        async (context, { signer }) => {
          const places = [openLedgerFolder(ledger)]
          const draft = join(config.data, 'draft')
          const rest = { reason: 'once more', draft, say: () => undefined }
          await rebuildLedger(context, { places, signer, verifiers: [signer], ...rest })
          expect(await verifyLedger(places, [signer], [])).toMatchObject({
            ...{ faults: [], places: [{ entries: erasures + 1, faults: [] }] },
          })
          return (await context.database.contact.findMany({ select: { id: true } })).map(({ id }) => id)
        },
        { compares: false },
      )
      expect(left.toSorted()).toEqual(history.kept.toSorted())
      await within(config, async () => undefined)
      if (refusal) await expectToHold(ledger)
    }
  }, 600_000)

  it('is made anew from the keys that were destroyed, where the database is older', async () => {
    const { left, ledger } = await rebuilt(momentOf(0), momentOf(erasures), all)
    expect(left).toEqual(history.kept.toSorted())
    await expectToHold(ledger)
    // A database of before there were ledgers: without those keys, nobody would know.
    const [url, keystoreUrl] = await restore(momentOf(0), momentOf(erasures))
    await withClient(ownerOf(url), (client) => client.query('DELETE FROM erasure_ledger'))
    const config = await configOf(url, keystoreUrl, await freshFolder())
    await expect(within(config, async () => undefined)).rejects.toThrow('the keys of contacts were destroyed')
  })
})

it('after a restore the ledger goes on, and what a worker left undone is done while others run', async () => {
  const [url, keystoreUrl] = await restore(momentOf(1))
  const ledger = await copyOfLedger()
  const [first = '', second = ''] = history.kept
  await within(await configOf(url, keystoreUrl, ledger), async (context) => {
    await erase(context, first)
    expect(await context.ledger.head()).toMatchObject({ sequence: erasures + 2, body: { contactIds: [first] } })
    const dies = (step: string) => {
      if (step === 'entered') throw new Error('the worker died')
    }
    await expect(erase(context, second, dies)).rejects.toThrow('the worker died')
    expect(await context.ledger.head()).toMatchObject({ sequence: erasures + 3, body: { contactIds: [second] } })
    expect(await context.database.contact.count({ where: { id: second } })).toBe(1)
    const watch = watchLedger(context, { every: 20 })
    await expect.poll(() => context.database.contact.count({ where: { id: second } }), { timeout: 20_000 }).toBe(0)
    await watch.close()
    expect((await context.keys.find([second])).get(second)).toBe('destroyed')
  })
})
