import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/client.ts'
import { firstIdAt } from '../../src/modules/audit/filter.ts'
import type { Engine } from '../../src/modules/automation/engine.ts'
import { dueRuns, forgetOldRuns, nextDue } from '../../src/modules/automation/queue.ts'
import { takeTurn } from '../../src/modules/automation/run.ts'
import { ownerOf, pastTheGuards, withClient } from '../support/database.ts'
import { action, both, createOrder, type Stage, settle, startStage } from './support.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

// Each test begins with no rules in force.
beforeEach(async () => {
  const { rules } = await stage.act('{ rules(first: 500) { edges { node { id enabledAt } } } }')
  for (const { node } of rules.edges)
    if (node.enabledAt) await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id: node.id })
})

let count = 0
const rule = (events: string[], actions: object[], rest: object = {}) =>
  stage.rule({
    name: `Delivery ${count++}`,
    ...{ events, actions },
    rights: [both('contacts.*'), both('orders.*')],
    ...rest,
  })

const order = (contactId: string, number: string) => stage.order(contactId, number)

const titleOf = async (id: string): Promise<string> =>
  (await stage.act('query ($id: ID!) { contact(id: $id) { title } }', { id })).contact.title

/** Appends, so that it shows how often it was done, and in which order. */
const appending = action('contacts.setField', { field: '"title"', value: 'contact.title + event.data.number' })

