import { readFileSync } from 'node:fs'
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createFile, isFault, makeFolder, readIfThere } from '../../files.ts'
import { fileName, type Place, sequenceOf } from './place.ts'

function readSync(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (!isFault(error, 'ENOENT')) throw error
    return undefined
  }
}

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
      // At once: of many small files most of the time is to go to another thread and back.
      for (const sequence of wanted) {
        const text = readSync(pathOf(sequence))
        if (text !== undefined) yield { sequence, text }
      }
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
