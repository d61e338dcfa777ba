import type { Json } from '../../../database/json.ts'
import type { Entry, Kind } from './collect.ts'

/** The document, written as it is read: what it says of itself and of the processing first, then all records by their kinds. */
export async function* documentOf(head: object, kinds: readonly Kind[]): AsyncGenerator<Uint8Array> {
  const opening = JSON.stringify(head, undefined, 2)
  yield Buffer.from(`${opening.slice(0, -2)},\n  "data": {`)
  let first = true
  for (const { name, entries } of kinds) {
    yield Buffer.from(`${first ? '' : ','}\n    ${JSON.stringify(name)}: [`)
    first = false
    let separator = ''
    for await (const entry of entries()) {
      yield Buffer.from(`${separator}\n      ${JSON.stringify(itemOf(entry))}`)
      separator = ','
    }
    yield Buffer.from('\n    ]')
  }
  yield Buffer.from('\n  }\n}\n')
}

const itemOf = ({ category, record, provided, files }: Entry): Json => ({
  category,
  record: { ...record },
  provided: provided === true ? true : [...provided],
  ...(files.length > 0 && { files: [...files] }),
})
