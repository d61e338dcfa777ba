import { type Field, nameOf, type SchemaText } from './schema-text.ts'

/** One field on a way, and the object type that it leads to (of an interface: one of those that implement it). */
export type Step = { field: Field; to: string }

/** A way that ends at an object type, by way of its last field. */
export type Way = { root: 'Query' | 'Mutation'; steps: readonly Step[]; to: string }

/** The steps that lead from a field to object types; none for scalars. */
export function stepsBy(schema: SchemaText, field: Field): Step[] {
  const name = nameOf(field.type)
  if (schema.objects.has(name)) return [{ field, to: name }]
  if (!schema.interfaces.has(name)) return []
  const implementing = [...schema.objects.values()].filter(({ interfaces }) => interfaces.includes(name))
  return implementing.map((type) => ({ field, to: type.name }))
}

// What they take is used up by it, and what they give is what others give, such as signing in.
const usedUp = ['completeSignIn', 'refreshSession', 'useLink', 'changePassword', 'confirmConsent']

// They take what only a device can say, or end the caller's other sessions; what they give nothing else does.
const particular = ['confirmTotp', 'addPasskey', 'renewRecoveryCodes']

/** The types that there is no way to. What is subscribed to has tests of its own. */
export const withoutWay = ['AddPasskeyPayload', 'RecoveryCodesPayload', 'Subscription', 'ConsentChange']

/** The fields of a type that can be asked for again and again. */
const lasting = (schema: SchemaText, type: string): Field[] =>
  (schema.objects.get(type)?.fields ?? []).filter(
    ({ name }) => type !== 'Mutation' || ![...usedUp, ...particular].includes(name),
  )

/** For each object type that can be reached from a root type: the shortest way there. */
export function shortestPaths(schema: SchemaText, root: 'Query' | 'Mutation'): Map<string, readonly Step[]> {
  const paths = new Map<string, readonly Step[]>([[root, []]])
  // A map is walked in the order of insertion, those included that are added meanwhile: the nearest first.
  for (const [name, steps] of paths) {
    for (const field of lasting(schema, name)) {
      for (const step of stepsBy(schema, field)) {
        // Another way is preferred to one by `node`: that one is walked besides.
        if (!paths.has(step.to) && nameOf(field.type) !== 'Node') paths.set(step.to, [...steps, step])
      }
    }
  }
  return paths
}

/** Every field that leads to an object type, at the end of the shortest way to it; what only mutations reach, from there. */
export function waysThrough(schema: SchemaText): Way[] {
  const fromQuery = shortestPaths(schema, 'Query')
  const fromMutation = shortestPaths(schema, 'Mutation')
  const ways: Way[] = []
  const add = (root: Way['root'], from: readonly Step[], type: string) => {
    for (const field of schema.objects.get(type)?.fields ?? []) {
      for (const step of stepsBy(schema, field)) ways.push({ root, steps: [...from, step], to: step.to })
    }
  }
  for (const [type, steps] of fromQuery) add('Query', steps, type)
  for (const [type, steps] of fromMutation) {
    if (type === 'Mutation') {
      const only = lasting(schema, type)
        .flatMap((field) => stepsBy(schema, field))
        .filter(({ to }) => !fromQuery.has(to))
      ways.push(...only.map((step): Way => ({ root: 'Mutation', steps: [step], to: step.to })))
    } else if (!fromQuery.has(type)) add('Mutation', steps, type)
  }
  return ways
}
