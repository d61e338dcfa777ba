import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuid } from '../contacts/lists-support.ts'
import { inDays, openRegistry, type Registry } from '../lawfulness/support.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

let registry: Registry
beforeAll(async () => {
  registry = await openRegistry()
})
afterAll(() => registry.close())

const run = async (key: string, parameters: object = {}): Promise<Data> => {
  const query = `query ($key: String!, $parameters: JSON) { runReport(report: { key: $key }, parameters: $parameters, first: 500) {
    columns { key } withheld gone hasNextPage totalCount rows { contactId cells { column type text number time } } } }`
  return (await registry.ask(query, { key, parameters })).runReport
}
const whom = async (key: string, parameters: object): Promise<string[]> =>
  (await run(key, parameters)).rows.map(({ contactId }: Data) => contactId)

let purposes = 0
const purpose = async (input: object = {}) => {
  const key = `lapse-${++purposes}`
  await registry.createPurpose({ key, ...input })
  return key
}

describe('whose ground is about to lapse', () => {
  it('is whoever has none beyond it, by what is left', async () => {
    const key = await purpose()
    const [soon, later, far, endless, renewed, doubled, followed] = await Promise.all(
      Array.from({ length: 7 }, () => registry.person()),
    )
    const give = (contactId: string | undefined, validUntil: string | null, rest: object = {}) =>
      registry.record({ contactId, purpose: key, ground: 'CONTRACT', validUntil, ...rest })
    await give(later, inDays(6))
    await give(soon, inDays(0.5))
    await give(far, inDays(20))
    await give(endless, null)
    const { id } = await give(renewed, inDays(3))
    // Another ground carries the purpose on; and one that begins right where the first one ends.
    await give(doubled, inDays(3))
    await give(doubled, null, { ground: 'LEGITIMATE_INTERESTS' })
    const end = inDays(3)
    await give(followed, end)
    await give(followed, inDays(300), { ground: 'PUBLIC_TASK', validFrom: end })
    expect(await whom('lapsing', { days: 1, purpose: key })).toEqual([soon])
    expect(await whom('lapsing', { days: 7, purpose: key })).toEqual([soon, renewed, later])
    expect(await whom('lapsing', { purpose: key })).toEqual([soon, renewed, later, far])
    await registry.renew.do({ contactId: renewed, basisId: id, validUntil: inDays(400) })
    expect(await whom('lapsing', { days: 7, purpose: key })).toEqual([soon, later])
  })

  it('shows typed values, and what is left in days', async () => {
    const key = await purpose()
    const contactId = await registry.person({ familyName: 'Lovelace', emails: [{ address: 'ida@example.org' }] })
    await registry.record({ contactId, purpose: key, ground: 'CONTRACT', validUntil: inDays(2.5) })
    const { rows, columns, totalCount } = await run('lapsing', { purpose: key })
    expect(totalCount).toBe(1)
    expect(columns.map((one: Data) => one.key)).toEqual([
      ...['displayName', 'email', 'purpose', 'ground', 'validUntil', 'daysLeft'],
    ])
    const cells: Data = Object.fromEntries(rows[0].cells.map(({ column, ...cell }: Data) => [column, cell]))
    expect(cells.displayName).toMatchObject({ type: 'TEXT', text: 'Ida Lovelace', number: null })
    expect(cells.email.text).toBe('ida@example.org')
    expect(cells.ground.text).toBe('contract')
    expect(cells.daysLeft).toMatchObject({ type: 'NUMBER', number: 2, text: null })
    expect(uuid(rows[0].contactId)).toMatch(/^[0-9a-f-]{36}$/)
  })
})

it('whose ground has lapsed is whoever got nothing after it, and did not withdraw', async () => {
  const key = await purpose()
  const [lapsed, again, withdrawn, long] = await Promise.all(Array.from({ length: 4 }, () => registry.person()))
  const ended = (contactId: string | undefined, from: number, until: number, ground = 'CONSENT') =>
    registry.record({ contactId, purpose: key, ground, validFrom: inDays(from), validUntil: inDays(until) })
  await ended(lapsed, -20, -10)
  await ended(lapsed, -50, -30)
  await ended(again, -20, -10)
  await ended(again, -5, 5)
  await ended(withdrawn, -20, -10)
  await registry.withdraw({ contactId: withdrawn, purpose: key })
  await ended(long, -400, -300)
  expect(await whom('lapsed', { purpose: key })).toEqual([long, lapsed])
  expect(await whom('lapsed', { purpose: key, days: 30 })).toEqual([lapsed])
})
