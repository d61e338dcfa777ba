import { invalidInput } from '../../../graphql/errors.ts'
import { type Parameter, timeZoneParameter } from '../definition/parameters.ts'
import { consentSource } from './consents.ts'
import { contactSource } from './contacts.ts'
import { disclosureSource } from './disclosures.ts'
import { erasureAheadSource } from './erasures-ahead.ts'
import { groundSource } from './grounds.ts'
import { processingRegisterSource } from './processing-register.ts'
import { requestSource } from './requests.ts'
import { securityReviewSource } from './security-review.ts'
import type { ReportSource } from './source.ts'
import { statisticsSource } from './statistics.ts'

/** What reports can be about, in order. */
export const sources: readonly ReportSource[] = [
  contactSource,
  groundSource,
  consentSource,
  requestSource,
  erasureAheadSource,
  disclosureSource,
  securityReviewSource,
  processingRegisterSource,
  statisticsSource,
]

/** The source with this key. Throws INVALID_INPUT if there is none. */
export function sourceOf(key: string): ReportSource {
  const found = sources.find((source) => source.key === key)
  if (found) return found
  const message = `There is no such source: it is one of ${sources.map((source) => source.key).join(', ')}.`
  throw invalidInput([{ field: 'definition.source', message }])
}

/** What can be said when a report over this source is run: its own parameters, and those that all have. */
export const parametersOf = ({ parameters }: Pick<ReportSource, 'parameters'>): readonly Parameter[] => [
  ...parameters,
  timeZoneParameter,
]
