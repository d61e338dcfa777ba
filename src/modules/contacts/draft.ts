import type { Fault } from '../../graphql/errors.ts'
import type { FieldDraft } from '../fields/given.ts'
import type { FieldPlan } from '../fields/plan.ts'

/**
 * A contact as somebody hands it to us, before it is checked: what the GraphQL inputs, the importers and the seeder
 * produce, and what `checkDraft` (check.ts) turns into a valid contact or a list of faults. All values are text as
 * received; dates are ISO 8601 (`YYYY-MM-DD`). Absent means 'not said'; `null` means 'empty it'.
 */
export type ContactDraft = {
  title?: string | null | undefined
  givenName?: string | null | undefined
  familyName?: string | null | undefined
  displayName?: string | null | undefined
  organisation?: string | null | undefined
  jobTitle?: string | null | undefined
  birthDate?: string | null | undefined
  language?: string | null | undefined
  timeZone?: string | null | undefined
  tags?: readonly string[] | null | undefined
  emails?: readonly EmailDraft[] | null | undefined
  phones?: readonly PhoneDraft[] | null | undefined
  addresses?: readonly PostalAddressDraft[] | null | undefined
  websites?: readonly WebsiteDraft[] | null | undefined
  messengers?: readonly MessengerDraft[] | null | undefined
  /** Checked apart (fields/plan.ts), by definitions that are made at run time. */
  customFields?: readonly FieldDraft[] | null | undefined
}

/** What every kind of contact point has. `primary` marks the one to use first; at most one of a kind. */
export type PointDraft = { label?: string | null | undefined; primary?: boolean | null | undefined }
export type EmailDraft = PointDraft & { address: string }
export type PhoneDraft = PointDraft & { number: string }
export type PostalAddressDraft = PointDraft & {
  street?: string | null | undefined
  postalCode?: string | null | undefined
  city?: string | null | undefined
  region?: string | null | undefined
  /** ISO 3166-1 alpha-2 (`DE`); importers may hand over a country's name, which is looked up. */
  country?: string | null | undefined
}
export type WebsiteDraft = PointDraft & { url: string }
export type MessengerDraft = PointDraft & { service: string; handle: string }

/** The kinds of contact point, as stored in `contact_point.kind`. */
export type PointKind = 'email' | 'phone' | 'address' | 'website' | 'messenger'

/** One contact point, checked and normalised, in the shape of the table `contact_point`. Empty text is `''`. */
export type CheckedPoint = {
  kind: PointKind
  label: string
  primary: boolean
  /** What is searched and compared: the e-mail address in lower case domain, the number in E.164, the address on one line, the URL, the handle. */
  value: string
  /** Messenger service, lower case (`signal`). */
  service: string
  street: string
  postalCode: string
  city: string
  region: string
  country: string
}

/** The columns of a contact, checked and normalised. Empty text is `''`; an absent key was not said in the draft. */
export type CheckedColumns = {
  title?: string
  givenName?: string
  familyName?: string
  displayName?: string
  organisation?: string
  jobTitle?: string
  /** UTC midnight of the day. */
  birthDate?: Date | null
  language?: string
  timeZone?: string
  tags?: string[]
}

export type CheckedContact = {
  columns: CheckedColumns
  points: CheckedPoint[]
  /** What is to become of custom fields. */
  fields?: FieldPlan
  /** Of an imported contact: the custom fields that are required of new ones, and that it lacks. */
  missing?: readonly Fault[]
}
