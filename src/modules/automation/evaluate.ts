import type { Json } from '../../database/json.ts'
import { invalidInput } from '../../graphql/errors.ts'
import { messageOf } from './cel/expression.ts'
import type { CompiledAction, CompiledRule } from './definition.ts'

/** An action with what its arguments came to. */
export type PlannedAction = CompiledAction & { values: Record<string, Json> }

/**
 * What a rule does, given these variables: undefined if its condition doesn't hold. Throws INVALID_INPUT, with the place, for an
 * expression that comes to nothing.
 */
export function plan(rule: CompiledRule, variables: Record<string, unknown>): PlannedAction[] | undefined {
  const { when, condition, steps } = rule
  if (when && evaluated('condition', condition, () => when.evaluate(variables)) !== true) return undefined
  return steps.map((step, index) => ({
    ...step,
    values: Object.fromEntries(
      [...step.given].map(([name, { expression, text }]) => [
        name,
        evaluated(`actions.${index}.arguments.${name}`, text, () => expression.evaluate(variables)),
      ]),
    ),
  }))
}

function evaluated(field: string, text: string, evaluate: () => Json): Json {
  try {
    return evaluate()
  } catch (error) {
    throw invalidInput([{ field, message: messageOf(error, text) }])
  }
}
