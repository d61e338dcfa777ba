import { createHash } from 'node:crypto'
import type { Fault } from '../../graphql/errors.ts'
import type { ContactKey } from '../../keys/keys.ts'
import { checkText } from '../check-text.ts'
import type { GivenFile } from './given.ts'
import type { FileValue } from './values.ts'

/** A file that is still to be put away: it has no id yet. */
export type NewFile = Omit<FileValue, 'id'> & { content: Uint8Array }

/** How many bytes a file may have. */
export const largestFile = 1024 * 1024

/** Checks a file, and computes its size and hash. */
export function checkFile(given: GivenFile, path: string, faults: Fault[]): NewFile | undefined {
  const before = faults.length
  const refuse = (message: string) => faults.push({ field: path, message })
  const name = checkText(given.name, path, { max: 255 }, faults)
  const mediaType = (given.mediaType ?? 'application/octet-stream').trim().toLowerCase()
  if (!name && faults.length === before) refuse('Give the name of the file.')
  if (!/^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(mediaType)) refuse('The media type must look like application/pdf.')
  if (given.content.length > Math.ceil(largestFile / 3) * 4 + 4) {
    refuse(`The file may have at most ${largestFile} bytes.`)
    return undefined
  }
  const content = Buffer.from(given.content, 'base64')
  // Node passes over what is no base64.
  if (content.toString('base64').replace(/=+$/, '') !== given.content.trim().replace(/=+$/, ''))
    refuse('The content must be base64.')
  if (content.length > largestFile) refuse(`The file may have at most ${largestFile} bytes.`)
  if (faults.length > before) return undefined
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { name, mediaType, size: content.length, sha256, content }
}

const placeOf = (contactId: string, id: string) => `field_file/${contactId}/${id}/content/1`

/** What a file holds, as it is kept. */
export const sealContent = (by: ContactKey, contactId: string, id: string, content: Uint8Array) =>
  by.seal(placeOf(contactId, id), content)

/** What it holds again. Throws if it was altered, moved, or sealed under another key. */
export const openContent = (by: ContactKey, contactId: string, id: string, sealed: Uint8Array) =>
  by.open(placeOf(contactId, id), sealed)
