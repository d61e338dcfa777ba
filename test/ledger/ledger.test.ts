import { readdir } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { openLedgerFolder } from '../../src/ledger/places/folder.ts'
import { filled, freshFolder, inFolders } from './support.ts'

it('keeps entries in their order, each going on from the one before', async () => {
  const folder = await freshFolder()
  const entries = await filled([openLedgerFolder(folder)], 40)
  const again = inFolders(folder)
  expect(await Array.fromAsync(again.after(undefined))).toEqual(entries)
  expect(await Array.fromAsync(again.after(entries[36]))).toEqual(entries.slice(37))
  expect(await again.head()).toEqual(entries[39])
  expect(await again.check()).toBe(40)
  expect(entries.map(({ previous }) => previous).slice(1)).toEqual(entries.map(({ hash }) => hash).slice(0, -1))
  expect(await readdir(folder)).toHaveLength(40)
})

it('gives each of many writers a number of its own', async () => {
  const folder = await freshFolder()
  await filled([openLedgerFolder(folder)], 1)
  const writers = Array.from({ length: 4 }, () => inFolders(folder))
  const written = await Promise.all(
    writers.flatMap((writer, at) => Array.from({ length: 5 }, (_, n) => writer.append('erased', { by: `${at}/${n}` }))),
  )
  const all = await Array.fromAsync(inFolders(folder).after(undefined))
  expect(all).toHaveLength(21)
  expect(all.slice(1)).toEqual(written.toSorted((one, other) => one.sequence - other.sequence))
})
