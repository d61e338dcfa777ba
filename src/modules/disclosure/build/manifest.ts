import { CompactSign } from 'jose'
import type { WorkContext } from '../../../graphql/context.ts'
import { recordSigner } from '../../consent/record/keys.ts'
import type { ArchivedFile } from './archive.ts'
import type { Collected } from './collect.ts'

/** What a package says of itself. */
export type About = {
  packageId: string
  requestId: string | null
  contactId: string
  kind: 'access' | 'portability'
  language: 'de' | 'en'
  /** As of when the data is; ISO 8601. */
  snapshotAt: string
  /** The newest checkpoint of the audit log at that moment: what the data came from is at least as old. */
  auditCheckpoint: string | null
}

/** The manifest of all files that are in the archive by now. */
export const manifestOf = (
  { organisation }: Pick<WorkContext, 'organisation'>,
  about: About,
  files: readonly ArchivedFile[],
  { kinds, redactions }: Pick<Collected, 'kinds' | 'redactions'>,
) => ({
  schema: 'lethe-access-package-manifest-1',
  ...about,
  controller: organisation?.controller ?? null,
  producedAt: new Date().toISOString(),
  files: [...files],
  records: Object.fromEntries(kinds.map(({ name, count }) => [name, count])),
  redactions: [...redactions.summary],
})

/**
 * The manifest signed (JWS, compact; EdDSA), with the key that consent records are signed with, which is published at
 * `/.well-known/jwks.json`. What it carries is the manifest, byte by byte.
 */
export async function signManifest(context: WorkContext, manifest: Uint8Array): Promise<string> {
  const { kid, key } = await recordSigner(context)
  return new CompactSign(manifest).setProtectedHeader({ alg: 'EdDSA', typ: 'access-package+jws', kid }).sign(key)
}