describe('a run', () => {
  test('of each event happens once and in order, however many processes there are and whatever breaks', async () => {
    await rule(['orders.placed'], [appending])
    const contacts = await Promise.all(
      ['Ada', 'Emmy', 'Grace', 'Lise'].map((givenName) => stage.contact({ givenName })),
    )
    const letters = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const letter of letters) for (const contact of contacts) await order(contact, letter)

    const url = stage.app.config.databaseUrl ?? ''
    const processes = await Promise.all(
      [1, 2, 3].map(async (): Promise<Engine> => {
        const database = openDatabase(url, { connections: 3, statementTimeout: 30_000 })
        return { ...stage.engine, work: { ...stage.engine.work, database } }
      }),
    )
    let quiet = false
    // Cuts connections in the middle of whatever they do, as when a process is killed.
    const cutting = withClient(ownerOf(url), async (client) => {
      for (let cuts = 0; !quiet && cuts < 25; cuts++) {
        await setTimeout(15 + Math.random() * 60)
        await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
             AND application_name = 'lethe' AND state <> 'idle' AND pid <> pg_backend_pid()
           ORDER BY random() LIMIT 1`,
        )
      }
    })
    const insistent = async (engine: Engine) => {
      for (let tries = 0; tries < 200; tries++) {
        await settle(engine).catch(() => undefined)
        const waiting = await engine.work.database.automationRun.count({ where: { state: 'waiting' } }).catch(() => 1)
        if (waiting === 0) return
        // What failed by chance has a pause before it.
        await engine.work.database.$executeRaw`UPDATE automation_run SET due_at = now() WHERE state = 'waiting'`.catch(
          () => undefined,
        )
      }
    }
    await Promise.all(processes.map(insistent))
    quiet = true
    await cutting
    await Promise.all(processes.map((engine) => engine.work.database.$disconnect()))
    for (const contact of contacts) expect(await titleOf(contact)).toBe(letters.join(''))
    const entries = await stage.app.database.auditEntry.count({ where: { actorKind: 'rule' } })
    expect(entries).toBe(contacts.length * letters.length)
  })

  test('that fails for a reason that may pass is tried again, later and later, and the next of its rule waits', async () => {
    const failing = { ...stage.engine, work: { ...stage.engine.work, mail: false } }
    await rule(['orders.placed'], [action('automation.notify', { to: '["ada@example.org"]' })])
    const contact = await stage.contact({ givenName: 'Ada' })
    await order(contact, 'a')
    await order(contact, 'b')
    const pauses: number[] = []
    for (let tries = 0; tries < 8; tries++) {
      const [first] = await dueRuns(failing.work.database, 1)
      if (first) await takeTurn(failing, first)
      const row = await stage.app.database.automationRun.findFirst({
        where: { attempts: { gt: 0 }, faultCode: 'UNAVAILABLE' },
        orderBy: { sequence: 'asc' },
      })
      if (row?.state === 'waiting') pauses.push(Math.round((row.dueAt.getTime() - Date.now()) / 1000))
      // Well before now: moments are rounded to milliseconds, at times into the future.
      await stage.app.database
        .$executeRaw`UPDATE automation_run SET due_at = now() - interval '1 second' WHERE attempts > 0 AND state = 'waiting'`
    }
    expect(pauses).toHaveLength(7)
    expect(pauses).toEqual(pauses.toSorted((one, other) => one - other))
    expect(pauses.at(-1)).toBeGreaterThan(600)
    await settle(failing)
    const runs = await stage.runs({ contact })
    expect(runs.map(({ outcome, faultCode }) => ({ outcome, faultCode }))).toEqual([
      { outcome: 'WAITING', faultCode: 'UNAVAILABLE' },
      { outcome: 'FAILED', faultCode: 'UNAVAILABLE' },
    ])
    expect(runs.at(-1)?.fault).toContain('LETHE_SMTP_URL')
  })

  test('that waits to be tried again keeps back no other rule, nor anybody busy', async () => {
    const failing = { ...stage.engine, work: { ...stage.engine.work, mail: false } }
    await rule(['orders.placed'], [action('automation.notify', { to: '["ada@example.org"]' })])
    await rule(['orders.placed'], [appending])
    const contact = await stage.contact({ givenName: 'Ada' })
    for (const letter of ['a', 'b', 'c']) await order(contact, letter)
    await settle(failing)
    expect(await titleOf(contact)).toBe('abc')
    const waiting = (await stage.runs({ contact })).filter(({ outcome }) => outcome === 'WAITING')
    expect(waiting.map(({ attempts }) => attempts)).toEqual([0, 0, 1])
    const next = await nextDue(failing.work.database)
    expect(next).toBeGreaterThan(0)
    expect(next).toBeLessThanOrEqual(1000)
  })

  test('that a process is at keeps nobody from disabling the rule, and does nothing afterwards', async () => {
    const id = await rule(['orders.placed'], [appending])
    const contacts = [await stage.contact({ givenName: 'Ada' }), await stage.contact({ givenName: 'Emmy' })]
    for (const contact of contacts) await order(contact, 'a')
    await withClient(ownerOf(stage.app.config.databaseUrl ?? ''), async (client) => {
      await client.query('BEGIN')
      const [held] = contacts.map(uuidIn)
      await client.query(`SELECT FROM automation_run WHERE contact_id = $1 AND state = 'waiting' FOR UPDATE`, [held])
      await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id })
      const known = await stage.runs({ rule: id })
      expect(known.map(({ outcome }) => outcome).toSorted()).toEqual(['CANCELLED', 'WAITING'])
      await client.query('ROLLBACK')
    })
    await stage.settle()
    expect((await stage.runs({ rule: id })).map(({ outcome }) => outcome)).toEqual(['CANCELLED', 'CANCELLED'])
    expect(await Promise.all(contacts.map(titleOf))).toEqual([null, null])
  })

  test('is forgotten when it was over long ago, however many there are', async () => {
    const of = await rule(['orders.placed'], [appending], { condition: 'event.data.number == "x"' })
    const contact = await stage.contact({ givenName: 'Ada' })
    for (const letter of ['a', 'b', 'c', 'x', 'x']) await order(contact, letter)
    await stage.settle()
    const left = async () => (await stage.runs({ rule: of })).map(({ outcome }) => outcome)
    const age = (days: number) =>
      pastTheGuards(
        stage.app.config.databaseUrl ?? '',
        `UPDATE automation_run SET finished_at = now() - $1 * interval '1 day',
           id = ($2 || substr(id::text, 15))::uuid WHERE rule_id = $3`,
        [days, firstIdAt(Date.now() - days * 24 * 3_600_000).slice(0, 14), uuidIn(of)],
      )
    await age(6)
    await forgetOldRuns(stage.app.database, 2)
    expect(await left()).toHaveLength(5)
    await age(8)
    await forgetOldRuns(stage.app.database, 2)
    expect(await left()).toEqual(['DONE', 'DONE'])
    await age(91)
    await forgetOldRuns(stage.app.database, 1)
    expect(await left()).toEqual([])
  })

  test('is written only where a rule in force waits for the event', async () => {
    const before = await stage.app.database.automationRun.count()
    const contact = await stage.contact({ givenName: 'Ada' })
    await order(contact, 'a')
    expect(await stage.app.database.automationRun.count()).toBe(before)
  })

  test('is not there if what happened did not', async () => {
    await rule(['orders.placed'], [appending])
    const contact = await stage.contact({ givenName: 'Ada' })
    const input = { contactId: contact, source: 'shop', number: 'taken', currency: 'EUR' }
    const lines = [{ description: 'Tea', quantity: '1', unitPrice: '1' }]
    await stage.order(await stage.contact({ givenName: 'Eve' }), 'taken', { source: 'shop' })
    expect((await stage.refused(createOrder, { input: { ...input, lines } })).fields).toEqual(['number'])
    expect(await stage.runs({ contact })).toEqual([])
  })
})

describe('loops', () => {
  test('end: rules that cause each other are stopped, and that is seen', async () => {
    const [one, other] = [
      await rule(
        ['contacts.created', 'contacts.changed'],
        [action('contacts.setField', { field: '"title"', value: '"one"' })],
      ),
      await rule(['contacts.changed'], [action('contacts.setField', { field: '"title"', value: '"other"' })]),
    ]
    const contact = await stage.contact({ givenName: 'Ada' })
    await stage.settle()
    expect(await titleOf(contact)).toBe('other')
    const seen = async (id: string) =>
      (await stage.runs({ rule: id, contact })).map(({ outcome, depth }) => [outcome, depth])
    expect(await seen(one)).toEqual([
      ['LOOP_STOPPED', 2],
      ['LOOP_STOPPED', 1],
      ['DONE', 0],
    ])
    expect(await seen(other)).toEqual([
      ['LOOP_STOPPED', 2],
      ['DONE', 1],
    ])
  })

  test('end for whatever rules there are', async () => {
    const tags = ['a', 'b', 'c', 'd']
    const anyRule = fc.record({
      when: fc.constantFrom(
        'true',
        ...tags.map((tag) => `"${tag}" in contact.tags`),
        ...tags.map((tag) => `!("${tag}" in contact.tags)`),
      ),
      does: fc.array(
        fc.oneof(
          fc
            .tuple(fc.constantFrom('contacts.addTag', 'contacts.removeTag'), fc.constantFrom(...tags))
            .map(([name, tag]) => action(name, { tag: `"${tag}"` })),
          fc
            .constantFrom('"x"', 'contact.title + "y"')
            .map((value) => action('contacts.setField', { field: '"title"', value })),
        ),
        { minLength: 1, maxLength: 2 },
      ),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(anyRule, { minLength: 1, maxLength: 4 }), async (rules) => {
        const ids: string[] = []
        for (const { when, does } of rules) {
          ids.push(await rule(['contacts.created', 'contacts.changed'], does, { condition: when }))
        }
        const contact = await stage.contact({ givenName: 'Ada' })
        await stage.settle()
        const runs = await stage.app.database.automationRun.findMany({ where: { contactId: uuidIn(contact) } })
        expect(runs.filter(({ state }) => state === 'waiting')).toEqual([])
        for (const { chain, depth, ruleId, state } of runs) {
          expect(chain).toHaveLength(depth)
          expect(new Set(chain).size).toBe(depth)
          if (state !== 'loop_stopped') expect(chain).not.toContain(ruleId)
        }
        for (const id of ids) await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id })
      }),
      { numRuns: 12 },
    )
  })

  test('are refused by PostgreSQL itself', async () => {
    const id = await rule(['contacts.created'], [action('contacts.addTag', { tag: '"x"' })])
    await stage.contact({ givenName: 'Ada' })
    const wrong = stage.app.database
      .$executeRaw`UPDATE automation_run SET chain = ARRAY[rule_id] WHERE rule_id = ${uuidIn(id)}::uuid`
    await expect(wrong).rejects.toThrow('automation_run_no_loop')
    const deep = stage.app.database.$executeRaw`UPDATE automation_run SET depth = 6 WHERE rule_id = ${uuidIn(id)}::uuid`
    await expect(deep).rejects.toThrow('automation_run_no_loop')
  })
})

const uuidIn = (globalId: string) => Buffer.from(globalId, 'base64').toString().split(':')[1] ?? ''
