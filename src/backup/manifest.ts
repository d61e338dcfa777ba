import { z } from 'zod'
import type { Signer, Verifier } from '../modules/audit/checkpoint/keys.ts'
import { openNote, signNote } from '../modules/audit/checkpoint/note.ts'
import type { ArchiveRecord, Sort } from './container.ts'
import { ArchiveFault } from './fault.ts'

const table = z.object({
  name: z.string(),
  columns: z.array(z.string()).min(1),
  ownership: z.enum(['contact', 'archive', 'everybody']),
})

const header = z.object({
  /** Its id, under which its own key is in the key store. */
  archive: z.uuid(),
  /** ISO 8601; everything in it is as of this moment. */
  madeAt: z.iso.datetime(),
  /** The version of Lethe. */
  version: z.string(),
  migrations: z.array(z.string()),
  tables: z.array(table),
  /** A keyed hash that tells whether the installation's secret is the same. */
  secret: z.string(),
  /** Whether the storage's files are in it. */
  files: z.boolean(),
})

/** What an archive is of. */
export type Header = z.infer<typeof header>

const counts = z.object({
  /** Rows in the archive, by table. */
  rows: z.record(z.string(), z.number()),
  contacts: z.number(),
  /** Contacts who were erased while it was made, so they are not in it. */
  gone: z.number(),
  files: z.number(),
  /** Bytes of the files, as they lie in the storage. */
  fileBytes: z.number(),
})

/** What is in an archive, exactly. */
export type Counts = z.infer<typeof counts>

const manifest = counts.extend({ archive: z.uuid(), sha256: z.string() })

/** Nothing yet. */
export const noCounts = (): Counts => ({ rows: {}, contacts: 0, gone: 0, files: 0, fileBytes: 0 })

/** The header that a record holds. Throws an ArchiveFault. */
export function readHeader({ content, place }: Pick<ArchiveRecord, 'content' | 'place'>): Header {
  const { data, error } = header.safeParse(json(content.toString()))
  if (!data)
    throw new ArchiveFault(place, `the header is damaged, or of another version of Lethe (${z.prettifyError(error)}).`)
  return data
}

/** The manifest as a note that is signed like the audit log's checkpoints, and can't be taken for one. */
export const signManifest = (signer: Signer, sort: Sort, facts: z.infer<typeof manifest>): string =>
  signNote(signer, `${sort}\n${JSON.stringify(facts)}\n`)

/** What the manifest says, when one of these keys signed it and it is that of this archive. Throws an ArchiveFault. */
export function openManifest(
  { content, place, digest }: ArchiveRecord,
  sort: Sort,
  { archive }: Pick<Header, 'archive'>,
  verifiers: readonly Verifier[],
): Counts {
  const note = content.toString()
  const text = verifiers.map((verifier) => openNote(verifier, note)).find((found) => found !== undefined)
  if (text === undefined) {
    throw new ArchiveFault(
      place,
      'the archive is of another installation, or was altered: none of the keys that are known here signed it. Put the file ' +
        'audit.key back, or bring the public key along: --signed-by name+id+base64.',
    )
  }
  const { data } = manifest.safeParse(text.startsWith(`${sort}\n`) ? json(text.slice(sort.length + 1)) : undefined)
  if (!data || data.archive !== archive) throw new ArchiveFault(place, 'the manifest is not the one of this archive.')
  if (data.sha256 !== digest())
    throw new ArchiveFault(place, 'the archive is not the one that was signed: it was altered.')
  return data
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // Whoever asks says what is wrong, and where.
  }
}
