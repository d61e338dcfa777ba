import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { describe, expect, test } from 'vitest'
import type { ContactDraft } from '../../src/modules/contacts/draft.ts'
import { seedDraft } from '../../src/modules/contacts/seed/generate.ts'
import { SEED_LOCALES } from '../../src/modules/contacts/seed/locales.ts'

const drafts = Array.from({ length: 2001 }, (_, index) => seedDraft(index))
const RESERVED_DOMAIN = /(^|\.)(example\.(com|org|net)|[a-z0-9-]+\.example)$/

function shareOf(matching: (draft: (typeof drafts)[number]) => boolean): number {
  return drafts.filter(matching).length / drafts.length
}

describe('the seed of contacts', () => {
  test('gives the same draft for the same index', () => {
    for (const index of [0, 1, 49, 777, 1999, 4_000_000]) expect(seedDraft(index)).toEqual(seedDraft(index))
  })

  test('does not change between releases', () => {
    expect(seedDraft(1)).toMatchInlineSnapshot(`
      {
        "addresses": [
          {
            "city": "Houston",
            "country": "US",
            "label": "home",
            "postalCode": "77006",
            "region": "TX",
            "street": "7 Park Avenue",
          },
        ],
        "birthDate": "1977-04-02",
        "emails": [
          {
            "address": "megan.johnson.1@example.net",
            "label": "private",
          },
        ],
        "externalId": "seed-00000001",
        "familyName": "Johnson",
        "givenName": "Megan",
        "language": "en-US",
        "phones": [
          {
            "label": "home",
            "number": "+1 305 555 0164",
          },
        ],
        "timeZone": "America/Chicago",
      }
    `)
  })

  test('refuses what is no index', () => {
    for (const index of [-1, 0.5, Number.NaN]) expect(() => seedDraft(index)).toThrow(RangeError)
  })

  test('gives every contact an external identifier of its own', () => {
    expect(new Set(drafts.map((draft) => draft.externalId)).size).toBe(drafts.length)
  })

  test('has valid telephone numbers only', () => {
    const numbers = drafts.flatMap((draft) => draft.phones ?? []).map((phone) => phone.number)
    expect(numbers.length).toBeGreaterThan(1000)
    expect(numbers.filter((number) => !parsePhoneNumberFromString(number)?.isValid())).toEqual([])
  })

  test('fills every pattern of telephone numbers with valid numbers', () => {
    const patterns = SEED_LOCALES.flatMap((locale) => [...locale.phones, ...locale.mobiles])
    const numbers = patterns.flatMap((pattern) => [...'0123456789'].map((digit) => pattern.replaceAll('#', digit)))
    expect(numbers.filter((number) => !parsePhoneNumberFromString(number)?.isValid())).toEqual([])
  })

  test('has one to three e-mail addresses, on reserved domains only', () => {
    for (const draft of drafts) {
      const emails = draft.emails ?? []
      expect(emails.length).toBeGreaterThanOrEqual(1)
      expect(emails.length).toBeLessThanOrEqual(3)
      for (const { address } of emails) {
        expect(address).toMatch(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?@[a-z0-9.-]+$/)
        expect(address).not.toMatch(/\.\./)
        expect(address.split('@')[1]).toMatch(RESERVED_DOMAIN)
      }
    }
  })

  test('has websites on reserved domains only', () => {
    const websites = drafts.flatMap((draft) => draft.websites ?? [])
    expect(websites.length).toBeGreaterThan(100)
    for (const { url } of websites) expect(new URL(url).hostname).toMatch(RESERVED_DOMAIN)
  })

  test('has real dates of birth from 1935 to 2005', () => {
    const dates = drafts.flatMap((draft) => draft.birthDate ?? [])
    expect(dates.length).toBeGreaterThan(1000)
    for (const date of dates) {
      expect(new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10)).toBe(date)
      expect(date >= '1935-01-01' && date <= '2005-12-31').toBe(true)
    }
  })

  test('has languages and time zones that exist', () => {
    for (const { language, timeZone } of drafts) {
      expect(Intl.getCanonicalLocales(language ?? '')).toEqual([language])
      expect(() => new Intl.DateTimeFormat('en', { timeZone: timeZone ?? 'missing' })).not.toThrow()
    }
  })

  test('has at most one primary contact point of a kind', () => {
    for (const { emails, phones, addresses, websites, messengers } of drafts) {
      for (const points of [emails, phones, addresses, websites, messengers]) {
        expect((points ?? []).filter((point) => point.primary).length).toBeLessThanOrEqual(1)
      }
    }
  })

  test('has people from Germany, mostly, and from everywhere else', () => {
    expect(SEED_LOCALES.reduce((sum, locale) => sum + locale.share, 0)).toBe(100)
    expect(shareOf((draft) => draft.language === 'de-DE')).toBeCloseTo(0.6, 1)
    for (const { language } of SEED_LOCALES) expect(shareOf((draft) => draft.language === language)).toBeGreaterThan(0)
    expect(shareOf((draft) => draft.organisation !== undefined)).toBeCloseTo(0.4, 1)
    expect(shareOf((draft) => draft.birthDate !== undefined)).toBeCloseTo(0.6, 1)
    expect(shareOf((draft) => /[äöüß]/i.test(draft.familyName ?? ''))).toBeGreaterThan(0.1)
  })

  test('repeats an earlier contact in one of fifty: the same e-mail address, or the name misspelt', () => {
    const repetitions = [...drafts.entries()].filter(([index]) => index % 50 === 49)
    expect(repetitions).toHaveLength(40)
    let sameAddress = 0
    for (const [index, repetition] of repetitions) {
      const address = repetition.emails?.[0]?.address
      const earlier = drafts.slice(0, index)
      if (earlier.some(({ emails }) => emails?.some((email) => email.address === address))) sameAddress += 1
      else expect(earlier.filter((draft) => isMisspeltFrom(draft, repetition))).not.toEqual([])
    }
    expect(sameAddress).toBeGreaterThan(10)
    expect(sameAddress).toBeLessThan(30)
  })
})

/** Same given name, and a family name with the same initial that is different but hardly longer or shorter. */
function isMisspeltFrom(original: ContactDraft, repetition: ContactDraft): boolean {
  const [from, to] = [original.familyName ?? '', repetition.familyName ?? '']
  return (
    original.givenName === repetition.givenName &&
    from !== to &&
    from.charAt(0) === to.charAt(0) &&
    Math.abs(from.length - to.length) <= 2
  )
}
