import { type Field, type Input, isList, nameOf, type SchemaText } from './schema-text.ts'
import type { Arguments } from './values.ts'

/** How a field is asked for. */
export type Form = 'plain' | 'inline' | 'named'

/** A field of an operation, under an alias of its own. */
export type Selected = {
  alias: string
  field: Field
  form: Form
  arguments: Arguments
  /** The object type that the selection within is about; null for scalars. */
  to: string | null
  within: readonly Selected[]
  /** How it is asked for, where that is not just its form. */
  label?: string
}

// Below the limits of the server: 100 aliases, 5000 words and signs.
const most = { aliases: 95, words: 4500 }

/** Splits root fields into operations that the server takes. */
export function batches(roots: readonly Selected[]): Selected[][] {
  const found: Selected[][] = []
  let room = { aliases: 0, words: 0 }
  for (const root of roots) {
    const { aliases, words } = sizeOf(root)
    const last = found.at(-1)
    if (last && aliases <= room.aliases && words <= room.words) {
      last.push(root)
    } else {
      found.push([root])
      room = { ...most }
    }
    room = { aliases: room.aliases - aliases, words: room.words - words }
  }
  return found
}

function sizeOf({ within, arguments: given }: Selected): { aliases: number; words: number } {
  const sizes = within.map(sizeOf)
  const sum = (key: 'aliases' | 'words') => sizes.reduce((total, size) => total + size[key], 0)
  const words = JSON.stringify(given).match(/[\w-]+|[^\w\s"]/g)?.length ?? 0
  return { aliases: 1 + sum('aliases'), words: 12 + words + sum('words') }
}

/** The text of an operation. */
export function textOf(schema: SchemaText, kind: 'query' | 'mutation', roots: readonly Selected[]): string {
  const fragments: string[] = []
  const write = ({ alias, field, arguments: given, to, within }: Selected): string =>
    `${alias}: ${field.name}${writeArguments(field, given)}${to === null ? '' : block(field, to, within)}`
  const block = (field: Field, to: string, within: readonly Selected[]) => {
    const inside = within.length === 0 ? '__typename' : writeAll(to, within)
    return schema.interfaces.has(nameOf(field.type)) ? ` { ... on ${to} { ${inside} } }` : ` { ${inside} }`
  }
  const writeAll = (type: string, all: readonly Selected[]) => {
    const inForm = (form: Form) =>
      all
        .filter((selected) => selected.form === form)
        .map(write)
        .join('\n')
    const [plain, inline, named] = [inForm('plain'), inForm('inline'), inForm('named')]
    const parts = [plain, inline && `... on ${type} { ${inline} }`]
    if (named) {
      parts.push(`...F${fragments.length}`)
      fragments.push(`fragment F${fragments.length} on ${type} { ${named} }`)
    }
    return parts.filter(Boolean).join(' ')
  }
  const writeArguments = (field: Field, given: Arguments) => {
    const parts = field.inputs.flatMap((input) => (input.name in given ? [writeInput(input, given[input.name])] : []))
    return parts.length > 0 ? `(${parts.join(', ')})` : ''
  }
  const writeInput = (input: Input, value: unknown) => `${input.name}: ${writeValue(nameOf(input.type), value)}`
  const writeValue = (type: string, value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map((item) => writeValue(type, item)).join(', ')}]`
    if (typeof value === 'string' && schema.enums.has(type)) return value
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    const given: Arguments = { ...value }
    const fields = (schema.inputs.get(type)?.fields ?? []).filter(({ name }) => name in given)
    return `{ ${fields.map((field) => writeInput(field, given[field.name])).join(', ')} }`
  }
  const text = writeAll(kind === 'query' ? 'Query' : 'Mutation', roots)
  return `${kind} { ${text} }\n${fragments.join('\n')}`
}

/** An operation of fields whose arguments all come as variables. */
export function textWithVariables(
  kind: 'query' | 'mutation',
  roots: readonly Selected[],
): { query: string; variables: Arguments } {
  // Brackets want something in them.
  const bracketed = (texts: readonly string[]) => (texts.length > 0 ? `(${texts.join(', ')})` : '')
  const parts = roots.map(({ alias, field, to, arguments: values }) => {
    const given = field.inputs.filter(({ name }) => name in values)
    const passed = given.map(({ name }) => `${name}: $${alias}_${name}`)
    return {
      declared: given.map(({ name, type }) => `$${alias}_${name}: ${writeType(type)}`),
      selected: `${alias}: ${field.name}${bracketed(passed)}${to === null ? '' : ' { __typename }'}`,
      variables: given.map(({ name }) => [`${alias}_${name}`, values[name]] as const),
    }
  })
  const query = `${kind} ${bracketed(parts.flatMap(({ declared }) => declared))} { ${parts.map(({ selected }) => selected).join(' ')} }`
  return { query, variables: Object.fromEntries(parts.flatMap(({ variables }) => variables)) }
}

function writeType(type: Input['type']): string {
  if (type.kind === 'NonNullType') return `${writeType(type.type)}!`
  return isList(type) && type.kind === 'ListType' ? `[${writeType(type.type)}]` : nameOf(type)
}
