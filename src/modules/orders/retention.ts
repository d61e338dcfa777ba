import { calendarYear } from '../lawfulness/duration.ts'

/** A kind of business record that a law obliges to keep. */
export type RecordKind = (typeof recordKinds)[number]['kind']

/** Whole years from the end of the calendar year in which a record came about, and the law that says so. */
export type RecordRetention = { kind: string; years: number; citation: string; description: string }

/**
 * How long German commercial and tax law keeps business records, from the end of the calendar year (§ 257(5) HGB, § 147(4) AO); for
 * vouchers eight years since the Viertes Bürokratieentlastungsgesetz (1 January 2025). Rules of retention read this table.
 */
export const recordKinds = [
  {
    kind: 'letter',
    years: 6,
    citation: '§ 257(1) no. 2, 3, (4) HGB; § 147(1) no. 2, 3, (3) AO',
    description: 'Commercial letters, such as orders and their confirmations.',
  },
  {
    kind: 'voucher',
    years: 8,
    citation: '§ 257(1) no. 4, (4) HGB; § 147(1) no. 4, (3) AO',
    description: 'Vouchers for entries in the books, such as invoices.',
  },
  {
    kind: 'books',
    years: 10,
    citation: '§ 257(1) no. 1, (4) HGB; § 147(1) no. 1, 4a, (3) AO',
    description: 'Books, inventories and annual accounts.',
  },
] as const satisfies readonly RecordRetention[]

/** The law on this kind. */
export function retentionOf(kind: RecordKind): RecordRetention {
  const found = recordKinds.find((one) => one.kind === kind)
  if (!found) throw new Error(`there is no kind of record ${kind}`)
  return found
}

/** What of an order its retention goes by. */
type Kept = { placedAt: Date; invoicedAt: Date | null }

/** An order is a letter; once it is invoiced it explains a voucher, and goes with that, if that is longer. */
export function orderRetention({ placedAt, invoicedAt }: Kept): { until: Date; law: RecordRetention } {
  const letter = keptBy('letter', placedAt)
  const voucher = invoicedAt && keptBy('voucher', invoicedAt)
  return voucher && voucher.until > letter.until ? voucher : letter
}

/** Whether it is to be kept on this day. */
export const isRetained = (order: Kept, at: Date = new Date()): boolean =>
  orderRetention(order).until >= new Date(at.toISOString().slice(0, 10))

/** The last day on which a record of this time has to be kept. */
function keptBy(kind: RecordKind, at: Date) {
  const law = retentionOf(kind)
  return { law, until: new Date(Date.UTC(calendarYear(at) + law.years, 11, 31)) }
}
