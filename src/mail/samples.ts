import type { WorkContext } from '../graphql/context.ts'
import { layOut, type MailContent, type MailLanguage } from './layout.ts'

/** A mail that the product sends, with made-up facts in it, so that one can read it before anybody gets it. */
export type MailSample = {
  /** As the outbox calls it: `invitation`. */
  kind: string
  /** Which one of its kind, where there are several: `denied`. */
  variant?: string
  /** Who gets it, and when. */
  description: string
  write: (facts: SampleFacts) => MailContent
}

/** What can stand in a sample. Nobody's data does. */
export type SampleFacts = {
  language: MailLanguage
  /** Where people reach the product. */
  publicUrl: string
  /** The same without `https://`. */
  host: string
  /** Who answers for the data, as LETHE_CONTROLLER says it. */
  controller: string | undefined
  /** A moment a while from now, and one now. */
  soon: Date
  now: Date
}

/** What a sample is called in GraphQL: `SUBJECT_REQUEST_DECISION_DENIED`. */
export const nameOf = ({ kind, variant }: Pick<MailSample, 'kind' | 'variant'>): string =>
  [kind, ...(variant ? [variant] : [])].join('_').replaceAll('-', '_').toUpperCase()

/** Lays a sample out, as it would be sent. */
export function writeSample(
  { publicUrl, organisation }: Pick<WorkContext, 'publicUrl' | 'organisation'>,
  { write }: MailSample,
  language: MailLanguage,
): ReturnType<typeof layOut> {
  const now = new Date()
  const soon = new Date(now.getTime() + 7 * 24 * 3_600_000)
  const host = new URL(publicUrl).host
  return layOut(write({ language, publicUrl, host, controller: organisation?.controller, soon, now }))
}
