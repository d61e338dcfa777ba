import { join, resolve } from 'node:path'
import type { Environment } from '../settings.ts'
import type { BucketSettings } from '../storage/s3.ts'
import { bucketAccess, bucketOf } from '../storage/settings.ts'

/** A place of the ledger, as LETHE_LEDGER names it. */
export type LedgerPlace =
  | { kind: 'folder'; path: string }
  | { kind: 'bucket'; bucket: BucketSettings }
  | { kind: 'table'; url: string }

/** Where the environment says that the ledger is kept. Without: in the data folder, and in the bucket, if files lie in one (see own-copy.ts). */
export function ledgerOf(env: Environment): readonly LedgerPlace[] {
  if (env.LETHE_LEDGER?.trim()) return ledgerPlaces(env.LETHE_LEDGER, () => bucketAccess(env, 'LETHE_LEDGER'))
  const folder = { kind: 'folder', path: join(resolve(env.LETHE_DATA), 'ledger') } as const
  const bucket = bucketOf(env)
  return bucket ? [folder, { kind: 'bucket', bucket: { ...bucket, prefix: `${bucket.prefix}ledger/` } }] : [folder]
}

/**
 * Reads LETHE_LEDGER: places with blanks between, each a folder, `s3://bucket/prefix`, or `postgresql://…`. They come in an
 * order of their own, so that it is the same for all processes, however each was told.
 *
 * @param access How buckets are reached. Throws, if there is one and nothing says that.
 */
function ledgerPlaces(text: string, access: () => Omit<BucketSettings, 'name' | 'prefix'>): LedgerPlace[] {
  const words = [...new Set(text.split(/\s+/).filter(Boolean))]
  return words
    .map((word) => ({ word, place: placeOf(word, access) }))
    .toSorted((one, other) => (one.word < other.word ? -1 : 1))
    .map(({ place }) => place)
}

function placeOf(word: string, access: () => Omit<BucketSettings, 'name' | 'prefix'>): LedgerPlace {
  if (/^postgres(ql)?:\/\//.test(word)) return { kind: 'table', url: word }
  const [, name, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(word) ?? []
  if (name === undefined) return { kind: 'folder', path: resolve(word) }
  return {
    kind: 'bucket',
    bucket: { ...access(), name, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` },
  }
}

/** Whether a text could be LETHE_LEDGER. */
export const isLedger = (text: string): boolean =>
  text
    .split(/\s+/)
    .filter(Boolean)
    .every(
      (word) =>
        /^postgres(ql)?:\/\/[^/]/.test(word) || /^s3:\/\/[\w.-]+(\/[\w./-]*)?$/.test(word) || !word.includes('://'),
    )
