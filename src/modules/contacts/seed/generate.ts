import type { ContactDraft } from '../draft.ts'
import { SEED_LOCALES, type SeedLocale } from './locales.ts'
import { asciiName, pointsOf } from './points.ts'
import { type Random, randomFor } from './random.ts'

/** A made-up contact with the identifier it has in the made-up system it comes from. */
export type SeedDraft = ContactDraft & { externalId: string }

/** A draft of which we know the name, as every made-up person has one. */
type NamedDraft = SeedDraft & { givenName: string; familyName: string }

// Every fiftieth contact (2 %) is an earlier one recorded a second time, so that the search for duplicates finds some.
const DUPLICATE_EVERY = 50
const TAGS = [
  'customer',
  'customer',
  'supplier',
  'newsletter',
  'newsletter',
  'press',
  'partner',
  'prospect',
  'vip',
  'event-2024',
  'event-2025',
  'event-2026',
  'volunteer',
  'christmas-card',
] as const
const DAY = 86_400_000
const FIRST_BIRTHDAY = Date.UTC(1935, 0, 1)
const BIRTHDAYS = (Date.UTC(2006, 0, 1) - FIRST_BIRTHDAY) / DAY
const LOCALE_OF_PERCENT = SEED_LOCALES.flatMap((locale) => Array.from({ length: locale.share }, () => locale))

/**
 * Returns the made-up contact number `index` (a whole number from 0). It depends on nothing but the index: every run on
 * every machine gives the same. It is not meant to reach anybody: mail domains are reserved, telephone numbers taken
 * from ranges set aside for fiction or hardly handed out.
 */
export function seedDraft(index: number): SeedDraft {
  if (!Number.isSafeInteger(index) || index < 0)
    throw new RangeError(`A seed index is a whole number from 0, not ${index}.`)
  const random = randomFor(index)
  return index % DUPLICATE_EVERY === DUPLICATE_EVERY - 1 ? nearDuplicate(index, random) : person(index, random)
}

function person(index: number, random: Random): NamedDraft {
  const locale = random.pick(LOCALE_OF_PERCENT)
  const town = random.pick(locale.towns)
  // People move: some have names from elsewhere.
  const origin = random.chance(0.12) ? random.pick(LOCALE_OF_PERCENT) : locale
  const givenName = random.pick(origin.names.given)
  const familyName = familyNameFrom(origin, random)
  const organisation = random.chance(0.4) ? organisationIn(locale, random) : undefined

  const draft: NamedDraft = { externalId: externalId(index), givenName, familyName }
  const title = titleOf(random)
  if (title !== undefined) draft.title = title
  if (organisation !== undefined) {
    draft.organisation = organisation
    if (random.chance(0.85)) draft.jobTitle = random.pick(locale.organisations.jobTitles)
  }
  if (random.chance(0.6)) draft.birthDate = isoDate(FIRST_BIRTHDAY + random.below(BIRTHDAYS) * DAY)
  draft.language = locale.language
  draft.timeZone = town.timeZone ?? locale.timeZone
  const tags = tagsOf(random)
  if (tags.length > 0) draft.tags = tags
  return Object.assign(draft, pointsOf({ index, givenName, familyName, organisation, locale, town }, random))
}

function familyNameFrom(origin: SeedLocale, random: Random): string {
  const familyName = random.pick(origin.names.family)
  // In Spain people have two family names.
  return origin.country === 'ES' && random.chance(0.8)
    ? `${familyName} ${random.pick(origin.names.family)}`
    : familyName
}

function organisationIn({ names, organisations }: SeedLocale, random: Random): string {
  return `${random.pick(names.family)} ${random.pick(organisations.trades)} ${random.pick(organisations.legalForms)}`
}

function titleOf(random: Random): string | undefined {
  const chance = random.next()
  if (chance < 0.015) return 'Prof. Dr.'
  return chance < 0.08 ? 'Dr.' : undefined
}

function tagsOf(random: Random): string[] {
  const tags = new Set<string>()
  for (let left = random.below(4); left > 0; left -= 1) tags.add(random.pick(TAGS))
  return [...tags]
}

/** The same person recorded again, by other hands: the same address under a shorter name, or a misspelt name. */
function nearDuplicate(index: number, random: Random): SeedDraft {
  const earlierIndex = random.below(index)
  // Only persons are repeated, never repetitions: otherwise one draft could need a long chain of others.
  const isRepetition = earlierIndex % DUPLICATE_EVERY === DUPLICATE_EVERY - 1
  const personIndex = isRepetition ? earlierIndex - 1 : earlierIndex
  const earlier = person(personIndex, randomFor(personIndex))
  const again = person(index, random)

  // What was not asked for this time is left out, and what is the person's own stays the same.
  const draft: NamedDraft = {
    externalId: again.externalId,
    givenName: earlier.givenName,
    familyName: earlier.familyName,
    language: earlier.language ?? null,
    timeZone: earlier.timeZone ?? null,
  }
  if (again.tags) draft.tags = again.tags
  if (earlier.organisation && random.chance(0.6)) draft.organisation = earlier.organisation
  if (earlier.birthDate && random.chance(0.5)) draft.birthDate = earlier.birthDate

  const [email] = earlier.emails ?? []
  const sameEmail = email !== undefined && random.chance(0.5)
  if (sameEmail) {
    draft.emails = [{ address: email.address, label: 'private' }]
    if (random.chance(0.4)) draft.givenName = `${earlier.givenName.slice(0, 1)}.`
  } else {
    draft.familyName = misspelt(earlier.familyName, random)
    const name = `${asciiName(earlier.givenName, '-')}.${asciiName(draft.familyName, '-')}`
    draft.emails = [{ address: `${name}.${index}@example.com`, label: 'private' }]
    if (earlier.addresses && random.chance(0.7)) draft.addresses = earlier.addresses
  }
  if (earlier.phones && random.chance(0.4)) draft.phones = earlier.phones
  return draft
}

function misspelt(name: string, random: Random): string {
  const plain = name.replaceAll('ä', 'ae').replaceAll('ö', 'oe').replaceAll('ü', 'ue').replaceAll('ß', 'ss')
  if (plain !== name && random.chance(0.5)) return plain
  const letters = [...name]
  // The first and the last letter are seldom the wrong ones.
  const at = 1 + random.below(Math.max(1, letters.length - 2))
  const before = letters.slice(0, at).join('')
  const letter = letters[at] ?? ''
  const after = letters.slice(at + 1).join('')
  const next = letters[at + 1] ?? ''
  // A space or hyphen is forgotten rather than doubled.
  if (!/\p{L}/u.test(letter)) return before + after
  // Swapping two equal letters would leave the name as it is, swapping with a space would tear it apart.
  if (/\p{L}/u.test(next) && next !== letter && random.chance(0.5)) {
    return `${before}${next}${letter}${letters.slice(at + 2).join('')}`
  }
  return random.chance(0.5) && letters.length > 3 ? before + after : `${before}${letter}${letter}${after}`
}

function isoDate(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

function externalId(index: number): string {
  return `seed-${String(index).padStart(8, '0')}`
}
