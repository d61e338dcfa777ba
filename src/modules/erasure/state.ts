import { LetheError } from '../../graphql/errors.ts'

/** How far an erasure is. */
export const erasureStates = [
  ...(['requested', 'approved', 'queued', 'executing', 'held', 'failed'] as const),
  ...(['executed', 'refused', 'cancelled'] as const),
] as const

export type ErasureState = (typeof erasureStates)[number]

const isErasureState = (text: string): text is ErasureState => erasureStates.some((state) => state === text)

/** What is stored was checked before. Throws if it wasn't. */
export function stateOf({ state }: { state: string }): ErasureState {
  if (!isErasureState(state)) throw new Error(`${state} is stored, and nobody knows it`)
  return state
}

/** Whether something was erased by it, which the ledger proves: also by a set that was called off, or refused, while it was executed. */
export const isProven = ({ state, ledgerSequence }: { state: string; ledgerSequence: bigint | null }): boolean =>
  state === 'executed' || (ledgerSequence !== null && (state === 'cancelled' || state === 'refused'))

/** What can be done with an erasure. */
export type ErasureStep = 'approve' | 'queue' | 'begin' | 'hold' | 'fail' | 'refuse' | 'cancel'

const stop = { refuse: 'refused', cancel: 'cancelled' } as const

// From which state which step leads where; what isn't here isn't possible. That it is executed, the transaction says that does it.
const steps: Readonly<Record<ErasureState, Partial<Readonly<Record<ErasureStep, ErasureState>>>>> = {
  requested: { approve: 'approved', ...stop },
  approved: { queue: 'queued', ...stop },
  queued: { begin: 'executing', hold: 'held', fail: 'failed', ...stop },
  held: { queue: 'queued', begin: 'executing', hold: 'held', fail: 'failed', ...stop },
  // Of a set: what isn't erased yet can still be kept.
  executing: { begin: 'executing', hold: 'held', fail: 'failed' },
  failed: { queue: 'queued', ...stop },
  executed: {},
  refused: {},
  cancelled: {},
}

/** Where a step leads; nothing if it isn't possible there. */
export const stateAfter = (state: ErasureState, step: ErasureStep): ErasureState | undefined => steps[state][step]

/** The same for what is stored. Throws CONFLICT where that step isn't possible (any more). */
export function take(erasure: { state: string }, step: ErasureStep): ErasureState {
  const state = stateOf(erasure)
  const next = stateAfter(state, step)
  if (next) return next
  const messages: Partial<Record<ErasureState, string>> = {
    requested: 'The erasure has to be approved first (approveErasure), by somebody else than who asked for it.',
    queued: 'The erasure waits to be executed already.',
    executing: 'The erasure is being executed.',
    held: 'A legal hold stops the erasure; it goes on by itself when that is lifted.',
  }
  const message = messages[state] ?? `The erasure was ${state} already: what was decided stays.`
  throw new LetheError('CONFLICT', message, { state: state.toUpperCase() })
}

/** Those from which it may still come to be executed. */
export const pending: readonly ErasureState[] = [
  ...(['requested', 'approved', 'queued', 'executing', 'held', 'failed'] as const),
]
