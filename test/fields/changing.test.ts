import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changeValues } from '../../src/modules/fields/change-worker.ts'
import { batchSize } from '../../src/modules/fields/convert.ts'
import type { StoredFields } from '../../src/modules/fields/values.ts'
import { fieldsOf, plant, uuid, workContext } from '../contacts/lists-support.ts'
import { type FieldOffice, openFieldOffice } from './support.ts'

// Of more values than one transaction rewrites.
const total = batchSize + 20

let office: FieldOffice
beforeAll(async () => {
  office = await openFieldOffice()
})
afterAll(() => office.close())

const update = `mutation ($input: UpdateFieldInput!, $unfitting: UnfittingValues) {
  updateField(input: $input, unfitting: $unfitting) { changing kind sensitive } }`
const change = async (input: object, unfitting = 'REFUSE') =>
  (await office.ask(update, { input, unfitting })).updateField
const definition = async (key: string) =>
  (await office.ask('{ fieldDefinitions(retired: true) { key changing } }')).fieldDefinitions.find(
    (one: { key: string }) => one.key === key,
  )

/** Contacts with these values of a field. */
const filled = (key: string, value: (index: number) => string) =>
  plant(
    office,
    Array.from({ length: total }, (_, index) => ({
      columns: { familyName: `${key} ${index}` },
      row: { customFields: { [key]: value(index) } },
    })),
  )

/** What is kept, and what merges note of it. */
const kept = async (key: string) => {
  const rows = await office.database.$queryRaw<{ value: StoredFields[string]; noted: unknown }[]>`
    SELECT c.custom_fields->${key} AS value, NULL AS noted FROM contact c WHERE c.custom_fields ? ${key}
    UNION ALL SELECT NULL, m.filled->'customFields'->${key} FROM contact_merge m WHERE m.filled->'customFields' ? ${key}`
  return { values: rows.filter(({ value }) => value !== null).map(({ value }) => value), text: JSON.stringify(rows) }
}

