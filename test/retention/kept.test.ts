import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { bringUp } from '../../src/ledger/bring-up.ts'
import { smallFile } from '../../src/modules/disclosed.ts'
import { endRetained } from '../../src/modules/retention/kept/end.ts'
import { openRetained, openRetainedFile } from '../../src/modules/retention/kept/open.ts'
import { recordFile, storedOf, type ToRetain } from '../../src/modules/retention/kept/record.ts'
import { discardUnsettled, settleRetained } from '../../src/modules/retention/kept/settle.ts'
import { storeRetained } from '../../src/modules/retention/kept/store.ts'
import { removeOrphans } from '../../src/modules/retention/kept/sweep.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { pastTheGuards } from '../support/database.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.close())

const work = () => ({ ...app.work, requestId: randomUUID() })
const inYears = (years: number) => new Date(Date.UTC(new Date().getUTCFullYear() + years, 0, 1))

const order = (mark: string, more: Partial<ToRetain> = {}): ToRetain & { contactId: string } => ({
  ...{ contactId: randomUUID(), id: randomUUID(), model: 'Order', kind: 'order', category: 'orders' },
  record: { number: mark, lines: [{ description: `${mark} line` }] },
  retention: { until: inYears(8), citation: '§ 147(3) AO', key: 'voucher' },
  ...more,
})

async function* all<T>(...items: T[]) {
  yield* items
}

const rows = (erasureId: string) => app.database.retainedRecord.findMany({ where: { erasureId } })

