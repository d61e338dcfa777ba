import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tableOf } from '../../src/database/models.ts'
import { catchUp } from '../../src/ledger/bring-up.ts'
import { whileErasing } from '../../src/ledger/turn.ts'
import { auditSigner } from '../../src/modules/audit/checkpoint/signing-key.ts'
import { verifyLog } from '../../src/modules/audit/verify/verify.ts'
import { executeErasure } from '../../src/modules/erasure/engine/execute.ts'
import { ErasureHeld } from '../../src/modules/erasure/engine/holder.ts'
import { previewErasure } from '../../src/modules/erasure/engine/preview.ts'
import { replayErasure } from '../../src/modules/erasure/engine/replay.ts'
import { modules as productModules } from '../../src/modules/index.ts'
import { defineModule, nothingErased } from '../../src/modules/module.ts'
import { wantedGuards } from '../../src/modules/security/guards.ts'
import { loyalty } from '../fixtures/loyalty/index.ts'
import { ownerOf, pastTheGuards, withClient } from '../support/database.ts'
import { facts, wholeContact } from '../support/erasure.ts'
import { type Bureau, globalId, openBureau } from './engine-support.ts'

// With the module of a newcomer: nothing in the engine names any.
const modules = [...productModules, loyalty]

let bureau: Bureau
beforeAll(async () => {
  bureau = await openBureau({ modules })
}, 60_000)
afterAll(() => bureau?.close())

const entriesAbout = (contactId: string) =>
  bureau.database.auditEntry.findMany({ where: { contactId }, orderBy: { sequence: 'asc' } })

const owner = (text: string, values: unknown[] = []) =>
  withClient(bureau.config.databaseUrl ?? '', async (client) => (await client.query(text, values)).rows)

const order = (contactIds: readonly string[], changes = {}) => {
  const decision = wholeContact(changes)
  return { erasureId: decision.erasureId, contactIds, decision, facts: facts() }
}

