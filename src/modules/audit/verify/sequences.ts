import type { Ask } from './connection.ts'

/** Numbers that a contact's entries lack, from the first to the last; or, if it isn't after the one before, a number there twice. */
export type Gap = { first: bigint; last: bigint }

// The sum tells of numbers that are there twice while others are missing.
const suspects = `
  SELECT contact_id FROM audit_entry GROUP BY contact_id
  HAVING min(sequence) <> 1 OR max(sequence) <> count(*) OR sum(sequence) <> count(*) * (count(*) + 1) / 2
  LIMIT 1000`

const gaps = `
  SELECT contact_id, before, sequence
  FROM (
    SELECT contact_id, sequence, lag(sequence, 1, 0::bigint) OVER (PARTITION BY contact_id ORDER BY sequence) AS before
    FROM audit_entry WHERE contact_id = ANY($1::uuid[])
  ) e
  WHERE sequence <> before::numeric + 1 ORDER BY contact_id, sequence LIMIT 10000`

/** The contacts whose entries aren't numbered 1, 2, 3 …, with what is missing. */
export async function readGaps(ask: Ask): Promise<Map<string, Gap[]>> {
  const contacts = (await ask(suspects)).flatMap(([contactId]) => contactId ?? [])
  if (contacts.length === 0) return new Map()
  const found = new Map<string, Gap[]>()
  for (const [contactId, before, sequence] of await ask(gaps, [contacts])) {
    const gap = { first: BigInt(before ?? 0) + 1n, last: BigInt(sequence ?? 0) - 1n }
    if (contactId) found.set(contactId, [...(found.get(contactId) ?? []), gap])
  }
  return found
}

/** All numbers of the gaps, in their order; none if there are more than anybody wants to know, or one is there twice. */
export function numbersOf(list: readonly Gap[]): number[] {
  if (list.some(({ first, last }) => last < first || last - first > 10_000n)) return []
  return list.flatMap(({ first, last }) =>
    Array.from({ length: Number(last - first) + 1 }, (_, at) => Number(first) + at),
  )
}

/** `no. 3 is missing` */
export const gapText = ({ first, last }: Gap): string =>
  last < first
    ? `no. ${last + 1n} is there twice, or is no number`
    : first === last
      ? `no. ${first} is missing`
      : `no. ${first} to ${last} are missing`
