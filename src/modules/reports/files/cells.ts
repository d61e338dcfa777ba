import { encodeGlobalID } from '@pothos/plugin-relay'
import { wallClock } from '../running/wall-clock.ts'
import { type Cell, type ReportColumn, wordOf } from '../sources/source.ts'
import type { Language } from './chart/chart.ts'

/** How the values of a report are written in a file. */
export type CellWriter = {
  /** For people to read. */
  text: (cell: Cell, column: ReportColumn) => string
  /** For spreadsheets, which know days and moments in this form in every country; numbers and words are as the language has them. */
  plain: (cell: Cell, column: ReportColumn) => string
  /** A day or a moment as a spreadsheet counts it: what the clock on the wall said, as if that were UTC. */
  wall: (date: Date, column: ReportColumn) => Date
  /** For programs: codes instead of words. */
  json: (cell: Cell, column: ReportColumn) => string | number | boolean | readonly string[] | null
  /** What heads a column. Of moments it says in which time zone they are. */
  heading: (column: ReportColumn) => string
}

/** Makes one. Formatters are made once, as each takes much memory. */
export function createCellWriter({ language, timeZone }: { language: Language; timeZone: string }): CellWriter {
  const locale = language === 'de' ? 'de-DE' : 'en-GB'
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone })
  const month = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' })
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 })
  const wall = wallClock(timeZone)
  const words = yesNo[language]
  const idOf = (id: string, { of }: ReportColumn) => (of ? encodeGlobalID(of, id) : id)
  const amounts = moneyIn(locale)
  const called = (value: string, column: ReportColumn) =>
    column.money ? amounts(value) : (wordOf(value, column)?.[language] ?? value)
  const periodOf = (date: Date, span: string) => {
    if (span === 'year') return date.toISOString().slice(0, 4)
    return span === 'month' ? month.format(date) : day.format(date)
  }
  return {
    wall: (date, column) => (isMoment(column) ? wall(date) : date),
    heading: (column) => (isMoment(column) ? `${column.name[language]} (${timeZone})` : column.name[language]),
    text(cell, column) {
      if (cell === null) return column.none?.[language] ?? ''
      if (cell instanceof Date) {
        const span = spanOf(column)
        if (span) return periodOf(cell, span)
        return (column.type === 'time' ? moment : day).format(cell)
      }
      if (typeof cell === 'number') return number.format(cell)
      if (typeof cell === 'boolean') return cell ? words.yes : words.no
      if (typeof cell === 'object') return cell.map((one) => called(one, column)).join(', ')
      return column.type === 'id' ? idOf(cell, column) : called(cell, column)
    },
    plain(cell, column) {
      if (cell === null) return ''
      if (cell instanceof Date) {
        const span = spanOf(column)
        if (span) return cell.toISOString().slice(0, { year: 4, month: 7 }[span] ?? 10)
        if (column.type !== 'time') return cell.toISOString().slice(0, 10)
        return wall(cell).toISOString().slice(0, 19).replace('T', ' ')
      }
      if (typeof cell === 'number') return language === 'de' ? String(cell).replace('.', ',') : String(cell)
      if (typeof cell === 'boolean') return cell ? words.yes : words.no
      if (typeof cell === 'object') return cell.map((one) => called(one, column)).join(', ')
      return column.type === 'id' ? idOf(cell, column) : called(cell, column)
    },
    json(cell, column) {
      if (cell instanceof Date) return isMoment(column) ? cell.toISOString() : cell.toISOString().slice(0, 10)
      return typeof cell === 'string' && column.type === 'id' ? idOf(cell, column) : cell
    },
  }
}

/** Amounts with the decimals that their currency has, to the digit, as the language writes them: `1.999,90 EUR`. */
function moneyIn(locale: string): (value: string) => string {
  const formats = new Map<string, Intl.NumberFormat>()
  return (value) => {
    const [, amount, currency] = /^(-?\d+(?:\.\d+)?) ([A-Z]{3})$/.exec(value) ?? []
    if (!amount || !currency) return value
    const { minimumFractionDigits = 2 } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
    const format =
      formats.get(currency) ?? new Intl.NumberFormat(locale, { minimumFractionDigits, maximumFractionDigits: 20 })
    formats.set(currency, format)
    // Text of a decimal number is formatted exactly.
    return `${format.format(amount as Intl.StringNumericLiteral)} ${currency}`
  }
}

const yesNo = { de: { yes: 'ja', no: 'nein' }, en: { yes: 'yes', no: 'no' } }

/** What days and moments are put together by: `occurredAt:month`. */
const spanOf = ({ key }: ReportColumn): string | undefined => /:(day|month|year)$/.exec(key)?.[1]

const isMoment = (column: ReportColumn) => column.type === 'time' && !spanOf(column)
