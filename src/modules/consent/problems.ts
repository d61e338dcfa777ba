import { type ErrorCode, LetheError } from '../../graphql/errors.ts'

/** Where the server shows this catalogue. */
export const problemsPath = '/consent-problems'

/**
 * Why something was not done for a purpose, for the developer of a partner's site or app: codes are stable. Those that pages get don't
 * depend on who the person is; NOT_CONFIRMABLE and NOT_RECORDABLE come to servers that attest, and to whoever shows the link of a mail.
 */
export const problems = {
  PURPOSE_NOT_ALLOWED:
    'There is no such purpose, or this client may not ask for it: an administrator grants it the scope consent.purpose.<key> (write).',
  PURPOSE_TWICE: 'The purpose is named twice in one call: name it once.',
  PURPOSE_ENDED: 'The purpose has ended: nobody is asked for it any more. Ask consentOffers for what there is.',
  CONSENT_NOT_A_GROUND: 'The purpose does not rest on consent, so there is nothing to ask for.',
  NOTICE_MISSING: 'The purpose has a notice, which the person has to be shown: say which version, in which language.',
  NOTICE_UNKNOWN: 'There is no such notice of this purpose: take version and language from consentOffers.',
  NOTICE_OUTDATED:
    'There is a newer notice of this purpose, and this version does not count any more: show the person the one of consentOffers.',
  NOT_OF_THIS_REQUEST: 'The token is about other purposes: it acts only on those of the request that it came with.',
  NOT_CONFIRMABLE:
    'It can’t be confirmed as it stands, by the law that the register follows: for example, a person of this age can’t consent alone (Art. 8 GDPR).',
  NOT_RECORDABLE: 'Nothing can be recorded for this person any more.',
} as const

/** One of them. */
export type ProblemCode = keyof typeof problems

/** What refuses a whole call, and what that means here. The codes are of the common catalogue of errors. */
export const refusals = {
  UNAUTHENTICATED:
    'No key came along ("authorization: Bearer …"), nor a token that says whose call it is; or the key is not a good one: not ours, revoked, of a client that is disabled, a publishable one from another origin than those of its client (updateClient adds one), or a secret one from a page, where it must never be.',
  IDEMPOTENCY_KEY_REUSED:
    'This idempotency key came with another call before (or the secret of the installation was changed since): every new call needs a new key, and only a repeated one the same.',
  PROOF_OF_WORK_NEEDED:
    'This client asks for a proof of work: ask consentChallenge, find a number so that SHA-256 of "<challenge>:<number>" begins with that many zero bits, and send "<challenge>:<number>". Each works once, for ten minutes.',
  LINK_INVALID: 'The token was used already, is too old, or was never made: ask the person anew with giveConsent.',
  INVALID_INPUT: 'The input breaks a rule; extensions.faults names each field.',
  FORBIDDEN: 'A scope is missing, or the page is of another origin than those of the client.',
  TOO_MANY_ATTEMPTS: 'Too many calls; extensions.retryAfter says in how many seconds the next one counts.',
  LIMIT_EXCEEDED:
    'The operation is larger than the server allows, you have too many subscriptions open, or too many proposals about this person wait for staff already: ask for less at a time, or later.',
  BAD_CURSOR: 'The cursor is none of ours, or of another list: begin without one.',
  CURSOR_LOST: 'A backup was restored since you got the cursor: read how things stand, and subscribe without one.',
  BAD_USER_INPUT: 'A value does not fit its type; the message says where.',
  GRAPHQL_PARSE_FAILED: 'The operation is not written in GraphQL; the message says where.',
  GRAPHQL_VALIDATION_FAILED: 'The operation does not fit the schema: after an update, perhaps. The message says where.',
  INTERNAL: 'Something broke on the server: tell its operator the requestId.',
  UNAVAILABLE: 'The server is busy, or can send no mails, which asking for consent needs; try again later.',
} as const satisfies Partial<Record<ErrorCode, string>>

type Place = { publicUrl: string }

/** Where a code is explained. */
export const documentationOf = ({ publicUrl }: Place, code: ProblemCode | keyof typeof refusals): string =>
  `${publicUrl}${problemsPath}#${code}`

/** Refuses a call, with the link to what it means. */
export const refusal = (
  context: Place,
  code: keyof typeof refusals,
  message: string = refusals[code],
  facts: Record<string, unknown> = {},
): LetheError => new LetheError(code, message, { ...facts, documentation: documentationOf(context, code) })

/** Runs a call; whatever error of ours it ends with gets the link. */
export async function explained<T>(context: Place, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof LetheError) || !isRefusal(error.code) || error.extensions['documentation']) throw error
    const { code, ...facts } = error.extensions
    throw refusal(context, error.code, error.message, facts)
  }
}

/** Where a refusal is explained to a partner; undefined for what partners don't meet. */
export const explanationOf = (place: Place, code: string): string | undefined =>
  isRefusal(code) ? documentationOf(place, code) : undefined

const isRefusal = (code: string): code is keyof typeof refusals => Object.hasOwn(refusals, code)
