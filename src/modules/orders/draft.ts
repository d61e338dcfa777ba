import type { Fault } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { countryCode } from '../contacts/countries.ts'
import { isCurrency } from '../fields/currencies.ts'
import { amountOf, decimalText, type Exact, exact, statedTotals, totalsOf } from './amounts.ts'

type Maybe<T> = T | null | undefined

/** How far an order is. */
export const orderStatuses = ['placed', 'confirmed', 'fulfilled', 'cancelled'] as const
export type OrderStatus = (typeof orderStatuses)[number]

/** Whether it is one. */
export const isOrderStatus = (text: string): text is OrderStatus => orderStatuses.some((status) => status === text)

/** An address as it was. */
export type OrderAddress = { [K in (typeof addressParts)[number]]: string }
export const addressParts = ['name', 'organisation', 'street', 'postalCode', 'city', 'region', 'country'] as const

/** One article, as somebody gives it. Decimals are text. */
export type LineDraft = {
  articleNumber?: Maybe<string>
  description: string
  quantity: string
  unitPrice: string
  taxRate?: Maybe<string>
}

/** An order as somebody gives it. */
export type OrderDraft = {
  source?: Maybe<string>
  number: string
  placedAt: Date
  status?: Maybe<string>
  currency: string
  pricesIncludeTax?: Maybe<boolean>
  lines: readonly LineDraft[]
  netTotal?: Maybe<string>
  taxTotal?: Maybe<string>
  total?: Maybe<string>
  billingAddress?: Maybe<Partial<Record<keyof OrderAddress, Maybe<string>>>>
  shippingAddress?: Maybe<Partial<Record<keyof OrderAddress, Maybe<string>>>>
  notes?: Maybe<string>
}

/** The columns of an order that was checked, without what identifies it. */
export type CheckedOrder = {
  columns: {
    source: string
    number: string
    placedAt: Date
    status: OrderStatus
    currency: string
    pricesIncludeTax: boolean
    netTotal: string
    taxTotal: string
    total: string
    billingAddress?: OrderAddress
    shippingAddress?: OrderAddress
    notes: string
  }
  lines: readonly CheckedLine[]
}

export type CheckedLine = {
  position: number
  articleNumber: string
  description: string
  quantity: string
  unitPrice: string
  taxRate: string
  amount: string
}

const mostLines = 500

/** Checks an order, and works its amounts out. Adds a fault for everything that is wrong; what comes then is not to be stored. */
export function checkOrder(draft: OrderDraft, faults: Fault[], path = ''): CheckedOrder {
  const at = (field: string) => `${path}${field}`
  const before = faults.length
  const number = checkText(draft.number, at('number'), { max: 100 }, faults)
  if (!number && faults.length === before) {
    faults.push({ field: at('number'), message: 'Give the number of the order.', rule: 'missing' })
  }
  const status = draft.status ?? 'placed'
  if (!isOrderStatus(status)) {
    faults.push({ field: at('status'), message: `Must be one of ${orderStatuses.join(', ')}.` })
  }
  const currency = checkCurrency(draft.currency, at('currency'), faults)
  const lines = checkLines(draft.lines, currency, at('lines'), faults)
  const address = (field: 'billingAddress' | 'shippingAddress') => {
    const given = draft[field]
    return given ? { [field]: checkAddress(given, at(field), faults) } : {}
  }
  const columns = {
    source: checkText(draft.source, at('source'), { max: 100 }, faults),
    number,
    placedAt: draft.placedAt,
    status: isOrderStatus(status) ? status : 'placed',
    currency,
    pricesIncludeTax: draft.pricesIncludeTax ?? false,
    ...address('billingAddress'),
    ...address('shippingAddress'),
    notes: checkText(draft.notes, at('notes'), { max: 4000, multiline: true }, faults),
  }
  const none = { netTotal: '0', taxTotal: '0', total: '0' }
  const totals = faults.length === before ? checkTotals(draft, columns, lines, at, faults) : none
  return { columns: { ...columns, ...totals }, lines }
}

function checkCurrency(text: string, field: string, faults: Fault[]): string {
  const code = text.trim().toUpperCase()
  if (isCurrency(code)) return code
  faults.push({ field, message: 'Must be a currency of ISO 4217, such as EUR.' })
  return 'EUR'
}

