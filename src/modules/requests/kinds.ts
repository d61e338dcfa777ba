// What there is of requests, as it is stored, with what whoever reads the schema has to know.

/** The rights that a person makes use of by asking, each by a request of its own. What is done at once isn't one. */
export const requestKinds = [
  'access',
  'rectification',
  'erasure',
  'restriction',
  'portability',
  'objection',
  'automated_decision',
] as const

export type RequestKind = (typeof requestKinds)[number]

export const kindTexts: Readonly<Record<RequestKind, string>> = {
  access: 'A copy of the data, and what has to be said of it (Art. 15 GDPR).',
  rectification: 'Correction of what is wrong, or completion (Art. 16 GDPR).',
  erasure: 'Erasure (Art. 17 GDPR).',
  restriction: 'That nobody works with the data (Art. 18 GDPR).',
  portability: 'The data in a machine-readable form, for somebody else (Art. 20 GDPR).',
  objection:
    'Objection that has to be weighed (Art. 21(1) GDPR). One that names its purpose, and any against direct marketing, takes effect ' +
    'at once, by `objectToProcessing`, and is no request.',
  automated_decision: 'That a person looks at what was decided by a program alone (Art. 22(3) GDPR).',
}

/** Their articles. */
export const articles: Readonly<Record<RequestKind, string>> = {
  access: '15',
  rectification: '16',
  erasure: '17',
  restriction: '18',
  portability: '20',
  objection: '21',
  automated_decision: '22',
}

/** On which way a request comes. */
export const requestChannels = ['self_service', 'rule', 'mail', 'letter', 'phone', 'in_person', 'partner'] as const

export type RequestChannel = (typeof requestChannels)[number]

export const channelTexts: Readonly<Record<RequestChannel, string>> = {
  self_service: 'On the page of the contact.',
  rule: 'A rule started it.',
  mail: 'By e-mail.',
  letter: 'On paper.',
  phone: 'By telephone.',
  in_person: 'In person.',
  partner: 'A partner’s program brought it.',
}

/** Those on which staff hears of a request. */
export const staffChannels = ['mail', 'letter', 'phone', 'in_person'] as const

/** How far a request is, after the Data Rights Protocol. */
export const requestStatuses = [
  'open',
  'needs_verification',
  'in_progress',
  'fulfilled',
  'denied',
  'revoked',
  'expired',
] as const

export type RequestStatus = (typeof requestStatuses)[number]

export const statusTexts: Readonly<Record<RequestStatus, string>> = {
  open: 'It has come, and nobody has begun with it.',
  needs_verification: 'The person was asked to prove who they are. Until they do, the time stands still.',
  in_progress: 'Somebody is at it.',
  fulfilled: 'It is done; `partly` says if something is missing.',
  denied: 'It is refused: `denial`, `article` and `reason` say why.',
  revoked: 'The person took it back.',
  expired: 'The person was asked to prove who they are, and did not in time.',
}

/** Why a request is refused, after the Data Rights Protocol. */
export const denials = ['no_match', 'insufficient_verification', 'not_covered', 'excessive', 'other'] as const

export type Denial = (typeof denials)[number]

export const denialTexts: Readonly<Record<Denial, string>> = {
  no_match: 'Nothing is held of this person.',
  insufficient_verification: 'They did not show who they are (Art. 12(2) or (6), or Art. 11(2) GDPR).',
  not_covered: 'The law doesn’t give it here: `Art. 17(3)(b) GDPR`, say.',
  excessive: 'Manifestly unfounded or excessive (Art. 12(5) GDPR). It is for you to prove that.',
  other: 'Another reason, which `reason` gives.',
}

/** How somebody proves who they are. */
export const verificationMethods = [
  'mail_code',
  'mailed_link',
  'callback',
  'known_details',
  'partner_account',
  'in_person',
  'electronic_identity',
] as const

export type VerificationMethod = (typeof verificationMethods)[number]

/** How sure that makes us, in the words of the eIDAS Regulation (Art. 8(2)): low, substantial, high. */
export const verificationLevels = ['low', 'substantial', 'high'] as const

export type VerificationLevel = (typeof verificationLevels)[number]

export const methods: Readonly<Record<VerificationMethod, { level: VerificationLevel; text: string }>> = {
  mail_code: { level: 'substantial', text: 'They entered a code that came by mail to the address that we have.' },
  mailed_link: { level: 'substantial', text: 'They used a link that came by mail to the address that we have.' },
  callback: { level: 'substantial', text: 'We called the number, or wrote to the address, that we had before.' },
  known_details: { level: 'low', text: 'They told what only they are likely to know, such as the number of an order.' },
  partner_account: { level: 'low', text: 'They were signed in at the partner who brought the request.' },
  in_person: { level: 'high', text: 'They showed a document in person. No copy of it is kept.' },
  electronic_identity: { level: 'high', text: 'An electronic identity, such as the eID or a qualified signature.' },
}

/** Those that staff attests. */
export const attestable: readonly VerificationMethod[] = [
  'callback',
  'known_details',
  'partner_account',
  'in_person',
  'electronic_identity',
]

/** Whether it may be answered without knowing for sure who asks: these harm nobody but the controller. */
export const answeredUnverified: readonly RequestKind[] = ['restriction', 'objection', 'automated_decision']

const isOneOf =
  <T extends string>(all: readonly T[]) =>
  (text: string): text is T =>
    all.some((one) => one === text)

export const isRequestKind = isOneOf(requestKinds)
export const isRequestStatus = isOneOf(requestStatuses)
export const isRequestChannel = isOneOf(requestChannels)
export const isDenial = isOneOf(denials)
export const isVerificationMethod = isOneOf(verificationMethods)

/** What is stored was checked before. Throws if it wasn't. */
export function known<T extends string>(is: (text: string) => text is T, text: string): T {
  if (!is(text)) throw new Error(`${text} is stored, and nobody knows it`)
  return text
}
