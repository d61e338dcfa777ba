import { LetheError } from '../../graphql/errors.ts'
import { isRequestStatus, known, type RequestStatus } from './kinds.ts'

/** What can be done with a request. */
export type Step =
  | 'begin'
  | 'askIdentity'
  | 'verify'
  | 'extend'
  | 'produce'
  | 'deliver'
  | 'fulfil'
  | 'deny'
  | 'revoke'
  | 'expire'

// From which status which step leads where; PostgreSQL refuses the others, too (subject_request_step). What isn't here isn't possible.
const steps: Readonly<Record<RequestStatus, Partial<Readonly<Record<Step, RequestStatus>>>>> = {
  open: {
    begin: 'in_progress',
    askIdentity: 'needs_verification',
    verify: 'in_progress',
    extend: 'in_progress',
    produce: 'in_progress',
    deliver: 'in_progress',
    fulfil: 'fulfilled',
    deny: 'denied',
    revoke: 'revoked',
  },
  needs_verification: {
    begin: 'needs_verification',
    verify: 'in_progress',
    deny: 'denied',
    revoke: 'revoked',
    expire: 'expired',
  },
  in_progress: {
    begin: 'in_progress',
    askIdentity: 'needs_verification',
    verify: 'in_progress',
    extend: 'in_progress',
    produce: 'in_progress',
    deliver: 'in_progress',
    fulfil: 'fulfilled',
    deny: 'denied',
    revoke: 'revoked',
  },
  fulfilled: {},
  denied: {},
  revoked: {},
  expired: {},
}

/** Where a step leads; nothing if it isn't possible there. */
export const statusAfter = (status: RequestStatus, step: Step): RequestStatus | undefined => steps[status][step]

/** The same for what is stored. Throws CONFLICT where that step isn't possible (any more). */
export function take(request: { status: string }, step: Step): RequestStatus {
  const status = known(isRequestStatus, request.status)
  const next = statusAfter(status, step)
  if (next) return next
  const message =
    status === 'needs_verification'
      ? 'The person was asked to prove who they are: note that they did (verifyIdentity), or deny the request.'
      : 'This request was decided already: what was decided stays.'
  throw new LetheError('CONFLICT', message, { status: status.toUpperCase() })
}

/** Those that are not decided. */
export const undecided: readonly RequestStatus[] = ['open', 'needs_verification', 'in_progress']

/** Those for which the time runs. */
export const running: readonly RequestStatus[] = ['open', 'in_progress']

export const isUndecided = (status: string): boolean => undecided.some((one) => one === status)