describe('of many values', () => {
  test('another kind follows later: meanwhile they are read, written and emptied as it wants, and not filtered by', async () => {
    await office.define({ key: 'points', kind: 'TEXT' })
    const ids = await filled('points', (index) => (index % 100 === 7 ? 'many' : `${index}`))
    const [first = '', second = ''] = [ids[0], ids.at(-1)]
    expect(fieldsOf(await office.fail(update, { input: { key: 'points', kind: 'INTEGER' } }))).toEqual(['unfitting'])
    expect(await definition('points')).toMatchObject({ changing: false })
    expect(await change({ key: 'points', kind: 'INTEGER' }, 'CLEAR')).toMatchObject({ changing: true, kind: 'INTEGER' })

    expect((await kept('points')).values).toContain('many')
    expect(await office.value(second, 'points')).toEqual({ integer: total - 1 })
    expect(await office.value(ids[7] ?? '', 'points')).toBeNull()
    await office.fill(first, [{ key: 'points', value: { integer: 4711 } }])
    expect(fieldsOf(await office.failFill(first, [{ key: 'points', value: { text: 'x' } }]))).toEqual([
      'customFields.points',
    ])
    const list =
      'query ($filter: ContactFilter, $orderBy: [ContactOrder!]) { contacts(filter: $filter, orderBy: $orderBy) { totalCount } }'
    const filter = { customFields: [{ key: 'points', is: { number: { from: '500' } } }] }
    const orderBy = [{ customField: { key: 'points', direction: 'ASC' } }]
    expect(fieldsOf(await office.fail(list, { filter }))).toEqual(['customFields.key'])
    expect(fieldsOf(await office.fail(list, { orderBy }))).toEqual(['orderBy.customField.key'])
    expect(fieldsOf(await office.fail(update, { input: { key: 'points', kind: 'TEXT' } }))).toEqual(['key'])
    expect(fieldsOf(await office.fail('mutation { retireField(key: "points") { key } }'))).toEqual(['key'])
    expect(fieldsOf(await office.fail('mutation { requestFieldIndex(key: "points") { key } }'))).toEqual(['key'])

    await changeValues(workContext(office))
    expect(await definition('points')).toMatchObject({ changing: false })
    const { values } = await kept('points')
    expect(values.every(Number.isInteger)).toBe(true)
    expect(values).toHaveLength(total - Math.ceil((total - 7) / 100))
    expect((await office.ask(list, { filter, orderBy })).contacts.totalCount).toBe(
      values.filter((value) => Number(value) >= 500).length,
    )
    expect(await office.log(second)).toContain('changeFieldValues updated Contact customFields.points')
  })

  test('sealing goes on where a stopped process left it, and leaves nothing in plain, in merges neither', async () => {
    await office.define({ key: 'faith', kind: 'TEXT' })
    const ids = await filled('faith', (index) => `Zqfaith${index}`)
    const [target, source, other, undone] = [
      await office.make([], { familyName: 'Zqtarget' }),
      ids[3] ?? '',
      await office.make([], { familyName: 'Zqother' }),
      ids[4] ?? '',
    ]
    const merge = async (targetId: string, sourceId: string) => {
      const input = { targetId, version: 1, sourceIds: [sourceId] }
      const mutation = 'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { merges { id } } }'
      return (await office.ask(mutation, { input })).mergeContacts.merges[0].id
    }
    const undo = (targetId: string, mergeId: string) =>
      office.ask('mutation ($t: ID!, $m: ID!) { undoMerge(targetId: $t, mergeId: $m) { id } }', {
        t: targetId,
        m: mergeId,
      })
    const id = await merge(target, source)
    await undo(other, await merge(other, undone))

    expect(await change({ key: 'faith', sensitive: true })).toMatchObject({ changing: true, sensitive: true })
    // It is cut off once the first batch is in.
    const stop = new AbortController()
    const worker = workContext(office)
    const watched = new Proxy(office.database, {
      get: (database, name) => {
        const run = Reflect.get(database, name)
        if (name !== '$transaction') return run
        return (...given: unknown[]) => {
          if (sealedAlready) stop.abort()
          sealedAlready = true
          return Reflect.apply(run, database, given)
        }
      },
    })
    let sealedAlready = false
    await expect(changeValues({ ...worker, database: watched, signal: stop.signal })).rejects.toThrow()
    const half = await kept('faith')
    expect(half.text).toContain('Zqfaith')
    expect(half.text).toContain('sealed')
    expect(await office.value(ids.at(-1) ?? '', 'faith')).toEqual({ text: `Zqfaith${total - 1}` })

    await Promise.all([changeValues(worker), changeValues(worker)])
    expect((await kept('faith')).text).not.toContain('Zqfaith')
    expect(await office.value(ids[0] ?? '', 'faith')).toEqual({ text: 'Zqfaith0' })
    expect(await office.value(target, 'faith')).toEqual({ text: 'Zqfaith3' })
    await undo(target, id)
    expect([await office.value(target, 'faith'), await office.value(source, 'faith')]).toEqual([
      null,
      { text: 'Zqfaith3' },
    ])
  })

  test('that are unique, those stay that were first, also of merged contacts', async () => {
    await office.define({ key: 'account', kind: 'TEXT' })
    const ids = await filled('account', (index) => (index === total - 1 ? '5' : `00${index}`))
    const input = { key: 'account', kind: 'INTEGER', unique: true }
    expect(await change(input, 'CLEAR')).toMatchObject({ changing: true })
    expect(fieldsOf(await office.failMake([{ key: 'account', value: { integer: 5 } }]))).toEqual([
      'customFields.account',
    ])
    await changeValues(workContext(office))
    expect(await office.value(ids[5] ?? '', 'account')).toEqual({ integer: 5 })
    expect(await office.value(ids.at(-1) ?? '', 'account')).toBeNull()
    // A value that a merged contact shares with the one that it was merged into is there but once.
    const target = await office.make([], { familyName: 'Zqaccount' })
    const merge = 'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { id } }'
    await office.ask(merge, { input: { targetId: target, version: 1, sourceIds: [ids[5]] } })
    await change({ key: 'account', min: '0' })
    expect(await office.value(target, 'account')).toEqual({ integer: 5 })
  })

  test('all are emptied by and by when the field is retired, and at once not told any more', async () => {
    await office.define({ key: 'former', kind: 'TEXT', unique: true })
    const ids = await filled('former', (index) => `Zqformer${index}`)
    const { retireField } = await office.ask('mutation { retireField(key: "former", clear: true) { changing } }')
    expect(retireField).toEqual({ changing: true })
    expect(await office.value(ids[9] ?? '', 'former')).toBeNull()
    await changeValues(workContext(office))
    expect((await kept('former')).values).toEqual([])
    expect(await definition('former')).toMatchObject({ changing: false })
    expect(await office.database.fieldClaim.count({ where: { contactId: uuid(ids[9] ?? ''), field: 'former' } })).toBe(
      0,
    )
  })
})
