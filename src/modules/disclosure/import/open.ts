import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { z } from 'zod'
import { ImportFileError } from '../../contacts/import/reader.ts'

const manifestShape = z.object({
  schema: z.literal('lethe-access-package-manifest-1'),
  contactId: z.uuid(),
  files: z.array(z.object({ path: z.string(), size: z.number(), sha256: z.string() })),
})

const record = z.record(z.string(), z.json())

const dataShape = z.object({
  schema: z.literal('lethe-access-package-1'),
  contactId: z.uuid(),
  data: z.record(
    z.string(),
    z.array(
      z.object({
        record,
        provided: z.union([z.literal(true), z.array(z.string())]),
        files: z.array(z.string()).optional(),
      }),
    ),
  ),
})

/** What a package holds. */
export type PackageData = z.infer<typeof dataShape>

/** A package that is whole: each of its files is what its manifest says. `read` gives one of them, `stream` one of any size. */
export type OpenedPackage = {
  data: PackageData
  read: (path: string) => Promise<Buffer>
  stream: (path: string) => Promise<AsyncIterable<Uint8Array>>
  close: () => void
}

// What is taken in goes into memory: no more than that of one person.
const largest = 64 * 1024 * 1024

/**
 * Opens a package and checks it: hashes of all files, and, with the keys of whoever made it (a JWK set), the signature. Throws an
 * ImportFileError for what is none, and for one that was changed.
 */
export async function openPackage(path: string, keys?: JSONWebKeySet): Promise<OpenedPackage> {
  const zip = await openPromise(path, { autoClose: false }).catch((cause: unknown) => {
    throw Object.assign(new ImportFileError(path, 'This is no ZIP.'), { cause })
  })
  try {
    const entries = new Map<string, Entry>()
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry)
    const read = async (name: string) => {
      const entry = entries.get(name)
      if (!entry || entry.uncompressedSize > largest) throw new ImportFileError(name, 'It is missing or too large.')
      return buffer(await zip.openReadStreamPromise(entry))
    }
    const stream = async (name: string) => {
      const entry = entries.get(name)
      if (!entry) throw new ImportFileError(name, 'It is missing.')
      return zip.openReadStreamPromise(entry)
    }
    const manifest = await read('manifest.json')
    if (keys) await checkSignature(manifest, (await read('manifest.jws')).toString(), keys)
    const { files, contactId } = parsed(manifestShape, manifest, 'manifest.json')
    const listed = new Set([...files.map((file) => file.path), 'manifest.json', 'manifest.jws'])
    const added = [...entries.keys()].find((name) => !listed.has(name))
    if (added) throw new ImportFileError(added, 'The manifest does not know this file.')
    for (const file of files) await checkFile(zip, entries.get(file.path), file)
    const data = parsed(dataShape, await read('data.json'), 'data.json')
    if (data.contactId !== contactId) throw new ImportFileError('data.json', 'It is about somebody else.')
    return { data, read, stream, close: () => zip.close() }
  } catch (error) {
    zip.close()
    throw error
  }
}

async function checkFile(zip: ZipFile, entry: Entry | undefined, file: { path: string; size: number; sha256: string }) {
  const hash = createHash('sha256')
  let size = 0
  if (entry) {
    for await (const part of await zip.openReadStreamPromise(entry)) {
      size += part.length
      if (size > file.size) break
      hash.update(part)
    }
  }
  if (size !== file.size || hash.digest('hex') !== file.sha256)
    throw new ImportFileError(file.path, 'This is not what the manifest says: the package was changed or damaged.')
}

async function checkSignature(manifest: Buffer, jws: string, keys: JSONWebKeySet) {
  const signed = await compactVerify(jws, createLocalJWKSet(keys), { algorithms: ['EdDSA'] }).catch(
    (cause: unknown) => {
      throw Object.assign(new ImportFileError('manifest.jws', 'None of these keys signed this.'), { cause })
    },
  )
  if (!manifest.equals(signed.payload)) throw new ImportFileError('manifest.jws', 'It was made of another manifest.')
}

function parsed<T>(shape: z.ZodType<T>, content: Buffer, place: string): T {
  try {
    return shape.parse(JSON.parse(content.toString()))
  } catch (cause) {
    throw Object.assign(new ImportFileError(place, 'This is no access package of Lethe, version 1.'), { cause })
  }
}
