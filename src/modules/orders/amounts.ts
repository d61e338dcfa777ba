import { Prisma } from '#prisma/client.ts'

/** A decimal number to the digit. */
export type Exact = Prisma.Decimal

// Prisma's own rounds products to 20 digits.
const Decimal = Prisma.Decimal.clone({ precision: 80, rounding: Prisma.Decimal.ROUND_HALF_UP })

/** Reads a decimal number, which was checked to be one. */
export const exact = (value: Prisma.Decimal | string | number): Exact => new Decimal(value)

/** In its shortest form, so that equal ones look alike: `12.5`. */
export const decimalText = (value: Prisma.Decimal | string | number): string => exact(value).toFixed()

/** How many digits after the point a currency has (ISO 4217): 2 of the euro, 0 of the yen. */
export const minorDigits = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2

/** Of a line, what amounts go by. `taxRate`: per cent. */
export type Priced = { quantity: string; unitPrice: string; taxRate: string }

export type Totals = { net: Exact; tax: Exact; gross: Exact }

/** Quantity times unit price, rounded half up to what the currency knows. */
export const amountOf = ({ quantity, unitPrice }: Priced, currency: string): Exact =>
  exact(quantity).mul(unitPrice).toDecimalPlaces(minorDigits(currency))

/** What lines come to. Tax is rounded once a rate, as invoices state it (§ 14(4) no. 8 UStG), not once a line. */
export function totalsOf(lines: readonly Priced[], currency: string, pricesIncludeTax: boolean): Totals {
  const digits = minorDigits(currency)
  const sums = new Map<string, Exact>()
  for (const line of lines) {
    const rate = decimalText(line.taxRate)
    sums.set(rate, exact(sums.get(rate) ?? 0).add(amountOf(line, currency)))
  }
  let [sum, tax] = [exact(0), exact(0)]
  for (const [rate, amount] of sums) {
    sum = sum.add(amount)
    const whole = pricesIncludeTax ? exact(100).add(rate) : exact(100)
    tax = tax.add(amount.mul(rate).div(whole).toDecimalPlaces(digits))
  }
  return pricesIncludeTax ? { net: sum.sub(tax), tax, gross: sum } : { net: sum, tax, gross: sum.add(tax) }
}

/**
 * The totals as whoever took the order states them, or what is wrong with them. Others round tax in each line: that comes to at
 * most the smallest unit of the currency more or less a line.
 */
export function statedTotals(
  computed: Totals,
  stated: { net?: string | undefined; tax?: string | undefined; gross?: string | undefined },
  { currency, lines, pricesIncludeTax }: { currency: string; lines: number; pricesIncludeTax: boolean },
): Totals | { field: 'netTotal' | 'taxTotal' | 'total'; expected: string } {
  const slack = exact(10).pow(-minorDigits(currency)).mul(Math.max(lines, 1)).div(2)
  const tax = stated.tax === undefined ? impliedTax(computed, stated, pricesIncludeTax) : exact(stated.tax)
  if (tax.sub(computed.tax).abs().gt(slack)) {
    const field = stated.tax !== undefined ? 'taxTotal' : pricesIncludeTax ? 'netTotal' : 'total'
    const meant = { taxTotal: computed.tax, netTotal: computed.net, total: computed.gross }
    return { field, expected: meant[field].toFixed() }
  }
  const totals = pricesIncludeTax
    ? { net: computed.gross.sub(tax), tax, gross: computed.gross }
    : { net: computed.net, tax, gross: computed.net.add(tax) }
  if (stated.net !== undefined && !totals.net.eq(stated.net))
    return { field: 'netTotal', expected: totals.net.toFixed() }
  if (stated.gross !== undefined && !totals.gross.eq(stated.gross)) {
    return { field: 'total', expected: totals.gross.toFixed() }
  }
  return totals
}

/** Whoever states no tax states it by the total that it is in. */
function impliedTax(
  computed: Totals,
  stated: { net?: string | undefined; gross?: string | undefined },
  inPrices: boolean,
) {
  if (inPrices) return stated.net === undefined ? computed.tax : computed.gross.sub(stated.net)
  return stated.gross === undefined ? computed.tax : exact(stated.gross).sub(computed.net)
}
