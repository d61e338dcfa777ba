import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSchema, parse, validate } from 'graphql'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const [readme, sdl] = await Promise.all(
  ['README.md', 'schema.graphql'].map((name) => readFile(join(root, name), 'utf8')),
)
const schema = buildSchema(sdl ?? '')
const examples = Array.from(readme?.matchAll(/```graphql\n(.*?)```/gs) ?? [], ([, text = '']) => text)

describe('the GraphQL that the README shows', () => {
  test('is there', () => {
    expect(examples.length).toBeGreaterThan(30)
  })

  test.each(examples)('can be sent as it is: %s', (example) => {
    expect(validate(schema, parse(example)).map(({ message }) => message)).toEqual([])
  })
})