function checkLines(drafts: readonly LineDraft[], currency: string, path: string, faults: Fault[]): CheckedLine[] {
  if (drafts.length === 0) faults.push({ field: path, message: 'Give at least one line.', rule: 'missing' })
  if (drafts.length > mostLines) faults.push({ field: path, message: `Must have at most ${mostLines} lines.` })
  return drafts.slice(0, mostLines).map((draft, index) => {
    const at = (field: string) => `${path}.${index}.${field}`
    const before = faults.length
    const description = checkText(draft.description, at('description'), { max: 1000, multiline: true }, faults)
    if (!description && faults.length === before) {
      faults.push({ field: at('description'), message: 'Say what was ordered.', rule: 'missing' })
    }
    const priced = {
      quantity: checkDecimal(draft.quantity, { digits: 12, places: 4 }, at('quantity'), faults),
      unitPrice: checkDecimal(draft.unitPrice, { digits: 14, places: 6 }, at('unitPrice'), faults),
      taxRate: checkDecimal(draft.taxRate ?? '0', { digits: 2, places: 3, min: 0 }, at('taxRate'), faults),
    }
    const amount = amountOf(priced, currency)
    if (amount.abs().gte('1e15')) faults.push({ field: at('unitPrice'), message: 'The amount has too many digits.' })
    const articleNumber = checkText(draft.articleNumber, at('articleNumber'), { max: 100 }, faults)
    return { position: index + 1, articleNumber, description, ...priced, amount: amount.toFixed() }
  })
}

type DecimalRule = { digits: number; places: number; min?: number }

/** Adds a fault, and answers `0`, where it can't be stored to the digit. */
function checkDecimal(text: string, { digits, places, min }: DecimalRule, field: string, faults: Fault[]): string {
  const form = new RegExp(`^[+-]?\\d{1,${digits}}(\\.\\d{1,${places}}0*)?$`)
  const value: Exact | undefined = form.test(text.trim()) ? exact(text.trim()) : undefined
  if (value && (min === undefined || value.gte(min))) return decimalText(value)
  const least = min === undefined ? '' : `, and at least ${min}`
  const message = `Must be a decimal number with at most ${digits} digits before the point and ${places} after it${least}.`
  faults.push({ field, message })
  return '0'
}

function checkTotals(
  draft: OrderDraft,
  { currency, pricesIncludeTax }: CheckedOrder['columns'] | { currency: string; pricesIncludeTax: boolean },
  lines: readonly CheckedLine[],
  at: (field: string) => string,
  faults: Fault[],
) {
  const stated = (field: 'netTotal' | 'taxTotal' | 'total') => {
    const text = draft[field] ?? undefined
    return text === undefined ? undefined : checkDecimal(text, { digits: 15, places: 6 }, at(field), faults)
  }
  const given = { net: stated('netTotal'), tax: stated('taxTotal'), gross: stated('total') }
  const computed = totalsOf(lines, currency, pricesIncludeTax)
  const found = statedTotals(computed, given, { currency, lines: lines.length, pricesIncludeTax })
  if ('field' in found) {
    const message = `Does not match the lines, which come to ${found.expected}.`
    faults.push({ field: at(found.field), message, rule: 'sum' })
    return { netTotal: '0', taxTotal: '0', total: '0' }
  }
  return { netTotal: found.net.toFixed(), taxTotal: found.tax.toFixed(), total: found.gross.toFixed() }
}

/** Adds faults for what can't be stored of an address; parts that aren't given are empty. */
export function checkAddress(
  draft: Partial<Record<keyof OrderAddress, Maybe<string>>>,
  path: string,
  faults: Fault[],
): OrderAddress {
  const text = (part: keyof OrderAddress, max: number, multiline = false) =>
    checkText(draft[part], `${path}.${part}`, { max, multiline }, faults)
  const given = text('country', 100)
  const country = given ? countryCode(given) : ''
  if (country === undefined) {
    faults.push({ field: `${path}.country`, message: 'Must be a country: its ISO 3166-1 code, such as DE, or name.' })
  }
  return {
    name: text('name', 200),
    organisation: text('organisation', 200),
    street: text('street', 500, true),
    postalCode: text('postalCode', 20),
    city: text('city', 200),
    region: text('region', 200),
    country: country ?? '',
  }
}
