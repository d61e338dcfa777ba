import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  buildSchema,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from 'graphql'
import { expect, test } from 'vitest'
import { withoutRight } from '../../src/graphql/describe.ts'

const read = async () => buildSchema(await readFile(join(import.meta.dirname, '..', '..', 'schema.graphql'), 'utf8'))

type Described = { name: string; description?: string | null | undefined }

/** All that has a place in the schema, by what it is called there. */
function* placesOf(schema: GraphQLSchema): Generator<[string, Described]> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue
    yield [type.name, type]
    for (const [part, inner] of partsOf(type)) yield [`${type.name}.${part}`, inner]
  }
  for (const directive of schema.getDirectives()) yield [`@${directive.name}`, directive]
}

function* partsOf(type: GraphQLNamedType): Generator<[string, Described]> {
  if (isEnumType(type)) for (const value of type.getValues()) yield [value.name, value]
  if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) yield [field.name, field]
  if (!isObjectType(type) && !isInterfaceType(type)) return
  for (const field of Object.values(type.getFields())) {
    yield [field.name, field]
    for (const argument of field.args) yield [`${field.name}(${argument.name})`, argument]
  }
}

test('every type, field, argument, input field and enum value says what it is', async () => {
  const places = [...placesOf(await read())]
  expect(places.length).toBeGreaterThan(2000)
  // The right that it takes is told besides: that alone says nothing.
  expect(
    places.filter(([, one]) => withoutRight({ description: one.description }) === '').map(([place]) => place),
  ).toEqual([])
})
