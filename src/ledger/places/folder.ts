import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createFile, isFault, makeFolder, readIfThere } from '../../files.ts'
import { inOrder } from './in-order.ts'
import { fileName, type Place, sequenceOf } from './place.ts'

/** Keeps the ledger in a folder, a file for each entry: whole or not there, whenever the power is cut. */
export function openLedgerFolder(folder: string): Place {
  const pathOf = (sequence: number) => join(folder, fileName(sequence))
  const read = (sequence: number) => readIfThere(pathOf(sequence))

  /** All numbers, in order. */
  async function numbers(): Promise<number[]> {
    try {
      const found = (await readdir(folder)).flatMap((name) => sequenceOf(name) ?? [])
      return found.sort((one, other) => one - other)
    } catch (error) {
      if (!isFault(error, 'ENOENT')) throw error
      return []
    }
  }

  return {
    name: `the folder ${folder}`,
    read,
    create: async (sequence, text) => {
      await makeFolder(folder, 0o700)
      return createFile(pathOf(sequence), text, 0o600)
    },
    from: async function* (first) {
      const wanted = (await numbers()).filter((sequence) => sequence >= first)
      yield* inOrder(wanted, read)
    },
    last: async () => (await numbers()).at(-1),
    putAside: async () => {
      if ((await numbers()).length === 0) return undefined
      const aside = `${folder}.aside-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
      await rename(folder, aside)
      return aside
    },
    close: async () => undefined,
  }
}
