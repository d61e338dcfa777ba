import { DirectiveLocation, GraphQLDirective, GraphQLString } from 'graphql'

/** What stands on a type, field, input field or argument: who may read or write it. `public`: everybody. */
export type Auth = 'public' | { read?: string; write?: string }

/** A right that an input names by its value, and for what it is needed. `tells`: how the description says it. */
export type AuthByValue = { access: 'read' | 'write'; right: (value: unknown) => string; tells: string }

/** `@auth`, as printed in `schema.graphql`. */
export const authDirective = new GraphQLDirective({
  name: 'auth',
  description:
    'The rights that are needed to read or write this. A field without it takes those of its type. ' +
    'On input fields, `read` is needed to filter or sort by it, `write` to set it (an explicit null sets it, too).',
  locations: [
    DirectiveLocation.OBJECT,
    DirectiveLocation.INTERFACE,
    DirectiveLocation.FIELD_DEFINITION,
    DirectiveLocation.INPUT_OBJECT,
    DirectiveLocation.INPUT_FIELD_DEFINITION,
    DirectiveLocation.ARGUMENT_DEFINITION,
  ],
  args: { read: { type: GraphQLString }, write: { type: GraphQLString } },
})

/** The rights that hold for a field once its type's are taken into account; kept in the field's `extensions.auth`. */
export type EffectiveAuth = { read?: string; write?: string }

/** Reads back what the plugin left on a field or input field of a built schema. */
export function effectiveAuth(field: { extensions: object }): EffectiveAuth {
  const { extensions } = field
  return 'auth' in extensions && isEffectiveAuth(extensions.auth) ? extensions.auth : {}
}

const isEffectiveAuth = (value: unknown): value is EffectiveAuth => typeof value === 'object' && value !== null

/** The right that the value of an input names, as the plugin left it there. */
export function authByValue({ extensions }: { extensions: object }): AuthByValue | undefined {
  return 'authByValue' in extensions && isByValue(extensions.authByValue) ? extensions.authByValue : undefined
}

const isByValue = (value: unknown): value is AuthByValue =>
  typeof value === 'object' && value !== null && 'right' in value
