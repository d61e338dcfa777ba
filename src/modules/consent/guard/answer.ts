import { z } from 'zod'
import { problems } from '../problems.ts'

/** The states of a consent, after ISO/IEC TS 27560; `not_decided` tells of a call that it changed nothing. */
export const consentStates = [
  'pending_confirmation',
  'given',
  'refused',
  'withdrawn',
  'expired',
  'renewed',
  'not_decided',
] as const

/** One of them. */
export type ConsentState = (typeof consentStates)[number]

const problemCodes = Object.keys(problems).filter((code): code is keyof typeof problems =>
  Object.hasOwn(problems, code),
)

const outcome = z.object({
  purpose: z.string(),
  state: z.enum(consentStates),
  problem: z.enum(problemCodes).optional(),
  /** The event that records it; absent while nothing is recorded about a contact. */
  eventId: z.string().optional(),
})

/** What an answer is made from again, as it is kept with its idempotency key: names of things, and no data of the person. */
export const answerShape = z.object({
  outcomes: z.array(outcome),
  contactId: z.string().optional(),
  /** The handle for the visitor. */
  token: z.string().optional(),
  /** What the audit log knows it by. */
  requestId: z.string(),
  /** Custom fields that were filled. */
  fields: z.array(z.string()).optional(),
  /** Those of them that wait for staff. */
  proposed: z.array(z.string()).optional(),
})

/** What came of a call. */
export type Answer = z.infer<typeof answerShape>

/** What came of it for one purpose. */
export type Outcome = z.infer<typeof outcome>
