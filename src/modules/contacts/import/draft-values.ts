import type { EmailDraft, MessengerDraft, PhoneDraft, PointDraft, PostalAddressDraft, WebsiteDraft } from '../draft.ts'

/** The points of a draft that is being put together. */
export type PointLists = {
  emails: EmailDraft[]
  phones: PhoneDraft[]
  addresses: PostalAddressDraft[]
  websites: WebsiteDraft[]
  messengers: MessengerDraft[]
}

/** Lists without a point in them yet. */
export function emptyPointLists(): PointLists {
  return { emails: [], phones: [], addresses: [], websites: [], messengers: [] }
}

/** The lists that have points; an empty one says nothing and is left out of a draft. */
export function filledPointLists({ emails, phones, addresses, websites, messengers }: PointLists): Partial<PointLists> {
  return {
    ...(emails.length > 0 && { emails }),
    ...(phones.length > 0 && { phones }),
    ...(addresses.length > 0 && { addresses }),
    ...(websites.length > 0 && { websites }),
    ...(messengers.length > 0 && { messengers }),
  }
}

const ADDRESS_PARTS = ['street', 'postalCode', 'city', 'region', 'country'] as const

/** Adds a postal address of those parts that are not empty, if there are any. */
export function addPostalAddress(
  points: PointLists,
  parts: { [part in (typeof ADDRESS_PARTS)[number]]: string | undefined },
  point: PointDraft,
): void {
  const address: PostalAddressDraft = {}
  for (const part of ADDRESS_PARTS) if (parts[part]) address[part] = parts[part]
  if (Object.keys(address).length > 0) points.addresses.push({ ...address, ...point })
}

// Words that every exporter writes in its own case; all other labels are the user's own and stay as they are.
const STANDARD_LABEL = /^(home|work|mobile|cell|other|main|fax|pager|homepage|blog|profile|(home|work) ?fax)$/i

/** A label as we write it: the standard ones in lower case, `cell` as `mobile`. */
export function pointLabel(text: string): string {
  const label = text.trim()
  if (!STANDARD_LABEL.test(label)) return label
  return label.toLowerCase() === 'cell' ? 'mobile' : label.toLowerCase()
}

/**
 * A day as ISO 8601, from `12.4.1985`, `1985-04-12`, `19850412` and, where the month comes first, `4/12/1985`.
 * `undefined` for an empty or yearless one. Whatever else is handed on as it is, for the check to refuse.
 */
export function isoDay(text: string, monthFirst = false): string | undefined {
  const clean = text.trim()
  // Outlook writes 0/0/00 for no birthday, phones write --04-12 where the year is not known.
  if (/^[0./-]*$/.test(clean) || clean.startsWith('--')) return undefined
  const iso = /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ].*)?$/.exec(clean)
  const dayFirst = /^(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})$/.exec(clean)
  const slashes = monthFirst ? /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(clean) : null
  if (iso) return `${iso[1]}-${iso[2]}-${iso[3]}`
  if (dayFirst) return joinDay(dayFirst[3], dayFirst[2], dayFirst[1])
  if (slashes) return joinDay(slashes[3], slashes[1], slashes[2])
  return clean
}

function joinDay(year = '', month = '', day = ''): string {
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}
