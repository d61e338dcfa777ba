import type { Json } from '../../../../database/json.ts'
import type { MailLanguage } from '../../../../mail/layout.ts'
import type { Reference } from '../schedule.ts'

/** What of a report a link shows. */
export type Linked = { reference: Reference; parameters: Readonly<Record<string, unknown>>; language: MailLanguage }

/**
 * Where the report is read: GraphiQL, with its query filled in. Whoever follows it signs in and runs it themselves, by their own rights;
 * the link alone gives nobody anything.
 */
export const reportUrl = (publicUrl: string, linked: Linked): string =>
  `${publicUrl}/graphql?${new URLSearchParams({ query: reportQuery(linked) })}`

function reportQuery({ reference, parameters, language }: Linked): string {
  const given =
    Object.keys(parameters).length > 0 ? `, parameters: ${literal(JSON.parse(JSON.stringify(parameters)))}` : ''
  return `query Report {
  runReport(report: ${literal(reference)}${given}, first: 50) {
    totalCount
    columns { key name(language: ${language.toUpperCase()}) }
    rows { contactId cells { column text number boolean date time list } }
    hasNextPage
    endCursor
  }
}
`
}

/** A value as GraphQL writes it; names of fields are names. */
function literal(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .filter(([key]) => /^[_A-Za-z]\w*$/.test(key))
    .map(([key, one]) => `${key}: ${literal(one)}`)
    .join(', ')} }`
}
