import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import { invalidInput } from '../../../graphql/errors.ts'
import { type ReadRow, readRow } from './row.ts'

// What columns are called, folded: letters and digits alone.
const headings: Readonly<Record<string, readonly string[]>> = {
  'contact.id': ['contactid', 'kontaktid'],
  'contact.email': ['email', 'contactemail', 'customeremail', 'emailadresse'],
  'contact.externalId': ['customerid', 'customernumber', 'kundennummer', 'externalid'],
  number: ['number', 'ordernumber', 'orderid', 'bestellnummer', 'auftragsnummer', 'name'],
  placedAt: ['placedat', 'orderdate', 'createdat', 'date', 'bestelldatum', 'datum'],
  status: ['status'],
  currency: ['currency', 'wahrung'],
  pricesIncludeTax: ['pricesincludetax', 'brutto'],
  netTotal: ['nettotal', 'subtotal', 'nettosumme'],
  taxTotal: ['taxtotal', 'taxes', 'tax', 'steuersumme', 'umsatzsteuer'],
  total: ['total', 'gesamtsumme', 'gesamtbetrag'],
  notes: ['notes', 'notizen', 'bemerkung'],
  'line.articleNumber': ['articlenumber', 'sku', 'lineitemsku', 'artikelnummer'],
  'line.description': ['description', 'product', 'lineitemname', 'bezeichnung', 'artikel'],
  'line.quantity': ['quantity', 'lineitemquantity', 'menge', 'anzahl'],
  'line.unitPrice': ['unitprice', 'price', 'lineitemprice', 'einzelpreis', 'preis'],
  'line.taxRate': ['taxrate', 'steuersatz', 'mwstsatz'],
  ...Object.fromEntries(
    ['billing', 'shipping'].flatMap((kind) =>
      ['name', 'organisation', 'street', 'postalCode', 'city', 'region', 'country'].map(
        (part) =>
          [`${kind}Address.${part}`, [`${kind}${part.toLowerCase()}`, `${kind}address${part.toLowerCase()}`]] as const,
      ),
    ),
  ),
}

/** The fields that a column can go to. */
export const orderColumns: readonly string[] = Object.keys(headings)

/** Of a file, what its first line says. */
export type CsvHeader = { columns: readonly string[]; delimiter: string; unrecognised: readonly string[] }

/**
 * Reads orders from a table with a header line: each row a line of an order, those with the same number together one order.
 *
 * @param map For columns that aren't recognised: where they go, or `-` to leave them out.
 */
export function readCsv(
  content: string,
  { map, decimalComma }: { map: Readonly<Record<string, string>>; decimalComma: boolean },
): { header: CsvHeader; rows: ReadRow[] } {
  const delimiter = mostFrequent(content.slice(0, content.search(/[\r\n]|$/)))
  const records = parseAll(content, delimiter)
  const [first, ...rest] = records
  if (!first) throw invalidInput([{ field: 'input.content', message: 'The file has no header line.' }])
  const targets = first.cells.map((cell) => targetOf(cell.trim(), map))
  const unrecognised = first.cells.filter((_cell, index) => targets[index] === undefined)
  const header = { columns: first.cells, delimiter, unrecognised }
  const orders = new Map<string, { place: string; original: string[]; value: Cells; lines: Cells[] }>()
  for (const { line, cells, raw } of rest) {
    if (cells.every((cell) => cell.trim() === '')) continue
    const { order, line: item } = cellsOf(cells, targets, decimalComma)
    const number = typeof order['number'] === 'string' ? order['number'] : ''
    const known = orders.get(number)
    if (known) {
      known.original.push(raw)
      known.lines.push(item)
    } else orders.set(number, { place: `line ${line}`, original: [raw], value: order, lines: [item] })
  }
  const rows = [...orders.values()].map(({ place, original, value, lines }) =>
    readRow(place, original, { ...value, lines }),
  )
  return { header, rows }
}

type Cells = Record<string, unknown>

/** Empty cells say nothing. */
function cellsOf(cells: readonly string[], targets: readonly (string | undefined)[], decimalComma: boolean) {
  const order: Cells = { contact: {} }
  const line: Cells = { description: '', quantity: '1' }
  for (const [index, target] of targets.entries()) {
    const cell = (cells[index] ?? '').trim()
    if (!target || target === '-' || cell === '') continue
    const [head = '', part] = target.split('.')
    const value = valueIn(target, cell, decimalComma)
    if (part === undefined) order[head] = value
    else if (head === 'line') line[part] = value
    else order[head] = { ...Object(order[head]), [part]: value }
  }
  return { order, line }
}

const decimals = /^(netTotal|taxTotal|total|line\.(quantity|unitPrice|taxRate))$/

function valueIn(target: string, cell: string, decimalComma: boolean): unknown {
  if (target === 'pricesIncludeTax') return /^(true|yes|ja|1)$/i.test(cell)
  if (!decimals.test(target)) return cell
  // Which of the two marks groups thousands, nobody can tell from `1,234`.
  return decimalComma ? cell.replaceAll('.', '').replace(',', '.') : cell
}

function targetOf(column: string, map: Readonly<Record<string, string>>): string | undefined {
  const mapped = map[column]
  if (mapped !== undefined) {
    if (mapped === '-' || orderColumns.includes(mapped)) return mapped
    const message = `There is no field ${mapped}. There are: ${orderColumns.join(', ')}; and - for nothing.`
    throw invalidInput([{ field: 'input.map', message }])
  }
  const folded = column
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
  return Object.entries(headings).find(([, names]) => names.includes(folded))?.[0]
}

function parseAll(content: string, delimiter: string) {
  const rows: { cells: string[]; raw: string; line: number }[] = []
  try {
    parse(content, {
      delimiter,
      bom: true,
      raw: true,
      relax_column_count: true,
      max_record_size: 1024 * 1024,
      // With `raw` each record comes together with its text, which the types of csv-parse do not tell.
      on_record: (entry: string[] | { record: string[]; raw: string }, { lines }) => {
        const { record: cells, raw } = Array.isArray(entry) ? { record: entry, raw: '' } : entry
        rows.push({ cells, raw: raw.replace(/[\r\n]+$/, ''), line: lines })
        return null
      },
    })
    return rows
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw invalidInput([{ field: 'input.content', message: `The table can't be read: ${error.message}.` }])
  }
}

function mostFrequent(header: string): string {
  const counts = [',', ';', '\t'].map((delimiter) => ({ delimiter, count: header.split(delimiter).length }))
  return counts.reduce((best, each) => (each.count > best.count ? each : best)).delimiter
}
