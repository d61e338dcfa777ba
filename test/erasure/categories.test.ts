import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catchUp } from '../../src/ledger/bring-up.ts'
import { whileErasing } from '../../src/ledger/turn.ts'
import { findEntryKeys } from '../../src/modules/audit/category-keys.ts'
import { openValues, placeOf } from '../../src/modules/audit/values.ts'
import { modules } from '../../src/modules/index.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { type Bureau, type Data, globalId, openBureau } from './engine-support.ts'

// Where chosen categories are erased, the contact stays, with its key: what the log tells in these categories is gone all the same.

let bureau: Bureau
beforeAll(async () => {
  bureau = await openBureau()
}, 60_000)
afterAll(() => bureau?.close())

const update = (input: object) =>
  bureau.ask('mutation ($input: UpdateContactInput!) { updateContact(input: $input) { version } }', { input })

/** All that the log still tells of a contact, with every key that there is. */
async function told(contactId: string): Promise<string> {
  const { database, keys } = bureau.work()
  const key = (await findEntryKeys(database, keys, [contactId])).get(contactId)
  if (!key || key === 'destroyed') throw new Error('there is no key')
  const entries = await database.auditEntry.findMany({ where: { contactId }, orderBy: { sequence: 'asc' } })
  return JSON.stringify(entries.map(({ id, values }) => openValues(key, placeOf(contactId, id), values)))
}

const owner = (text: string, values: unknown[] = []) =>
  withClient(ownerOf(bureau.config.databaseUrl ?? ''), async (client) => (await client.query(text, values)).rows)

