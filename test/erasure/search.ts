import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** In which files of a folder, and all below it, which of these byte strings are: each file with what was found. */
export async function searchBytes(folder: string, needles: ReadonlyMap<string, Buffer>): Promise<string[]> {
  const found = new Set<string>()
  const overlap = Math.max(...[...needles.values()].map(({ length }) => length)) - 1
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    let rest: Buffer = Buffer.alloc(0)
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 22 })) {
      const bytes = Buffer.concat([rest, chunk])
      for (const [name, needle] of needles) if (bytes.includes(needle)) found.add(`${name} in ${path}`)
      rest = bytes.subarray(Math.max(0, bytes.length - overlap))
    }
  }
  return [...found]
}
