import { monthsLater } from './months.ts'
import { beginningOf, type Span, spans, spansByLength } from './suppress.ts'

/** A calendar span. `label`: the beginning of the period that it is a part of; null: of all. `isEnd`: for what stands at the end of that. */
export type Part = { span: Span; period: Date; label: Date | null; isEnd: boolean }

/**
 * What months are put together from: the longest calendar spans that lie in them. Told apart by a span, they are whole ones, as far as there
 * are numbers.
 *
 * @param last The last month that there are numbers of.
 */
export function partsOf(asked: { from: Date; until: Date }, by: Span | undefined, last: Date): Part[] {
  const parts: Part[] = []
  const end = by ? monthsLater(beginningOf(by, asked.until), spans[by] - 1) : asked.until
  const until = end < last ? end : last
  for (let month = by ? beginningOf(by, asked.from) : asked.from; month <= until; ) {
    const label = by ? beginningOf(by, month) : null
    const span = spansByLength.find((one) => fits(one, month, until) && spans[one] <= spans[by ?? 'year']) ?? 'month'
    const next = monthsLater(month, spans[span])
    parts.push({ span, period: month, label, isEnd: false })
    if (next > until || (by && beginningOf(by, next) > beginningOf(by, month)))
      parts.push({ span: 'month', period: monthsLater(next, -1), label, isEnd: true })
    month = next
  }
  return parts
}

/** Whether a span begins with a month, and is over with another. */
const fits = (span: Span, month: Date, until: Date) =>
  beginningOf(span, month).getTime() === month.getTime() && monthsLater(month, spans[span] - 1) <= until