describe('of categories that were erased', () => {
  it('the log tells nothing any more, and of the others what it did; its bytes stay as they were', async () => {
    const contactId = await bureau.contact({
      ...{ givenName: 'zqGiven', jobTitle: 'zqBaker', tags: ['zqtag'] },
      emails: [{ address: 'zqmail@example.org' }],
    })
    const id = globalId(contactId)
    await update({ id, version: 1, givenName: 'zqOther', jobTitle: 'zqMiller' })
    await update({ id, version: 2, jobTitle: 'zqClerk' })
    const before = await owner('SELECT * FROM audit_entry WHERE contact_id = $1 ORDER BY sequence', [contactId])
    for (const word of ['zqGiven', 'zqOther', 'zqtag', 'zqmail', 'zqBaker', 'zqMiller', 'zqClerk'])
      expect(await told(contactId)).toContain(word)
    await bureau.erase([contactId], { categories: ['occupation', 'contact details'] })
    const left = await told(contactId)
    for (const word of ['zqGiven', 'zqOther', 'zqtag']) expect(left).toContain(word)
    expect(left).not.toMatch(/zq(mail|Baker|Miller|Clerk)/)
    const after = await owner('SELECT * FROM audit_entry WHERE contact_id = $1 ORDER BY sequence', [contactId])
    expect(after.slice(0, before.length)).toEqual(before)
    const { contact } = await bureau.ask(
      'query ($id: ID!) { contact(id: $id) { history { edges { node { entity fields changes { field old new } } } } } }',
      { id },
    )
    const history: Data[] = contact.history.edges.map(({ node }: Data) => node)
    const mixed = history.find(({ fields }) => fields.includes('givenName') && fields.includes('jobTitle'))
    expect(mixed.changes).toEqual(
      expect.arrayContaining([
        { field: 'givenName', old: 'zqGiven', new: 'zqOther' },
        { field: 'jobTitle', old: null, new: null },
      ]),
    )
    expect(JSON.stringify(history)).not.toMatch(/zq(mail|Baker|Miller|Clerk)/)
  })

  it('what comes after is told again, until they are erased once more', async () => {
    const contactId = await bureau.contact({ givenName: 'zqAgain', jobTitle: 'zqFirst' })
    await bureau.erase([contactId], { categories: ['occupation'] })
    const { version } = await bureau.database.contact.findUniqueOrThrow({ where: { id: contactId } })
    await update({ id: globalId(contactId), version, jobTitle: 'zqSecond' })
    expect(await told(contactId)).toMatch(/zqSecond/)
    await bureau.erase([contactId], { categories: ['occupation'] })
    expect(await told(contactId)).not.toMatch(/zqFirst|zqSecond/)
    expect(await told(contactId)).toMatch(/zqAgain/)
    await bureau.erase([contactId])
    expect(await owner('SELECT FROM audit_key WHERE contact_id = $1', [contactId])).toEqual([])
  })

  it('the keys are gone again after an older backup brought them back', async () => {
    const contactId = await bureau.contact({ givenName: 'zqBack', jobTitle: 'zqCook' })
    const tables = ['audit_key', 'erasure_ledger']
    const saved = new Map<string, unknown[]>()
    for (const table of tables) saved.set(table, await owner(`SELECT to_jsonb(t) AS row FROM ${table} t`))
    await bureau.erase([contactId], { categories: ['occupation'] })
    expect(await told(contactId)).not.toContain('zqCook')
    await withClient(ownerOf(bureau.config.databaseUrl ?? ''), async (client) => {
      await client.query("SET session_replication_role = 'replica'")
      for (const table of tables) {
        const rows = (saved.get(table) ?? []).map((row) => (row as { row: unknown }).row)
        await client.query(`DELETE FROM ${table}`)
        const insert = `INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`
        await client.query(insert, [JSON.stringify(rows)])
      }
    })
    expect(await told(contactId)).toContain('zqCook')
    await whileErasing(bureau.database, () => catchUp(bureau.work()))
    expect(await told(contactId)).not.toContain('zqCook')
  })

  it('nothing is left in what a merge wrote, and in what somebody proposed', async () => {
    const [target, source] = [
      await bureau.contact({ givenName: 'zqTarget' }),
      await bureau.contact({ givenName: 'zqSource', jobTitle: 'zqSmith', tags: ['zqmerged'] }),
    ]
    await bureau.merge(target, [source])
    const proposals = ['jobTitle', 'givenName', 'emails'].map((field) => [target, crypto.randomUUID(), field])
    await withClient(ownerOf(bureau.config.databaseUrl ?? ''), async (client) => {
      await client.query("SET session_replication_role = 'replica'")
      for (const row of proposals)
        await client.query(
          `INSERT INTO correction_proposal (contact_id, id, field, change, state, proposed_at) VALUES ($1, $2, $3, '', 'open', now())`,
          row,
        )
    })
    await bureau.erase([target], { categories: ['occupation'] })
    const where = { contactId: target }
    const [merge] = await bureau.database.contactMerge.findMany({ where })
    expect(merge?.filled).toMatchObject({ tags: ['zqmerged'] })
    expect(JSON.stringify(merge)).not.toMatch(/jobTitle|zqSmith/)
    const left = async () => (await bureau.database.correctionProposal.findMany({ where })).map(({ field }) => field)
    expect((await left()).toSorted()).toEqual(['emails', 'givenName'])
    await bureau.erase([target], { categories: ['contact details'] })
    expect(await left()).toEqual(['givenName'])
  })

  it('no key can go, or come back, past the log', async () => {
    const contactId = await bureau.contact({ givenName: 'zqGuarded', jobTitle: 'zqGuarded' })
    const where = { contactId, category: 'occupation' }
    const { database } = bureau
    const row = await database.auditKey.findFirstOrThrow({ where })
    const none = expect.stringMatching(/without an entry|only lose/)
    await expect(database.auditKey.updateMany({ where, data: { key: null } })).rejects.toMatchObject({ message: none })
    await expect(database.auditKey.updateMany({ where, data: { key: Buffer.of(1) } })).rejects.toMatchObject({
      message: none,
    })
    await expect(database.auditKey.deleteMany({ where })).rejects.toMatchObject({ message: none })
    await expect(
      database.auditKey.create({ data: { ...row, key: Buffer.of(1), category: 'source', id: contactId } }),
    ).rejects.toMatchObject({ message: none })
  })

  it('entries that many write about one contact at once are all told', async () => {
    const contactId = await bureau.contact({ givenName: 'zqCrowd' })
    const order = (number: string) => ({
      ...{ contactId: globalId(contactId), number, placedAt: new Date().toISOString(), currency: 'EUR' },
      lines: [{ description: 'Tea', quantity: '1', unitPrice: '2', taxRate: '7' }],
    })
    const numbers = Array.from({ length: 6 }, (_, index) => `zqOrder${index}`)
    const create = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }'
    await Promise.all(numbers.map((number) => bureau.ask(create, { input: order(number) })))
    const text = await told(contactId)
    for (const number of numbers) expect(text).toContain(number)
    const keys = await bureau.database.auditKey.findMany({ where: { contactId } })
    expect(new Set(keys.map(({ category }) => category)).size).toBe(keys.length)
  })
})

describe('a module', () => {
  it('says of which of its categories what the log tells is', () => {
    for (const { name, personalData } of modules) {
      if (personalData === 'none') continue
      const said = Object.values(personalData.logged ?? {}).filter((one) => typeof one === 'string')
      expect([name, said.filter((one) => !personalData.categories.includes(one))]).toEqual([name, []])
    }
  })
})
