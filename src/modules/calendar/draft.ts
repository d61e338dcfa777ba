import type { Schedule } from './times.ts'

/** What somebody does in an appointment: `ROLE` of RFC 5545. */
export const roles = ['chair', 'required', 'optional', 'informed'] as const
export type Role = (typeof roles)[number]

/** Whether they come: `PARTSTAT`. */
export const participations = ['needs_action', 'accepted', 'declined', 'tentative'] as const
export type Participation = (typeof participations)[number]

/** Whether it takes place: `STATUS`. */
export const statuses = ['tentative', 'confirmed', 'cancelled'] as const
export type Status = (typeof statuses)[number]

/** How somebody takes part. */
export type Part = { role: Role; participation: Participation }

/** Somebody who is neither a contact nor a user. */
export type Guest = Part & { name: string; email: string }

/** What an appointment is about. */
export type Texts = { title: string; place: string; description: string; guests: readonly Guest[] }

/** All that an appointment is. */
export type Draft = Schedule &
  Texts & {
    status: Status
    contacts: readonly (Part & { contactId: string })[]
    staff: readonly (Part & { userId: string })[]
  }

/** Of which series an appointment is which instance; null: of none. */
export type InstanceOf = { seriesId: string; recurrenceId: string } | null

/** Of which series an appointment is the rest, by its `UID`, and from which of its instances on. */
export type ContinuationOf = { uid: string; from: string }

/** What is stored was checked before. */
const oneOf =
  <T extends string>(values: readonly T[]) =>
  (text: string): T => {
    const found = values.find((value) => value === text)
    if (found === undefined) throw new Error(`${text} is none of ${values}`)
    return found
  }
export const roleOf = oneOf(roles)
export const participationOf = oneOf(participations)
export const statusOf = oneOf(statuses)
