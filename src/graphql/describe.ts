import {
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from 'graphql'

/** Something that is to have a description, for those who read the schema in GraphiQL. */
type Described = { description?: string | null | undefined }

/**
 * Describes what means the same wherever it stands, where nothing else is said: the parts of a list, ids; and input fields that are named like
 * a field of the type that they are about, which say what that says.
 */
export function describeRest(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue
    if (isObjectType(type) || isInterfaceType(type)) describeObject(type)
    if (isInputObjectType(type)) describeInput(type, subjectOf(schema, type))
  }
}

function describeObject(type: Extract<GraphQLNamedType, { getInterfaces: unknown }>) {
  const { name } = type
  if (name.endsWith('Connection')) say(type, 'A page of a list.')
  if (/Edge$/.test(name)) say(type, 'A place in a list.')
  if (name === 'PageInfo') say(type, 'Where a page is in its list.')
  const texts = name.endsWith('Connection')
    ? ofConnection
    : /Edge$/.test(name)
      ? ofEdge
      : name === 'PageInfo'
        ? ofPage
        : {}
  for (const field of Object.values(type.getFields())) {
    say(field, texts[field.name] ?? (field.name === 'id' ? 'Its id, across the whole API.' : undefined))
    for (const argument of field.args) say(argument, ofArguments[argument.name])
  }
}

const ofConnection: Readonly<Record<string, string>> = {
  edges: 'What is on the page, in order.',
  pageInfo: 'Where the page is in the list.',
}

const ofEdge: Readonly<Record<string, string>> = {
  cursor: 'The place, for `after` and `before`.',
  node: 'What stands there.',
}

const ofPage: Readonly<Record<string, string>> = {
  endCursor: 'The place of the last one on the page: `after` it, the next page begins.',
  hasNextPage: 'Whether there is more after it.',
  hasPreviousPage: 'Whether there is more before it.',
  startCursor: 'The place of the first one on the page.',
}

const ofArguments: Readonly<Record<string, string>> = {
  first: 'How many, from the beginning: 50, unless said otherwise; 500 at most.',
  last: 'How many, from the end.',
  after: 'Only those after this place: the `endCursor` of the page before.',
  before: 'Only those before this place.',
  id: 'Its id.',
  key: 'Its key.',
  input: 'What is said of it.',
  filter: 'Only those that all of this is so of.',
  orderBy: 'In which order: by the first of these, then by the next.',
  language: 'In which language (BCP 47).',
}

/** The type that an input is about: `CreateContactInput` is about a `Contact`. */
function subjectOf(schema: GraphQLSchema, { name }: GraphQLInputObjectType) {
  const bare = name.replace(/(Input|Update|Filter|Order)$/, '').replace(/^(Create|Update)/, '')
  const type = schema.getType(bare) ?? schema.getType(`${bare}s`)
  return isObjectType(type) ? type.getFields() : {}
}

function describeInput(type: GraphQLInputObjectType, subject: Readonly<Record<string, Described>>) {
  for (const field of Object.values(type.getFields())) {
    say(field, withoutRight(subject[field.name]))
    if (type.name.startsWith('Update')) say(field, ofChanges.find(([prefix]) => prefix.test(field.name))?.[1])
  }
}

const ofChanges = [
  [/^add[A-Z]/, 'Those to add.'],
  [/^update[A-Z]/, 'Those to change, by their `id`.'],
  [/^remove[A-Z]/, 'The `id`s of those to take away.'],
] as const

const right = /^Right: .*$/m

/** What a description says besides the right that is needed. */
export const withoutRight = ({ description }: Described = {}): string => (description ?? '').replace(right, '').trim()

/** Says it where nothing is said yet, before the right that is needed. */
function say(described: Described, text: string | undefined) {
  if (!text || withoutRight(described)) return
  described.description = [text, described.description].filter(Boolean).join('\n\n')
}
