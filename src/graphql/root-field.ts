import { type FragmentDefinitionNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql'

type Fragments = Readonly<Record<string, FragmentDefinitionNode | undefined>>

/** The name of the root field that has this key in the answer: callers may call it there what they like. */
export function rootFieldOf(operation: OperationDefinitionNode, fragments: Fragments, key: string): string {
  const spread = new Set<string>()
  const find = ({ selections }: SelectionSetNode): string | undefined => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        if ((selection.alias ?? selection.name).value === key) return selection.name.value
        continue
      }
      const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : undefined
      if (name !== undefined && spread.has(name)) continue
      if (name !== undefined) spread.add(name)
      const below = selection.kind === Kind.INLINE_FRAGMENT ? selection : name && fragments[name]
      const found = below && find(below.selectionSet)
      if (found) return found
    }
    return undefined
  }
  const name = find(operation.selectionSet)
  if (!name) throw new Error('the operation has no such root field')
  return name
}
