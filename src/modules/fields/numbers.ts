// Decimal numbers as text, since JavaScript's own numbers don't keep every digit.

const form = /^([+-]?)(\d{1,20})(?:\.(\d{1,10}))?$/

/** How decimal numbers have to be. */
export const howDecimalsAre =
  'Must be a decimal number with at most 20 digits before the point and 10 after it, such as 12.50.'

/** A decimal number in its shortest form, so that equal ones look alike; undefined for any other text. */
export function canonicalDecimal(text: string): string | undefined {
  const [, sign, whole = '', fraction = ''] = form.exec(text.trim()) ?? []
  if (whole === '') return undefined
  const digits = whole.replace(/^0+(?=\d)/, '')
  const rest = fraction.replace(/0+$/, '')
  const number = rest ? `${digits}.${rest}` : digits
  return sign === '-' && number !== '0' ? `-${number}` : number
}

/** Negative, zero or positive, as the first of two decimal numbers is less, equal or greater. */
export function compareDecimals(one: string, other: string): number {
  const difference = units(one) - units(other)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

const units = (text: string): bigint => {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.')
  const absolute = BigInt(whole + fraction.padEnd(10, '0'))
  return text.startsWith('-') ? -absolute : absolute
}
