import { domainToASCII, domainToUnicode } from 'node:url'
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { Fault } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { countryCode } from './countries.ts'
import type {
  CheckedPoint,
  EmailDraft,
  MessengerDraft,
  PhoneDraft,
  PointKind,
  PostalAddressDraft,
  WebsiteDraft,
} from './draft.ts'

/** The draft that each kind of contact point is checked from. */
export type PointDrafts = {
  email: EmailDraft
  phone: PhoneDraft
  address: PostalAddressDraft
  website: WebsiteDraft
  messenger: MessengerDraft
}

/**
 * Where phone numbers without a country code are dialled: in the contact's `homeCountry`, or else in `defaultCountry`
 * (`DE`).
 */
export type PointOptions = { homeCountry?: string | undefined; defaultCountry?: string | undefined }

type Details = Partial<CheckedPoint> & { value: string }
type Checks = {
  [K in PointKind]: (draft: PointDrafts[K], path: string, faults: Fault[], options: PointOptions) => Details
}

const CHECKS: Checks = {
  email: (draft, path, faults) => ({ value: checkEmail(draft.address, `${path}.address`, faults) }),
  phone: (draft, path, faults, { homeCountry, defaultCountry }) => ({
    value: checkPhone(draft.number, `${path}.number`, [homeCountry, defaultCountry], faults),
  }),
  address: checkAddress,
  website: (draft, path, faults) => ({ value: checkUrl(draft.url, `${path}.url`, faults) }),
  messenger: (draft, path, faults) => ({
    service: required(draft.service, `${path}.service`, 50, 'Name the service, such as signal.', faults).toLowerCase(),
    value: required(draft.handle, `${path}.handle`, 200, 'Give the name or number used there.', faults),
  }),
}

/** Checks and normalises one contact point. There is a `point` only where there are no faults. */
export function checkPoint<K extends PointKind>(
  kind: K,
  draft: PointDrafts[K],
  path: string,
  options: PointOptions = {},
): { point?: CheckedPoint; faults: Fault[] } {
  const faults: Fault[] = []
  const label = checkText(draft.label, `${path}.label`, { max: 50 }, faults)
  const details = CHECKS[kind](draft, path, faults, options)
  if (faults.length > 0) return { faults }
  const empty = { service: '', street: '', postalCode: '', city: '', region: '', country: '' }
  return { point: { kind, label, primary: draft.primary ?? false, ...empty, ...details }, faults }
}

/** What tells one point of a contact from another of its kind. Only the paths of web addresses mind the case. */
export const pointKey = ({ kind, service, value }: { kind: string; service: string; value: string }): string =>
  JSON.stringify([kind, service, kind === 'website' ? value : value.toLowerCase()])

/** A postal address on one line: `Lindenallee 5, 10115 Berlin, DE`. */
export function formatAddress(
  point: Pick<CheckedPoint, 'street' | 'postalCode' | 'city' | 'region' | 'country'>,
): string {
  const city = [point.postalCode, point.city].filter(Boolean).join(' ')
  return [...point.street.split('\n').map((line) => line.trim()), city, point.region, point.country]
    .filter(Boolean)
    .join(', ')
}

function required(text: string, field: string, max: number, advice: string, faults: Fault[]): string {
  const before = faults.length
  const clean = checkText(text, field, { max }, faults)
  if (!clean && faults.length === before) faults.push({ field, message: `Must not be empty. ${advice}` })
  return clean
}

function checkEmail(text: string, field: string, faults: Fault[]): string {
  const clean = required(text, field, 320, 'Give an e-mail address, such as anna@example.org.', faults)
  if (!clean) return ''
  const at = clean.lastIndexOf('@')
  const local = clean.slice(0, at)
  const domain = at > 0 ? canonicalDomain(clean.slice(at + 1)) : undefined
  const localIsValid = local.length <= 64 && /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(local)
  // 254 octets is what fits into the path of an SMTP command (RFC 5321, 4.5.3.1.3).
  if (localIsValid && domain && local.length + 1 + domainToASCII(domain).length <= 254) return `${local}@${domain}`
  faults.push({ field, message: 'Must be an e-mail address, such as anna@example.org or anna+news@example.org.' })
  return ''
}

/** The domain in lower case and in Unicode, so that `xn--mnchen-3ya.example` and `münchen.example` are the same. */
function canonicalDomain(text: string): string | undefined {
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(text)) return undefined
  const ascii = domainToASCII(text)
  const isValid =
    ascii.length <= 253 && /^([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z]([a-z\d-]{0,61}[a-z\d])$/.test(ascii)
  return isValid ? domainToUnicode(ascii) : undefined
}

/** A number without a prefix is dialled in the first of the countries in which it is one. */
function checkPhone(text: string, field: string, dialledIn: readonly (string | undefined)[], faults: Fault[]): string {
  const clean = required(text, field, 100, 'Give a phone number, such as +49 30 1234567.', faults)
  if (!clean) return ''
  const countries = dialledIn
    .map((country) => country?.toUpperCase() ?? '')
    .filter((country) => isSupportedCountry(country))
  const numbers = [...countries, undefined].map((defaultCountry) =>
    parsePhoneNumberFromString(clean, { ...(defaultCountry && { defaultCountry }), extract: false }),
  )
  const number = numbers.find((found) => found?.isValid())
  if (number && !number.ext) return number.number
  const country = countries.at(-1)
  const message = number?.ext
    ? 'Must be a phone number without an extension; put the extension into the label.'
    : `Must be a valid phone number${country ? ` in ${country}, or one` : ''} that begins with + and the country code, such as +49 30 1234567.`
  faults.push({ field, message })
  return ''
}

function checkAddress(draft: PostalAddressDraft, path: string, faults: Fault[]): Details {
  const before = faults.length
  const address = {
    street: checkText(draft.street, `${path}.street`, { max: 500, multiline: true }, faults),
    postalCode: checkText(draft.postalCode, `${path}.postalCode`, { max: 20 }, faults),
    city: checkText(draft.city, `${path}.city`, { max: 200 }, faults),
    region: checkText(draft.region, `${path}.region`, { max: 200 }, faults),
    country: checkCountry(draft.country, `${path}.country`, faults),
  }
  const value = formatAddress(address)
  if (!value && faults.length === before) {
    faults.push({ field: path, message: 'Must not be empty. Give at least a street, a city or a country.' })
  }
  return { ...address, value }
}

function checkCountry(text: string | null | undefined, field: string, faults: Fault[]): string {
  const clean = checkText(text, field, { max: 100 }, faults)
  const code = clean ? countryCode(clean) : ''
  if (code === undefined)
    faults.push({ field, message: 'Must be a country: its ISO 3166-1 code, such as DE, or name.' })
  return code ?? ''
}

function checkUrl(text: string, field: string, faults: Fault[]): string {
  const clean = required(text, field, 2000, 'Give a web address, such as https://example.org.', faults)
  if (!clean) return ''
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(clean)
  const url = URL.parse(hasScheme ? clean : `https://${clean}`)
  // Without a scheme only a dot tells a host from a word, and `tel:110` from a host with a port.
  const isWeb = url && /^https?:$/.test(url.protocol) && (hasScheme || url.hostname.includes('.'))
  if (!isWeb || url.username || url.password || url.href.length > 2000) {
    faults.push({
      field,
      message: 'Must be a web address with http or https and no password, such as https://example.org.',
    })
    return ''
  }
  return url.href
}
