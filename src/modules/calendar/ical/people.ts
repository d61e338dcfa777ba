import { validate as isUuid } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import { seenContacts } from '../../contacts/sight.ts'
import type { Draft, Guest } from '../draft.ts'
import type { Attendee } from './event.ts'

/** Who takes part, by what they are here. */
export type People = Pick<Draft, 'contacts' | 'staff'> & { guests: Guest[] }

/**
 * Finds contacts and users by their mail addresses, or else by their ids, in two statements for however many events. An address that
 * several contacts have says nothing, and leaves a guest. Of all contacts: those who are bound to purposes import nothing.
 */
export async function findPeople(
  tx: Transaction,
  all: readonly Attendee[],
): Promise<(attendees: readonly Attendee[]) => People> {
  const addresses = [...new Set(all.flatMap(({ email }) => (email ? [email.toLowerCase()] : [])))]
  const ids = [...new Set(all.flatMap(({ urn }) => idIn(urn) ?? []))]
  if (addresses.length + ids.length === 0) return noPeople
  const points = await tx.$queryRaw<{ address: string; contactId: string }[]>`
    SELECT DISTINCT lower(p.value) AS address, p.contact_id AS "contactId" FROM contact_point p
    JOIN ${seenContacts({})} c ON c.contact_id = p.contact_id
    WHERE p.kind = 'email' AND lower(p.value) = ANY(${addresses}::text[]) AND c.merged_into_id IS NULL
    UNION ALL SELECT c.contact_id::text, c.contact_id FROM ${seenContacts({})} c
    WHERE c.contact_id = ANY(${ids}::uuid[]) AND c.merged_into_id IS NULL`
  const owners = Map.groupBy(points, ({ address }) => address)
  const users = await tx.user.findMany({
    where: { OR: [{ email: { in: addresses } }, { id: { in: ids } }] },
    select: { id: true, email: true },
  })
  const userIds = new Map(users.flatMap(({ id, email }) => [[email, id] as const, [id, id] as const]))
  return (attendees) => {
    const people: People = { contacts: [], staff: [], guests: [] }
    for (const attendee of attendees) {
      const { role, participation } = attendee
      const address = attendee.email.toLowerCase() || (idIn(attendee.urn) ?? '')
      const [owner, other] = owners.get(address) ?? []
      const userId = userIds.get(address)
      if (owner && !other) {
        if (!people.contacts.some(({ contactId }) => contactId === owner.contactId)) {
          people.contacts = [...people.contacts, { contactId: owner.contactId, role, participation }]
        }
      } else if (userId && !people.staff.some((one) => one.userId === userId))
        people.staff = [...people.staff, { userId, role, participation }]
      else people.guests.push(guestOf(attendee))
    }
    return people
  }
}

/** Who has no address is referred to by their id, which means something only in the installation that wrote it. */
const idIn = (urn: string) => {
  const id = urn.replace(/^urn:uuid:/i, '').toLowerCase()
  return id !== urn && isUuid(id) ? id : undefined
}

/** All as guests. */
export const noPeople = (attendees: readonly Attendee[]): People => ({
  contacts: [],
  staff: [],
  guests: attendees.map(guestOf),
})

/** Who has neither a name nor an address is called as they are referred to. */
const guestOf = ({ name, email, urn, role, participation }: Attendee): Guest => ({
  name: name || (email ? '' : urn.slice(0, 200) || '–'),
  email,
  role,
  participation,
})