describe('what a law obliges to keep', () => {
  it('is copied with its files, and opens with a key of its own alone', async () => {
    const erasureId = randomUUID()
    const invoice = smallFile('invoice.pdf', 'application/pdf', 'zqinvoice')
    const facts = await storeRetained(work(), erasureId, all(order('zqkept', { files: [invoice] }), order('zqother')))
    expect(facts).toHaveLength(2)
    const [row] = (await rows(erasureId)).filter(({ files }) => files === 1)
    if (!row) throw new Error('nothing was kept')
    expect(Buffer.from(row.sealed).includes('zqkept')).toBe(false)
    const opened = await openRetained(app.work, row)
    expect(opened.record).toEqual({ number: 'zqkept', lines: [{ description: 'zqkept line' }] })
    const [file] = opened.files
    expect(file).toMatchObject({ name: 'invoice.pdf', mediaType: 'application/pdf', size: 9 })
    const content = file && Buffer.concat(await Array.fromAsync(openRetainedFile(app.work, row.id, 1, file)))
    expect(content?.toString()).toBe('zqinvoice')
    for (const key of storedOf(row)) {
      const stored = Buffer.concat(await Array.fromAsync(app.work.storage.open(key)))
      expect(stored.includes('zqinvoice') || stored.includes('zqkept')).toBe(false)
    }
    await app.work.keys.destroy([row.id])
    await expect(openRetained(app.work, row)).rejects.toMatchObject({ code: 'UNREADABLE' })
  })

  it('is told of without personal data, and plainly enough to be written down', async () => {
    const [fact] = await storeRetained(work(), randomUUID(), all(order('zqtold')))
    expect(JSON.parse(JSON.stringify(fact))).toEqual(fact)
    expect(JSON.stringify(fact)).not.toContain('zqtold')
    expect(fact).toMatchObject({ key: 'voucher', citation: '§ 147(3) AO', model: 'Order', files: 0 })
  })

  it('is not kept where its period is over already', async () => {
    const over = { until: new Date(Date.now() - 1000), citation: '§ 147(3) AO', key: 'voucher' }
    expect(await storeRetained(work(), randomUUID(), all(order('zqover', { retention: over })))).toEqual([])
  })

  it('fails as a whole where a file is not the one that was stored', async () => {
    const erasureId = randomUUID()
    const altered = {
      ...smallFile('a.txt', 'text/plain', 'as it was'),
      sha256: createHash('sha256').update('other').digest('hex'),
    }
    await expect(storeRetained(work(), erasureId, all(order('zqaltered', { files: [altered] })))).rejects.toThrow()
    expect(await rows(erasureId)).toEqual([])
  })

  it('goes by itself where nothing came of the erasure, and stays where it did', async () => {
    const [given, done] = [randomUUID(), randomUUID()]
    const file = () => smallFile('a.txt', 'text/plain', 'zqfile')
    const [dropped] = await storeRetained(work(), given, all(order('zqdropped', { files: [file()] })))
    const settled = await storeRetained(work(), done, all(order('zqsettled')))
    await transact(work(), 'test', (tx) => settleRetained(tx, settled))
    await discardUnsettled(work())
    expect(await rows(given)).toHaveLength(1)
    await pastTheGuards(
      app.config.databaseUrl ?? '',
      `UPDATE retained_record SET created_at = now() - interval '2 days' WHERE erasure_id = ANY($1)`,
      [[given, done]],
    )
    await discardUnsettled(work())
    expect(await rows(given)).toEqual([])
    expect(await rows(done)).toHaveLength(1)
    expect((await app.work.keys.find([dropped?.id ?? ''])).get(dropped?.id ?? '')).toBe('destroyed')
    expect(
      await app.database.documentRemoval.findMany({ where: { storageKey: recordFile(dropped?.id ?? '') } }),
    ).toHaveLength(1)
  })

  it('comes back under the same ids when the erasure is done again on an older database, but for what ended since', async () => {
    const erasureId = randomUUID()
    const file = smallFile('a.txt', 'text/plain', 'zqagain')
    const given = [order('zqfiled', { files: [file] }), order('zqplain'), order('zqended')]
    const facts = await storeRetained(work(), erasureId, all(...given))
    await app.work.keys.destroy([facts[2]?.id ?? ''])
    await pastTheGuards(app.config.databaseUrl ?? '', 'DELETE FROM retained_record WHERE erasure_id = $1', [erasureId])
    // Of the one with a file, nothing is left to be copied: the contact's own key is gone.
    const again = await storeRetained(work(), erasureId, all(...given.slice(1)), facts)
    expect(again).toEqual(facts)
    const found = await rows(erasureId)
    expect(found.map(({ id }) => id).toSorted()).toEqual(
      facts
        .slice(0, 2)
        .map(({ id }) => id)
        .toSorted(),
    )
    const opened = await Promise.all(found.map((row) => openRetained(app.work, row)))
    expect(opened.map(({ record }) => record['number']).toSorted()).toEqual(['zqfiled', 'zqplain'])
    expect(await storeRetained(work(), erasureId, all(...given), facts)).toEqual(facts)
    expect(await rows(erasureId)).toHaveLength(2)
  })

  it('ends by itself when its period is over, and no older database brings it back', async () => {
    const erasureId = randomUUID()
    const file = smallFile('a.txt', 'text/plain', 'zqending')
    const facts = await storeRetained(work(), erasureId, all(order('zqending', { files: [file] }), order('zqgoing on')))
    const [ending, staying] = facts
    const other = await storeRetained(work(), erasureId, all(order('zqprepared')))
    await transact(work(), 'test', (tx) => settleRetained(tx, facts))
    const url = app.config.databaseUrl ?? ''
    const end = 'UPDATE retained_record SET until = now() WHERE id = ANY($1)'
    await pastTheGuards(url, end, [[ending?.id, other[0]?.id]])
    const lost = await app.database.retainedRecord.findUniqueOrThrow({ where: { id: ending?.id ?? '' } })
    expect(await endRetained(work())).toBe(1)
    expect(await endRetained(work())).toBe(0)
    expect((await rows(erasureId)).map(({ id }) => id).toSorted()).toEqual([staying?.id, other[0]?.id].toSorted())
    expect((await app.work.keys.find([lost.id])).get(lost.id)).toBe('destroyed')
    const head = await app.work.ledger.head()
    expect(head).toMatchObject({ kind: 'retained_ended', body: { ids: [lost.id] } })
    const removals = await app.database.documentRemoval.findMany({ select: { storageKey: true } })
    for (const key of storedOf(lost)) expect(removals.map(({ storageKey }) => storageKey)).toContain(key)
    const logged = await app.database.systemAuditEntry.findMany({
      where: { entityId: lost.id },
      orderBy: { id: 'asc' },
    })
    expect(logged.map(({ action }) => action)).toEqual(['created', 'removed'])

    // As an older backup would have it.
    await pastTheGuards(url, 'UPDATE erasure_ledger SET sequence = $1, hash = $2', [
      (head?.sequence ?? 0) - 1,
      head?.previous,
    ])
    await transact(work(), 'test', (tx) => tx.retainedRecord.create({ data: lost }))
    expect(await bringUp(work())).toMatchObject({ replayed: 1 })
    expect((await rows(erasureId)).map(({ id }) => id)).not.toContain(lost.id)
  })

  it('leaves no files behind that no record tells of', async () => {
    const file = () => smallFile('a.txt', 'text/plain', 'zqorphan')
    const [orphan, kept] = await storeRetained(
      work(),
      randomUUID(),
      all(order('zqorphan', { files: [file()] }), order('zqkept too', { files: [file()] })),
    )
    await pastTheGuards(app.config.databaseUrl ?? '', 'DELETE FROM retained_record WHERE id = $1', [orphan?.id])
    const left = async () => (await Array.fromAsync(app.work.storage.list('retained/'))).map(({ key }) => key)
    await removeOrphans(work(), new Date(0))
    expect(await left()).toEqual(expect.arrayContaining(orphan ? storedOf(orphan) : []))
    await removeOrphans(work(), new Date(Date.now() + 60_000))
    for (const key of orphan ? storedOf(orphan) : []) expect(await left()).not.toContain(key)
    expect(await left()).toEqual(expect.arrayContaining(kept ? storedOf(kept) : []))
    expect((await app.work.keys.find([orphan?.id ?? ''])).get(orphan?.id ?? '')).toBe('destroyed')
  })

  it('can’t be changed', async () => {
    const [fact] = await storeRetained(work(), randomUUID(), all(order('zqfixed')))
    await expect(
      app.database.$executeRaw`UPDATE retained_record SET until = now() WHERE id = ${fact?.id}::uuid`,
    ).rejects.toThrow(/can't be changed/)
  })
})
