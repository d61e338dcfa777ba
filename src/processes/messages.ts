import type { Measured } from '../http/metrics.ts'

// What the processes of one server say to each other.

/** What a process that answers tells the one that supervises it. */
export type FromProcess =
  | { kind: 'answers'; url: string; selfSigned: boolean }
  /** What did all of us measure? */
  | { kind: 'measure'; id: number }
  | { kind: 'measured'; id: number; measured: Measured }

/** What the supervising process tells one that answers. */
export type ToProcess =
  | { kind: 'stop' }
  /** What did you measure? */
  | { kind: 'measure'; id: number }
  | { kind: 'measured'; id: number; all: readonly Measured[] }
