import type { Collected, Entry } from './collect.ts'

/** The document, written as it is read: what it says of itself and of the processing first, then all records by their kinds. */
export async function* documentOf(head: object, { kinds, redactions }: Collected): AsyncGenerator<Uint8Array> {
  const opening = JSON.stringify(head, undefined, 2)
  yield Buffer.from(`${opening.slice(0, -2)},\n  "redactions": `)
  yield* listOf(redactions.entries(), '    ')
  yield Buffer.from(',\n  "data": {')
  let first = true
  for (const { name, entries } of kinds) {
    yield Buffer.from(`${first ? '' : ','}\n    ${JSON.stringify(name)}: `)
    first = false
    yield* listOf(itemsOf(entries()), '      ')
  }
  yield Buffer.from('\n  }\n}\n')
}

async function* listOf(items: AsyncIterable<object>, indent: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from('[')
  let separator = ''
  for await (const item of items) {
    yield Buffer.from(`${separator}\n${indent}${JSON.stringify(item)}`)
    separator = ','
  }
  yield Buffer.from(separator ? `\n${indent.slice(2)}]` : ']')
}

async function* itemsOf(entries: AsyncIterable<Entry>) {
  for await (const entry of entries) yield itemOf(entry)
}

const itemOf = ({ category, record, provided, files }: Entry) => ({
  category,
  record: { ...record },
  provided: provided === true ? true : [...provided],
  ...(files.length > 0 && { files: [...files] }),
})
