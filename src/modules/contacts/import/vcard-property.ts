import iconv from 'iconv-lite'

/** One property of a vCard: `item1.TEL;TYPE=work,voice:+49…`. The value is as written, with its escapes. */
export type VCardProperty = {
  group: string
  name: string
  params: ReadonlyMap<string, readonly string[]>
  value: string
}

const LINE = /^(?:([\w-]+)\.)?([\w-]+)((?:;(?:"[^"]*"|[^":])*)?):(.*)$/s

/** Reads an unfolded line. `undefined` if it is no property. */
export function parseProperty(line: string): VCardProperty | undefined {
  const match = LINE.exec(line)
  if (!match) return undefined
  const [, group = '', name = '', paramText = '', value = ''] = match
  const params = parseParams(paramText)
  const isQuotedPrintable = params.get('ENCODING')?.[0]?.toUpperCase() === 'QUOTED-PRINTABLE'
  return {
    group: group.toLowerCase(),
    name: name.toUpperCase(),
    params,
    value: isQuotedPrintable ? decodeQuotedPrintable(value, params.get('CHARSET')?.[0] ?? 'utf-8') : value,
  }
}

/** Whether a line begins a property in quoted-printable, which vCard 2.1 folds in a way of its own. */
export function isQuotedPrintable(line: string): boolean {
  return /^[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE[;:]/i.test(line)
}

/** A text value without its escapes. */
export function unescapeText(text: string): string {
  return text.replace(/\\(.)/gs, (_, character: string) => (/n/i.test(character) ? '\n' : character)).trim()
}

/** The parts of a structured value (`N`, `ADR`, `ORG`) or a list (`CATEGORIES`), still with their escapes. */
export function splitValue(value: string, separator: ';' | ','): string[] {
  let part = ''
  const parts: string[] = []
  for (const token of value.match(/\\.|[^\\;,]+|[\\;,]/gs) ?? []) {
    if (token === separator) {
      parts.push(part)
      part = ''
    } else {
      part += token
    }
  }
  return [...parts, part]
}

function parseParams(text: string): Map<string, string[]> {
  const params = new Map<string, string[]>()
  for (const param of text.match(/(?:"[^"]*"|[^";])+/g) ?? []) {
    const equals = param.indexOf('=')
    // vCard 2.1 leaves the name of the parameter away: TEL;HOME;VOICE.
    const bareName = /^(quoted-printable|base64|b)$/i.test(param) ? 'ENCODING' : 'TYPE'
    const name = equals === -1 ? bareName : param.slice(0, equals).trim().toUpperCase()
    const values = param.slice(equals + 1).match(/"[^"]*"|[^",]+/g) ?? []
    // A quoted list of types, "work,voice", is what many write and the standard does not mean; it is read all the same.
    const texts = values.flatMap((value) => value.replaceAll('"', '').split(name === 'TYPE' ? ',' : '\n'))
    params.set(name, [...(params.get(name) ?? []), ...texts])
  }
  return params
}

function decodeQuotedPrintable(text: string, charset: string): string {
  const bytes = text.replace(/=([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const encoding = iconv.encodingExists(charset) ? charset : 'utf-8'
  return iconv.decode(Buffer.from(bytes, 'latin1'), encoding)
}