describe('an erasure', () => {
  it('leaves nothing but what the log, the register and the ledger tell, and is done once', async () => {
    const contactId = await bureau.contact({ givenName: 'Ida', emails: [{ address: 'ida@example.org' }] })
    const other = await bureau.contact({ givenName: 'Eva' })
    const before = await entriesAbout(contactId)
    const erasure = order([contactId])
    const position = await executeErasure(bureau.work(), erasure)
    for (const { personalData } of modules) {
      if (personalData === 'none') continue
      for (const model of personalData.models) {
        if (['AuditEntry', 'AuditLeaf', 'ErasedContact'].includes(model)) continue
        const { table } = tableOf(bureau.database, model)
        expect([model, await owner(`SELECT FROM "${table}" WHERE contact_id = $1`, [contactId])]).toEqual([model, []])
      }
    }
    const entries = await entriesAbout(contactId)
    expect(entries.slice(0, before.length)).toEqual(before)
    const erased = entries.slice(before.length)
    expect(erased.map(({ action, values, entity, fields }) => ({ action, values, entity, fields }))).toEqual(
      expect.arrayContaining([
        { action: 'erased', values: null, entity: 'Contact', fields: ['rows: 1'] },
        { action: 'erased', values: null, entity: 'ContactPoint', fields: ['rows: 1'] },
      ]),
    )
    expect(new Set(erased.map(({ entityId }) => entityId))).toEqual(new Set([erasure.erasureId]))
    expect((await bureau.work().keys.find([contactId])).get(contactId)).toBe('destroyed')
    const head = await bureau.work().ledger.head()
    expect(head).toMatchObject({ ...position, kind: 'erased', body: { contactIds: [contactId], retained: [] } })
    expect(JSON.stringify(head)).not.toMatch(/Ida|ida@/)
    const row = await bureau.database.erasure.findUniqueOrThrow({ where: { id: erasure.erasureId } })
    expect(row).toMatchObject({ state: 'executed', contacts: 1, replays: 0, counts: { erased: { Contact: 1 } } })
    expect(await bureau.database.contact.count({ where: { id: other } })).toBe(1)

    expect(await executeErasure(bureau.work(), erasure)).toEqual(position)
    expect(await executeErasure(bureau.work(), order([contactId]))).toBeUndefined()
    expect((await bureau.work().ledger.head())?.sequence).toBe(position?.sequence)
    await expect(bureau.work().keys.create([contactId])).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('takes along all that are the same person, whichever was named, and what stands at others of them', async () => {
    const [target, source, deeper, bystander] = [
      await bureau.contact({ givenName: 'Target' }),
      await bureau.contact({ givenName: 'Source', jobTitle: 'Baker' }),
      await bureau.contact({ givenName: 'Deeper' }),
      await bureau.contact({ givenName: 'Bystander' }),
    ]
    await bureau.merge(source, [deeper])
    await bureau.merge(target, [source])
    await bureau.merge(bystander, [target], 1)
    const undo = 'mutation ($t: ID!, $m: ID!) { undoMerge(targetId: $t, mergeId: $m) { id } }'
    const { id } = await bureau.database.contactMerge.findFirstOrThrow({ where: { contactId: bystander } })
    const { encodeGlobalID } = await import('@pothos/plugin-relay')
    const found = await bureau.ask('query ($id: ID!) { contact(id: $id) { merges { id } } }', {
      id: encodeGlobalID('Contact', bystander),
    })
    expect(id).toBeTruthy()
    await bureau.ask(undo, { t: encodeGlobalID('Contact', bystander), m: found.contact.merges[0].id })
    await bureau.erase([source])
    const left = await bureau.database.contact.findMany({ where: { id: { in: [target, source, deeper, bystander] } } })
    expect(left.map(({ givenName }) => givenName)).toEqual(['Bystander'])
    expect(await bureau.database.contactMerge.count({ where: { contactId: bystander } })).toBe(0)
    for (const one of [target, source, deeper])
      expect((await bureau.work().keys.find([one])).get(one)).toBe('destroyed')
    expect((await bureau.work().keys.find([bystander])).get(bystander)).not.toBe('destroyed')
  })

  it('empties what was chosen, and leaves the contact', async () => {
    const contactId = await bureau.contact({
      ...{ givenName: 'Part', familyName: 'Ly', jobTitle: 'Baker', organisation: 'Bread', tags: ['x'] },
      emails: [{ address: 'partly@example.org' }],
    })
    await bureau.erase([contactId], { categories: ['occupation', 'contact details'] })
    const row = await bureau.database.contact.findUniqueOrThrow({ where: { id: contactId }, include: { points: true } })
    expect(row).toMatchObject({ givenName: 'Part', jobTitle: '', organisation: '', tags: ['x'], points: [] })
    const told = (await entriesAbout(contactId)).filter(({ action }) => action === 'erased')
    expect(told.map(({ entity }) => entity).toSorted()).toEqual(['AuditKey', 'Contact', 'ContactPoint'])
    expect((await bureau.work().keys.find([contactId])).get(contactId)).not.toBe('destroyed')
  })

  it('does not happen while something holds it, or if a module leaves rows behind in silence', async () => {
    const contactId = await bureau.contact()
    const since = new Date()
    const held = async () => new Map([[contactId, { reason: 'a court case', since }]])
    const before = await bureau.work().ledger.head()
    await expect(executeErasure({ ...bureau.work(), erasureHolds: [held] }, order([contactId]))).rejects.toBeInstanceOf(
      ErasureHeld,
    )
    const lazy = defineModule({
      ...{ name: 'lazy', needs: [], rights: {}, schema: () => undefined },
      personalData: {
        ...{ categories: ['x'], models: ['ContactPoint'], erase: async () => nothingErased },
        async *disclose() {},
      },
    })
    await bureau.database.contactPoint.count()
    const holders = [{ module: lazy.name, ...lazy.personalData }]
    const withPoint = await bureau.contact({ emails: [{ address: 'lazy@example.org' }] })
    await expect(executeErasure({ ...bureau.work(), holders }, order([withPoint]))).rejects.toThrow('of ContactPoint')
    expect(await bureau.database.contact.count({ where: { id: { in: [contactId, withPoint] } } })).toBe(2)
    expect(await bureau.work().ledger.head()).toEqual(before)
  })

  it('is foretold exactly, and the foretelling leaves no trace', async () => {
    const contactId = await bureau.contact({ givenName: 'Foretold', emails: [{ address: 'foretold@example.org' }] })
    const state = async () => [
      await bureau.database.auditEntry.count(),
      await bureau.database.systemAuditEntry.count(),
      await bureau.database.contact.count(),
      (await bureau.work().ledger.head())?.sequence,
    ]
    const before = await state()
    const erasure = order([contactId])
    const preview = await previewErasure(bureau.work(), [contactId], erasure.decision)
    expect(await state()).toEqual(before)
    await executeErasure(bureau.work(), erasure)
    const { counts } = await bureau.database.erasure.findUniqueOrThrow({ where: { id: erasure.erasureId } })
    const foretold = Object.assign({}, ...preview.modules.map(({ erased }) => erased))
    expect(counts).toMatchObject({ erased: foretold })
    await expect(previewErasure(bureau.work(), [contactId], erasure.decision)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})

describe('many previews of one contact at once', () => {
  it('wait for each other, and keep nobody else waiting', async () => {
    const contactId = await bureau.contact({ givenName: 'Wanted' })
    const token = await bureau.signIn()
    const preview = `{ previewErasure(input: { contactId: "${globalId(contactId)}", ground: UNLAWFUL }) { contacts } }`
    const answers = await withClient(ownerOf(bureau.config.databaseUrl ?? ''), async (client) => {
      await client.query('BEGIN')
      await client.query('SELECT FROM contact WHERE contact_id = $1 FOR UPDATE', [contactId])
      const asked = Array.from({ length: 30 }, () => bureau.graphql(preview, {}, token))
      const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
      await expect.poll(async () => (await owner(waits)).length, { timeout: 20_000 }).toBeGreaterThan(0)
      // More than there are connections for are asked for, and the first of them don't get on.
      for (let turn = 0; turn < 20; turn++)
        expect(
          (await bureau.graphql('{ contacts(first: 1) { edges { node { id } } } }', {}, token)).errors,
        ).toBeUndefined()
      await client.query('COMMIT')
      return Promise.all(asked)
    })
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([])
  }, 60_000)
})

describe('the audit log', () => {
  /** Waits until all entries are in the tree, and a checkpoint says so. Returns the newest one. */
  async function integrated(): Promise<string> {
    const { database } = bureau
    await expect
      .poll(
        async () => {
          const entries = (await database.auditEntry.count()) + (await database.systemAuditEntry.count())
          const newest = await database.auditCheckpoint.findFirst({ orderBy: { treeSize: 'desc' } })
          return entries - Number(newest?.treeSize ?? 0)
        },
        { timeout: 30_000 },
      )
      .toBe(0)
    return (await database.auditCheckpoint.findFirstOrThrow({ orderBy: { treeSize: 'desc' } })).note
  }

  it('is whole and provable after an erasure, by what was signed before it', async () => {
    const contactId = await bureau.contact({ givenName: 'Proven' })
    const note = await integrated()
    await bureau.erase([contactId])
    await integrated()
    const verifiers = [await auditSigner(bureau.config)]
    const guards = wantedGuards(bureau.work())
    const { findings, leaves } = await withClient(ownerOf(bureau.config.databaseUrl ?? ''), async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      const outside = [{ note, source: 'a file', isBrought: true }]
      return verifyLog({ client, verifiers, outside, guards })
    })
    expect(findings).toEqual([])
    expect(leaves).toBeGreaterThan(10)
  })
})

describe('an erasure that a restored database lacks', () => {
  it('is done again, whatever became of the keys, and has no third effect', async () => {
    const [contactId, later] = [
      await bureau.contact({ givenName: 'Back' }),
      await bureau.contact({ givenName: 'Later' }),
    ]
    await bureau.merge(later, [await bureau.contact({ givenName: 'Other' })])
    const tables = ['contact', 'contact_point', 'erasure', 'erased_contact', 'erasure_ledger']
    await owner('CREATE SCHEMA IF NOT EXISTS backup').catch(() => undefined)
    const saved = new Map<string, unknown[]>()
    for (const table of tables) saved.set(table, await owner(`SELECT to_jsonb(t) AS row FROM ${table} t`))
    const erasure = order([contactId])
    await executeErasure(bureau.work(), erasure)
    await bureau.erase([later])
    const url = bureau.config.databaseUrl ?? ''
    for (const table of tables) {
      await pastTheGuards(url, `DELETE FROM ${table}`)
      const rows = (saved.get(table) ?? []).map((row) => (row as { row: unknown }).row)
      await pastTheGuards(
        url,
        `INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`,
        [JSON.stringify(rows)],
      )
    }
    expect(await bureau.database.contact.count({ where: { id: { in: [contactId, later] } } })).toBe(2)
    const { replayed } = await whileErasing(bureau.database, () => catchUp(bureau.work()))
    expect(replayed).toBe(2)
    expect(await bureau.database.contact.count({ where: { id: { in: [contactId, later] } } })).toBe(0)
    const row = await bureau.database.erasure.findUniqueOrThrow({ where: { id: erasure.erasureId } })
    expect(row).toMatchObject({ state: 'executed', replays: 1 })
    const entries = await bureau.database.auditEntry.count()
    const ledger = bureau.work().ledger
    for await (const entry of ledger.after(undefined))
      if (entry.kind === 'erased') await replayErasure(bureau.work(), entry)
    expect(await bureau.database.auditEntry.count()).toBe(entries)
  })
})
