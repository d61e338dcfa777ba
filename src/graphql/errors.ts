import { GraphQLError } from 'graphql'

/**
 * The one catalogue of errors. Codes are stable: clients may rely on them, texts may change. Whatever is not made here
 * reaches a caller as `INTERNAL` with a request id and nothing else.
 */
export const errorCodes = {
  UNAUTHENTICATED: 'Nobody is signed in, or the session has ended.',
  FORBIDDEN: 'A right is missing.',
  INVALID_INPUT: 'The input breaks a rule; `extensions.faults` names each field.',
  NOT_FOUND: 'There is no such object, or the caller may not know of it.',
  CONFLICT: 'Somebody else changed the object first; read it again.',
  BAD_CURSOR: 'The cursor was made for another ordering, or is damaged.',
  CURSOR_LOST: 'A backup was restored since the cursor was made: what came after it is not known any more.',
  LIMIT_EXCEEDED: 'The operation is larger than the server allows.',
  SIGN_IN_FAILED:
    'E-mail and password, or the second factor, are not right; `extensions.beginAgain`: start with the password again.',
  TOO_MANY_ATTEMPTS: 'Too many tries; `extensions.retryAfter` says in how many seconds the next one counts.',
  CONFIRMATION_NEEDED: 'Prove again who you are, with `confirmIdentity`: it was too long ago for this.',
  LINK_INVALID: 'The link was used already, is too old, or was never made.',
  IDEMPOTENCY_KEY_REUSED: 'The idempotency key came with another call before; a new call needs a new one.',
  PROOF_OF_WORK_NEEDED: 'The client’s pages have to do some work first: see the query `consentChallenge`.',
  LAST_ADMINISTRATOR: 'Nobody would be left who may do everything.',
  UNREADABLE: 'What is stored does not open: it was altered past the product, or its key is missing.',
  UNAVAILABLE: 'The server is busy or its database is away; try again.',
  BAD_USER_INPUT: 'A value does not fit its type; the message says where.',
  GRAPHQL_PARSE_FAILED: 'The operation is not written in GraphQL; the message says where.',
  GRAPHQL_VALIDATION_FAILED: 'The operation does not fit the schema; the message says where.',
  OPERATION_RESOLUTION_FAILURE: 'Of several operations none was chosen by `operationName`.',
  BAD_REQUEST: 'The HTTP request is not one that GraphQL over HTTP knows.',
  INTERNAL: 'Something broke on our side; the request id finds it in the log.',
} as const

export type ErrorCode = keyof typeof errorCodes

/** An error that a caller may see: one code of the catalogue, a text that says what to do, and facts for programs. */
export class LetheError extends GraphQLError {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, extensions: Record<string, unknown> = {}, cause?: Error) {
    super(message, { extensions: { code, ...extensions }, originalError: cause ?? null })
    this.name = 'LetheError'
    this.code = code
  }
}

/** An error with those that it wraps. */
export function chainOf(error: GraphQLError): Error[] {
  const chain: Error[] = []
  let link: Error | undefined = error
  while (link && !chain.includes(link)) {
    chain.push(link)
    link = link instanceof GraphQLError ? link.originalError : undefined
  }
  return chain
}

/** The error of ours in it, which is what its caller sees. */
export const letheErrorIn = (error: GraphQLError): LetheError | undefined =>
  chainOf(error).find((link) => link instanceof LetheError)

/** Nobody is signed in. */
export const unauthenticated = (): LetheError =>
  new LetheError('UNAUTHENTICATED', 'Sign in first: with the mutation signIn, or on the page /sign-in.')

/** A right is missing to read what stands at the error's path. */
export const forbiddenRead = (right: string): LetheError =>
  new LetheError('FORBIDDEN', `You need the right to read "${right}". An administrator can grant it.`, { right })

/** Programs have no account. */
export const forPeople = (): LetheError =>
  new LetheError(
    'FORBIDDEN',
    'This is for people who sign in. A client may do what its scopes say, and has no account.',
  )

/** Rights are missing to write (or filter, or sort by) what the input names. Names every denied input field at once. */
export const forbiddenInput = (denied: readonly DeniedInput[]): LetheError =>
  new LetheError(
    'FORBIDDEN',
    `Nothing was done, because rights are missing: ${denied
      .map(({ path, access, right }) => `${path} (${access} "${right}")`)
      .join(', ')}. Leave these out, or ask an administrator.`,
    { denied },
  )

/** An input field that the caller may not use. `path` starts at the field's argument: `input.emails.0.address`. */
export type DeniedInput = { path: string; access: 'read' | 'write'; right: string }

/**
 * One thing wrong with an input. `field` is a path such as `emails.0.address`; `message` tells what to do. `rule` names what is
 * broken for programs that say it in other words.
 */
export type Fault = { field: string; message: string; rule?: string }

/** The input breaks rules. */
export const invalidInput = (faults: readonly Fault[]): LetheError =>
  new LetheError('INVALID_INPUT', faults.map(({ field, message }) => `${field}: ${message}`).join(' '), { faults })

/** There is no such object (or the caller may not know of it: both read the same). */
export const notFound = (what: string): LetheError => new LetheError('NOT_FOUND', `There is no such ${what}.`)

/** The object changed since the caller read it. */
export const conflict = (current: number): LetheError =>
  new LetheError('CONFLICT', `This was changed in the meantime; read it again (it is now version ${current}).`, {
    version: current,
  })

/** Too many tries. `retryAfter`: seconds. */
export const tooManyAttempts = (retryAfter: number): LetheError =>
  new LetheError('TOO_MANY_ATTEMPTS', `Too many attempts: try again in ${wait(retryAfter)}.`, { retryAfter })

function wait(seconds: number): string {
  const count = (number: number, unit: string) => `${number} ${unit}${number === 1 ? '' : 's'}`
  if (seconds < 100) return count(seconds, 'second')
  return seconds < 6000 ? count(Math.ceil(seconds / 60), 'minute') : count(Math.ceil(seconds / 3600), 'hour')
}

/** The cursor does not fit the ordering. */
export const badCursor = (): LetheError =>
  new LetheError('BAD_CURSOR', 'This cursor does not fit this list and ordering: start again without one.')
