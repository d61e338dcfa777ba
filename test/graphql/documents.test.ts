import { parse } from 'graphql'
import { expect, test } from 'vitest'
import { Documents } from '../../src/graphql/documents.ts'

const document = parse('{ a }')
const text = (index: number, length: number) => `{ a${index} }`.padEnd(length)

test('operations are remembered by their text, and used ones longest', () => {
  const documents = new Documents()
  documents.set(text(0, 500), document)
  documents.set(text(1, 500), document)
  for (let index = 2; index < 600; index++) {
    documents.set(text(index, 500), document)
    expect(documents.get(text(0, 500))).toBe(document)
  }
  expect(documents.get(text(599, 500))).toBe(document)
  expect(documents.get(text(1, 500))).toBeUndefined()
})

test('who sends ever new ones of the longest does not fill the memory', () => {
  const documents = new Documents()
  for (let index = 0; index < 1000; index++) documents.set(text(index, 10_000), document)
  documents.set(text(0, 10_001), document)
  const kept = Array.from({ length: 1000 }, (_, index) => text(index, 10_000)).filter((one) => documents.get(one))
  expect(kept.length).toBe(25)
  expect(documents.get(text(0, 10_001))).toBeUndefined()
})
