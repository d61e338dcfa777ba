import type {
  ContactDraft,
  EmailDraft,
  MessengerDraft,
  PhoneDraft,
  PostalAddressDraft,
  WebsiteDraft,
} from '../draft.ts'
import type { SeedLocale } from './locales.ts'
import type { Random } from './random.ts'
import type { Town } from './towns.ts'

/** What the contact points of one made-up person are built from. */
export type Person = {
  index: number
  givenName: string
  familyName: string
  organisation: string | undefined
  locale: SeedLocale
  town: Town
}

// Set aside by RFC 2606: no mail sent to the seed by mistake ever reaches anybody.
const PRIVATE_DOMAINS = ['example.com', 'example.org', 'example.net'] as const
const LETTERS_WITHOUT_DECOMPOSITION: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  ø: 'oe',
  ł: 'l',
  ı: 'i',
}

/** Returns the text in lower case ASCII letters and digits, everything else turned into single `separator`s. */
export function asciiName(text: string, separator: string): string {
  return text
    .toLowerCase()
    .replace(/[äöüßøłı]/g, (letter) => LETTERS_WITHOUT_DECOMPOSITION[letter] ?? letter)
    .normalize('NFD')
    .replace(/[\u0300-\u036f']/g, '')
    .replace(/[^a-z0-9]+/g, separator)
    .replace(/^[.-]+|[.-]+$/g, '')
}

/** Returns the contact points of a person; kinds the person has none of are absent. */
export function pointsOf(person: Person, random: Random): ContactDraft {
  const mailName = `${asciiName(person.givenName, '-')}.${asciiName(person.familyName, '-')}`
  const domain = person.organisation === undefined ? undefined : `${asciiName(person.organisation, '-')}.example`
  const phones = phonesOf(person, random)

  const points: ContactDraft = { emails: emailsOf(person, mailName, domain, random) }
  if (phones.length > 0) points.phones = phones
  const addresses = addressesOf(person, random)
  if (addresses.length > 0) points.addresses = addresses
  const websites = websitesOf(person, domain, random)
  if (websites.length > 0) points.websites = websites
  const messengers = messengersOf(person, mailName, phones, random)
  if (messengers.length > 0) points.messengers = messengers
  return points
}

function emailsOf(person: Person, mailName: string, domain: string | undefined, random: Random): EmailDraft[] {
  const emails: EmailDraft[] = []
  if (domain !== undefined) emails.push({ address: `${mailName}@${domain}`, label: 'work' })
  if (domain === undefined || random.chance(0.3)) {
    // The index keeps namesakes apart, so that only the intended duplicates share an address.
    emails.push({ address: `${mailName}.${person.index}@${random.pick(PRIVATE_DOMAINS)}`, label: 'private' })
  }
  if (random.chance(0.1)) {
    const short = asciiName(person.familyName, '')
    emails.push({ address: `${short}${person.index}@${random.pick(PRIVATE_DOMAINS)}`, label: 'other' })
  }
  return firstIsPrimary(emails)
}

function phonesOf(person: Person, random: Random): PhoneDraft[] {
  const { phones: landlines, mobiles } = person.locale
  const phones: PhoneDraft[] = []
  if (random.chance(0.7)) {
    phones.push({ number: withDigits(random.pick(landlines), random), label: person.organisation ? 'work' : 'home' })
  }
  if (random.chance(0.2)) phones.push({ number: withDigits(random.pick(landlines), random), label: 'home' })
  // Seldom, as the mobile numbers set aside for films are few, and everybody would share them.
  if (mobiles.length > 0 && random.chance(0.04)) {
    phones.push({ number: withDigits(random.pick(mobiles), random), label: 'mobile' })
  }
  return firstIsPrimary(phones)
}

function addressesOf(person: Person, random: Random): PostalAddressDraft[] {
  const addresses: PostalAddressDraft[] = []
  if (person.organisation !== undefined && random.chance(0.7)) addresses.push(addressIn(person, 'work', random))
  if (random.chance(person.organisation === undefined ? 0.85 : 0.3)) addresses.push(addressIn(person, 'home', random))
  return firstIsPrimary(addresses)
}

function addressIn({ locale, town }: Person, label: string, random: Random): PostalAddressDraft {
  const number = `${1 + random.below(149)}${random.chance(0.08) ? random.pick(['a', 'b', 'c']) : ''}`
  const street = locale.streetLine.replace('{street}', random.pick(locale.streets)).replace('{number}', number)
  const address: PostalAddressDraft = {
    street,
    postalCode: random.pick(town.postalCodes),
    city: town.city,
    country: locale.country,
    label,
  }
  if (town.region !== undefined) address.region = town.region
  return address
}

function websitesOf(person: Person, domain: string | undefined, random: Random): WebsiteDraft[] {
  if (domain !== undefined) return random.chance(0.5) ? [{ url: `https://www.${domain}/`, label: 'work' }] : []
  if (!random.chance(0.04)) return []
  return [{ url: `https://${asciiName(`${person.givenName} ${person.familyName}`, '-')}.example/`, label: 'private' }]
}

function messengersOf(
  person: Person,
  mailName: string,
  phones: readonly PhoneDraft[],
  random: Random,
): MessengerDraft[] {
  if (!random.chance(0.15)) return []
  const name = `${mailName}.${person.index}`
  const number = phones[0]?.number
  if (number !== undefined && random.chance(0.6)) {
    return [{ service: random.pick(['signal', 'whatsapp', 'telegram']), handle: number }]
  }
  return [
    random.pick([
      { service: 'matrix', handle: `@${name}:example.org` },
      { service: 'xmpp', handle: `${name}@example.net` },
      { service: 'mastodon', handle: `@${name.replace(/[.-]/g, '_')}@social.example` },
    ]),
  ]
}

function withDigits(pattern: string, random: Random): string {
  return pattern.replace(/#/g, () => String(random.below(10)))
}

function firstIsPrimary<Point extends { primary?: boolean | null | undefined }>(points: Point[]): Point[] {
  const [first] = points
  if (first !== undefined && points.length > 1) first.primary = true
  return points
}
