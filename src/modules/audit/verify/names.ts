import type { LeafEntry } from '../leaf.ts'
import type { Bound, Finding } from './finding.ts'

/** The parts of an entry that say which one it is. */
export type EntryFacts = Pick<LeafEntry, 'id' | 'contactId' | 'sequence' | 'recordedAt' | 'transactionId' | 'operation'>

/** Those of them that a finding has. */
export const factsOf = ({ id, contactId, sequence, recordedAt }: EntryFacts) =>
  ({
    table: contactId === null ? 'system_audit_entry' : 'audit_entry',
    entryId: id,
    ...(contactId !== null && { contactId }),
    ...(sequence !== null && { sequence }),
    time: recordedAt,
  }) satisfies Partial<Finding>

/** What is known of an entry that is gone, from its leaf. */
export function factsOfLost(entryId: string, contactId: string | null) {
  const time = timeOf(entryId)
  return {
    table: contactId === null ? 'system_audit_entry' : 'audit_entry',
    entryId,
    ...(contactId !== null && { contactId }),
    ...(time !== undefined && { time }),
  } satisfies Partial<Finding>
}

/** Which entry a finding is about, for people. */
export function entryText({ entryId, contactId, sequence, time, table }: Partial<Finding>): string {
  const number = sequence === undefined ? '' : `, no. ${sequence}`
  const of = contactId === undefined ? (table === 'system_audit_entry' ? 'about no contact' : '') : `about ${contactId}`
  return `the entry ${entryId} (${[`${of}${number}`, time].filter(Boolean).join(', ')})`
}

/** Between which checkpoints something lies, for people. */
export function boundsText({ after, before }: { after?: Bound; before?: Bound }): string {
  const first = after ? `after the checkpoint of ${after.size} leaves` : 'after the log began'
  return before ? `${first} and before that of ${before.size} (${before.origin})` : `${first}, under no further one`
}

/** `leaf 5`, `leaves 5 to 9`. */
export const leavesText = (first: number, last: number = first): string =>
  first === last ? `leaf ${first}` : `leaves ${first} to ${last}`

/** What to do about an epoch, if there is nothing to do about it. */
export const acceptText = (epoch: number): string =>
  `If it began for good reason, such as a restore that you know of, say so: --accept-epoch ${epoch}`

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** When an id of version 7 was made, in milliseconds since 1970; NaN for others. */
export const millisecondsOf = (id: string): number =>
  id[14] === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : Number.NaN

function timeOf(id: string): string | undefined {
  const time = new Date(millisecondsOf(id))
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}
