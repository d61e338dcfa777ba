import { afterAll, beforeAll, expect, test } from 'vitest'
import { fieldsOf } from '../contacts/lists-support.ts'
import { type FieldOffice, openFieldOffice } from './support.ts'

let office: FieldOffice
const file = (text: string) => ({ file: { name: `${text}.txt`, content: Buffer.from(text).toString('base64') } })
beforeAll(async () => {
  office = await openFieldOffice()
  await office.define({ key: 'plain', kind: 'TEXT' })
  await office.define({ key: 'secret', kind: 'MONEY', sensitive: true })
  await office.define({ key: 'evidence', kind: 'FILE' })
  await office.define({ key: 'number', kind: 'INTEGER', unique: true })
})
afterAll(() => office.close())

const all = async (id: string) => ({
  plain: await office.value(id, 'plain'),
  secret: await office.value(id, 'secret'),
  evidence: await office.value(id, 'evidence'),
  number: await office.value(id, 'number'),
})
let count = 100
const full = (name: string) => [
  { key: 'plain', value: { text: name } },
  { key: 'secret', value: { money: { amount: '5', currency: 'EUR' } } },
  { key: 'evidence', value: file(name) },
  { key: 'number', value: { integer: count++ } },
]
const versionOf = async (id: string) =>
  (await office.ask('query ($id: ID!) { contact(id: $id) { version } }', { id })).contact.version
const merge = async (targetId: string, ...sourceIds: string[]) =>
  (await office.merge({ targetId, version: await versionOf(targetId), sourceIds })).merges[0].id

test('a merge gives what is lacking, and taken back gives everybody what they had', async () => {
  const [target, source] = [await office.make([]), await office.make(full('one'))]
  const [empty, given] = [await all(target), await all(source)]
  const id = await merge(target, source)
  expect(await all(target)).toEqual(given)
  await office.undo(target, id)
  expect([await all(target), await all(source)]).toEqual([empty, given])
  // And the unique value is the source's again.
  const taken = [{ key: 'number', value: { integer: given.number.integer } }]
  expect(fieldsOf(await office.failFill(target, taken))).toEqual(['customFields.number'])
  await office.fill(source, taken)
})

test('what the target has stays, and what was changed since stays after taking it back', async () => {
  const target = await office.make([{ key: 'plain', value: { text: 'own' } }])
  const source = await office.make(full('two'))
  const before = await all(source)
  const id = await merge(target, source)
  expect(await all(target)).toEqual({ ...before, plain: { text: 'own' } })
  await office.fill(target, [{ key: 'secret', value: { money: { amount: '6', currency: 'EUR' } } }])
  await office.fill(target, [{ key: 'number', value: { integer: 7 } }])
  await office.undo(target, id)
  expect(await all(target)).toEqual({
    ...{ plain: { text: 'own' }, secret: { amount: '6', currency: 'EUR' } },
    ...{ evidence: null, number: { integer: 7 } },
  })
  expect(await all(source)).toEqual(before)
})

test('what another merged contact has, too, comes from that one when the first is taken back', async () => {
  const [target, one, two] = [await office.make([]), await office.make(full('a')), await office.make(full('b'))]
  const second = await all(two)
  const first = await merge(target, one)
  await merge(target, two)
  await office.undo(target, first)
  expect(await all(target)).toEqual(second)
})

test('a unique value that somebody else got meanwhile is in the way of taking it back', async () => {
  const [target, source] = [await office.make([]), await office.make(full('z'))]
  const { number } = await all(source)
  const id = await merge(target, source)
  await office.fill(target, [{ key: 'number', value: null }])
  await office.make([{ key: 'number', value: { integer: number.integer } }])
  expect(fieldsOf(await office.failUndo(target, id))).toEqual(['customFields.number'])
})
