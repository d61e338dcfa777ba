import type { World } from './world.ts'

// A contest is the same question to each contender, each in its own words. What reads and what writes stand in files of their own;
// `contests` in ../bench.ts is the list of them.

/** Who answers: a bare server as the limit, PostGraphile, Lethe. */
export const contenders = ['limit', 'postgraphile', 'lethe'] as const

export type Contender = (typeof contenders)[number]

export type Question = {
  path: string
  headers?: Readonly<Record<string, string>>
  /** Sent as JSON, by POST. Every `{{uuid}}` in it becomes another one each time it is sent. */
  body: object
}

export type Contest = {
  name: string
  /** For people, in the table. */
  title: string
  /** The questions of each contender, the same in the same order. Sent in turn. Prepares what they need. */
  questions: (world: World) => Promise<Record<Contender, Question[]>>
  /** What an answer says, in one form for all, to see that all say the same. */
  normalise: Record<Contender, (answer: Answer) => unknown>
  /** What Lethe has to reach. */
  goals: { against: Exclude<Contender, 'lethe'>; atLeast: number }[]
  /** How many are asked at once; 16, unless said otherwise. */
  connections?: number
}

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the question
export type Answer = any
