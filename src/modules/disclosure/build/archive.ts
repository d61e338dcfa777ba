import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import yazl from 'yazl'

/** A file in the archive, as the manifest tells of it. `sha256` is hex, `size` in bytes. */
export type ArchivedFile = { path: string; mediaType: string; size: number; sha256: string }

/** A ZIP in the making. */
export type Archive = {
  /** What was added until now. */
  files: readonly ArchivedFile[]
  /** Adds a file as it comes; settles when it is in. */
  add: (path: string, mediaType: string, content: AsyncIterable<Uint8Array>) => Promise<ArchivedFile>
  /** Nothing more comes. */
  end: () => void
  /** Ends it with an error for who reads it. */
  fail: (error: Error) => void
  /** The ZIP, as it grows; nothing is added faster than it is read. */
  output: AsyncIterable<Uint8Array>
}

/** Begins a ZIP (with ZIP64 where it is needed), in bounded memory. */
export function beginArchive(): Archive {
  const zip = new yazl.ZipFile()
  const output = Readable.from(zip.outputStream as AsyncIterable<Uint8Array>)
  const files: ArchivedFile[] = []
  const fail = (error: Error) => void output.destroy(error)
  zip.on('error', fail)
  return {
    files,
    output,
    fail,
    end: () => zip.end(),
    async add(path, mediaType, content) {
      const hash = createHash('sha256')
      let size = 0
      const stream = Readable.from(
        (async function* () {
          for await (const part of content) {
            hash.update(part)
            size += part.length
            yield part
          }
        })(),
        { objectMode: false },
      )
      zip.addReadStream(stream, path, { mtime: new Date(), compress: !isCompressed(mediaType) })
      await finished(stream)
      const file = { path, mediaType, size, sha256: hash.digest('hex') }
      files.push(file)
      return file
    },
  }
}

const isCompressed = (mediaType: string) => /^(image\/(?!svg)|video\/|audio\/|application\/(pdf|zip))/.test(mediaType)

/** A name that is safe as a part of a path on every system, and is what it was as far as possible. */
export function safeName(name: string): string {
  const clean = name
    .normalize('NFC')
    .replace(/[\p{C}<>:"/\\|?*]/gu, '_')
    .replace(/^\.+|[. ]+$/g, '_')
  const [stem = '', ending = ''] = [clean.replace(/\.[^.]{1,10}$/, ''), /\.[^.]{1,10}$/.exec(clean)?.[0] ?? '']
  const short = [...stem].slice(0, 80).join('') || '_'
  return `${/^(con|prn|aux|nul|com\d|lpt\d)$/i.test(short) ? `_${short}` : short}${ending}`
}
