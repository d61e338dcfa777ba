import { createHash } from 'node:crypto'
import type { EvidenceKind } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import type { ContactKey } from '../../../keys/keys.ts'
import { loggable } from '../../../log-error.ts'
import { keyOf } from '../../audit/opening.ts'

/** What proves a legal ground: a document's name and hash, the words of a phone call. */
export type Evidence = { kind: EvidenceKind; text: string }

type Place = { contactId: string; id: string }

const placeOf = ({ contactId, id }: Place) => `lawful_basis_event/${contactId}/${id}/evidence/1`

/** Evidence as it is stored: only the contact's key opens it. */
export const sealEvidence = (key: ContactKey, place: Place, text: string): Uint8Array<ArrayBuffer> =>
  key.seal(placeOf(place), Buffer.from(text))

/** The text again. Throws if it was altered, moved, or sealed under another key. */
export const openText = (key: ContactKey, place: Place, sealed: Uint8Array): string =>
  Buffer.from(key.open(placeOf(place), sealed)).toString()

/** What the log tells of it: which sealed bytes they were. */
export const hashOf = (sealed: Uint8Array): string => createHash('sha256').update(sealed).digest('hex')

/** The text of an event's evidence; null if there is none, or its contact was erased. Throws UNREADABLE if it does not open. */
export async function openEvidence(
  context: Context,
  { evidence, ...place }: Place & { evidence: Uint8Array | null },
): Promise<string | null> {
  if (!evidence) return null
  const key = await keyOf(context, place)
  if (key === 'destroyed') return null
  try {
    if (!key) throw new Error(`there is no key for ${placeOf(place)}`)
    return openText(key, place, evidence)
  } catch (cause) {
    if (cause instanceof LetheError) throw cause // The key store is away.
    const { log, requestId } = context
    log.error({ requestId, eventId: place.id, error: loggable(cause) }, 'the evidence of a legal ground does not open')
    throw new LetheError(
      'UNREADABLE',
      'The evidence does not open: it was altered in the database, or its key is missing.',
    )
  }
}
