import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** In which files of a folder, and all below it, which of these byte strings are: each file with what was found. */
export async function searchBytes(folder: string, needles: ReadonlyMap<string, Buffer>): Promise<string[]> {
  const found = new Set<string>()
  // By their first two bytes: so all are looked for in one pass.
  const byBeginning = Map.groupBy(needles, ([, needle]) => needle.readUInt16BE())
  const begins = new Uint8Array(1 << 16)
  for (const beginning of byBeginning.keys()) begins[beginning] = 1
  const overlap = Math.max(...[...needles.values()].map(({ length }) => length)) - 1
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    let rest: Buffer = Buffer.alloc(0)
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 22 })) {
      const bytes = Buffer.concat([rest, chunk])
      let two = 0
      for (let at = 0; at < bytes.length; at++) {
        two = ((two << 8) | (bytes[at] ?? 0)) & 0xffff
        if (begins[two] === 0 || at === 0) continue
        for (const [name, needle] of byBeginning.get(two) ?? [])
          if (bytes.compare(needle, 0, needle.length, at - 1, Math.min(at - 1 + needle.length, bytes.length)) === 0)
            found.add(`${name} in ${path}`)
      }
      rest = bytes.subarray(Math.max(0, bytes.length - overlap))
    }
  }
  return [...found]
}
