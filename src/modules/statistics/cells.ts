import { erasureGrounds } from '../module.ts'
import { requestKinds } from '../requests/kinds.ts'

/** What numbers there are about. */
export const subjects = ['contacts', 'consents', 'grounds', 'requests', 'erasures'] as const
export type Subject = (typeof subjects)[number]

/** What happened in a month; `standing`: what there was at its end. */
export const eventsOf = {
  contacts: ['added', 'standing'],
  consents: ['requested', 'given', 'renewed', 'refused', 'withdrawn', 'lapsed'],
  grounds: ['objected', 'standing'],
  requests: ['received', 'fulfilled', 'denied', 'revoked', 'expired', 'late'],
  erasures: ['executed'],
} as const satisfies Record<Subject, readonly string[]>

export type Event = (typeof eventsOf)[Subject][number]

/** Who said it: staff for the person, a partner’s program, the person here, a file, or the product by itself. */
export const channels = ['staff', 'partner', 'person', 'import', 'automatic'] as const

/** The official languages of the European Union (Regulation No 1, Art. 1). */
export const officialLanguages = [
  ...[
    'bg',
    'cs',
    'da',
    'de',
    'el',
    'en',
    'es',
    'et',
    'fi',
    'fr',
    'ga',
    'hr',
    'hu',
    'it',
    'lt',
    'lv',
    'mt',
    'nl',
    'pl',
    'pt',
  ],
  ...['ro', 'sk', 'sl', 'sv'],
] as const

/**
 * The languages that contacts are told apart by, any other, and where none is known. A closed list, so that nothing follows from a
 * language's being in it or not.
 */
export const languages = [...officialLanguages, 'other', 'none'] as const
export type Language = (typeof languages)[number]

/** In place of what a number isn't told apart by. */
export const all = '*'

/** By what numbers can be told apart, besides time. */
export const dimensionsOf = {
  contacts: ['language'],
  consents: ['purposeKey', 'channel'],
  grounds: ['purposeKey', 'ground'],
  requests: ['kind'],
  erasures: ['kind'],
} as const satisfies Record<Subject, readonly Dimension[]>

export const dimensions = ['purposeKey', 'ground', 'channel', 'kind', 'language'] as const
export type Dimension = (typeof dimensions)[number]

/** A number’s place in a month. Empty: it isn’t told apart by that. */
export type Place = { subject: Subject; event: Event } & Record<Dimension, string>

/** A purpose, and all grounds that it ever could rest on. */
export type PurposeOfCells = { key: string; grounds: readonly string[] }

/**
 * All numbers of a month, whatever there was: it depends on the register of purposes alone, so that nothing follows from a number’s being
 * there or not.
 */
export function placesOf(purposes: readonly PurposeOfCells[]): Place[] {
  const place = (subject: Subject, event: Event, rest: Partial<Record<Dimension, string>> = {}): Place => ({
    ...{ subject, event, purposeKey: '', ground: '', channel: '', kind: '', language: '' },
    ...rest,
  })
  return [
    // All of them by themselves as well, or that number would be off by the noise of each language.
    ...eventsOf.contacts.flatMap((event) =>
      [all, ...languages].map((language) => place('contacts', event, { language })),
    ),
    ...purposes.flatMap(({ key: purposeKey, grounds }) => [
      ...(grounds.includes('consent') ? channels : []).flatMap((channel) =>
        eventsOf.consents.map((event) => place('consents', event, { purposeKey, channel })),
      ),
      place('grounds', 'objected', { purposeKey }),
      ...grounds.map((ground) => place('grounds', 'standing', { purposeKey, ground })),
    ]),
    ...requestKinds.flatMap((kind) => eventsOf.requests.map((event) => place('requests', event, { kind }))),
    ...erasureGrounds.flatMap((kind) => eventsOf.erasures.map((event) => place('erasures', event, { kind }))),
  ]
}

/** The same for the same place. Noise is drawn by it, so it stays as it is: languages came later. */
export const nameOf = ({ subject, event, purposeKey, ground, channel, kind, language }: Place): string =>
  JSON.stringify([
    subject,
    event,
    purposeKey,
    ground,
    channel,
    kind,
    ...(language === '' || language === all ? [] : [language]),
  ])

/** Whether it counts all by itself, whatever they are told apart by. */
export const isWhole = ({ language }: Pick<Place, 'language'>): boolean => language === all
