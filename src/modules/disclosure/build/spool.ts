import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Lines that wait on the disk, to be read again in their order, as often as needed. */
export type Spool = {
  append: (line: string) => Promise<void>
  /** All lines that were appended. */
  lines: () => AsyncIterable<string>
  /** Forgets them. */
  close: () => Promise<void>
}

const algorithm = 'aes-256-ctr'
const atOnce = 64 * 1024

/**
 * Opens a spool. Its file has no name any more once it is open, so that nothing of it stays when the process dies, and is
 * encrypted with a key that is in memory only, so that the disk tells nothing either.
 */
export async function openSpool(): Promise<Spool> {
  const path = join(tmpdir(), `lethe-${randomBytes(16).toString('hex')}`)
  const file = await open(path, 'wx+', 0o600)
  await unlink(path)
  const [key, iv] = [randomBytes(32), randomBytes(16)]
  const cipher = createCipheriv(algorithm, key, iv)
  let waiting: string[] = []
  let length = 0
  const flush = async () => {
    const text = waiting.join('')
    waiting = []
    length = 0
    if (text) await writeAll(file, cipher.update(text, 'utf8'))
  }
  return {
    append: async (line) => {
      waiting.push(`${line}\n`)
      length += line.length + 1
      if (length >= atOnce) await flush()
    },
    lines: async function* () {
      await flush()
      const sealed = file.createReadStream({ start: 0, autoClose: false, highWaterMark: atOnce })
      const opened = sealed.pipe(createDecipheriv(algorithm, key, iv))
      sealed.on('error', (error) => opened.destroy(error))
      yield* createInterface({ input: opened, crlfDelay: Number.POSITIVE_INFINITY })
    },
    close: () => file.close(),
  }
}

async function writeAll(file: FileHandle, content: Uint8Array) {
  for (let at = 0; at < content.length; ) at += (await file.write(content, at)).bytesWritten
}
