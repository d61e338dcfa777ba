import type { GrantedRight } from '../../graphql/auth/rights.ts'
import { rightsOf } from '../../graphql/auth/rights.ts'
import { type Fault, invalidInput } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { type DeclaredRight, rightFault } from '../identity/access/right-names.ts'
import { mostCost, tooLong } from './cel/cost.ts'
import { type Expression, environmentFor, readExpression } from './cel/expression.ts'
import type { ActionDeclaration, EventDeclaration } from './contract.ts'
import type { AllOffers } from './offers.ts'
import type { RuleContent } from './rule.ts'

/** A rule as somebody hands it to us. */
export type RuleDraft = {
  name?: string | null | undefined
  description?: string | null | undefined
  events: readonly string[]
  condition?: string | null | undefined
  actions: readonly { action: string; arguments: readonly { name: string; value: string }[] }[]
  rights: readonly GrantedRight[]
}

/** A rule that is in order, ready to be evaluated. */
export type CompiledRule = RuleContent & {
  /** Undefined: always. */
  when: Expression | undefined
  steps: readonly CompiledAction[]
}

/** One thing that a rule does. */
export type CompiledAction = {
  action: string
  declaration: ActionDeclaration
  given: ReadonlyMap<string, { expression: Expression; text: string }>
}

const most = { events: 10, actions: 10, rights: 50 }

/**
 * Checks a rule in every respect. Throws INVALID_INPUT with every fault: of expressions with the place, of names with those that there are.
 *
 * @param declared The rights that there are; without, those that it names were checked before.
 */
export function checkRule(draft: RuleDraft, offers: AllOffers, declared?: readonly DeclaredRight[]): CompiledRule {
  const faults: Fault[] = []
  const name = checkText(draft.name, 'name', { max: 200 }, faults)
  if (!name && faults.length === 0)
    faults.push({ field: 'name', message: 'Give it a name: it stands in the audit log.' })
  const description = checkText(draft.description, 'description', { max: 2000, multiline: true }, faults)
  const rights = checkRights(draft.rights, declared, faults)
  const events = checkEvents(draft.events, offers, faults)
  const environment = environmentFor(offers, [...events.values()])
  const condition = draft.condition?.trim() ?? ''
  const when = condition
    ? readExpression(environment, condition, { type: 'bool', field: 'condition' }, faults)
    : undefined
  if (draft.actions.length === 0) faults.push({ field: 'actions', message: 'Say what the rule is to do.' })
  if (draft.actions.length > most.actions) faults.push({ field: 'actions', message: `Use at most ${most.actions}.` })
  const steps = draft.actions.slice(0, most.actions).flatMap((action, index): CompiledAction[] => {
    const field = `actions.${index}`
    const declaration = offers.actions.get(action.action)
    if (!declaration) {
      faults.push({ field: `${field}.action`, message: noneOffers('action', action.action, offers.actions) })
      return []
    }
    const given = new Map<string, { expression: Expression; text: string }>()
    for (const { name: parameter, value } of action.arguments) {
      const type = declaration.parameters[parameter]?.type
      const at = `${field}.arguments.${parameter}`
      if (!type || !Object.hasOwn(declaration.parameters, parameter)) {
        const names = Object.keys(declaration.parameters)
        faults.push({ field: at, message: `${action.action} has no such argument. It has ${names.join(', ')}.` })
        continue
      }
      if (given.has(parameter)) faults.push({ field: at, message: 'Give it once.' })
      const expression = readExpression(environment, value, { type, field: at }, faults)
      if (expression) given.set(parameter, { expression, text: value })
    }
    for (const [parameter, { optional }] of Object.entries(declaration.parameters)) {
      if (optional || action.arguments.some((one) => one.name === parameter)) continue
      faults.push({ field: `${field}.arguments.${parameter}`, message: 'This argument is missing.' })
    }
    return [{ action: action.action, declaration, given }]
  })
  const compiled = {
    name,
    description,
    events: [...events.keys()],
    condition,
    rights,
    actions: draft.actions.map(({ action, arguments: given }) => ({
      action,
      arguments: Object.fromEntries(given.map((one) => [one.name, one.value])),
    })),
    when,
    steps,
  }
  if (faults.length === 0) faults.push(...rightsFaults(compiled, offers), ...costFaults(compiled))
  if (faults.length > 0) throw invalidInput(faults)
  return compiled
}

function checkEvents(names: readonly string[], { events }: AllOffers, faults: Fault[]): Map<string, EventDeclaration> {
  const known = new Map<string, EventDeclaration>()
  if (names.length === 0) faults.push({ field: 'events', message: 'Say on which event the rule is to act.' })
  if (names.length > most.events) faults.push({ field: 'events', message: `Use at most ${most.events}.` })
  for (const [index, name] of names.entries()) {
    const event = events.get(name)
    if (event) known.set(name, event)
    else faults.push({ field: `events.${index}`, message: noneOffers('event', name, events) })
  }
  return known
}

const noneOffers = (what: 'event' | 'action', name: string, offers: ReadonlyMap<string, unknown>) =>
  `No module offers the ${what} ${JSON.stringify(name.slice(0, 100))}. There are ${[...offers.keys()].sort().join(', ')}.`

function checkRights(
  rights: readonly GrantedRight[],
  declared: readonly DeclaredRight[] | undefined,
  faults: Fault[],
): GrantedRight[] {
  if (rights.length > most.rights) faults.push({ field: 'rights', message: `Use at most ${most.rights}.` })
  return rights.slice(0, most.rights).map(({ right, read, write }, index) => {
    const message =
      (declared && rightFault(declared, right)) ?? (read || write ? undefined : 'Say which: read, write or both.')
    if (message) faults.push({ field: `rights.${index}.right`, message })
    return { right, read, write }
  })
}

/** What the rule names in its conditions or does, and may not by the rights that it names: it would fail at every turn. */
function rightsFaults(
  { events: names, when, steps, rights: named }: CompiledRule,
  { events, facts }: AllOffers,
): Fault[] {
  const rights = rightsOf(named)
  const faults: Fault[] = []
  for (const [index, name] of names.entries()) {
    const right = events.get(name)?.right
    if (right === undefined || rights.canRead(right)) continue
    const message = `Hearing of ${name} takes the right to read "${right}": add it to the rights of the rule.`
    faults.push({ field: `events.${index}`, message })
  }
  const expressions = [
    ...(when ? [{ field: 'condition', expression: when }] : []),
    ...steps.flatMap(({ given }, index) =>
      [...given].map(([name, { expression }]) => ({ field: `actions.${index}.arguments.${name}`, expression })),
    ),
  ]
  for (const { field, expression } of expressions) {
    for (const name of expression.names) {
      const [variable = '', key = ''] = name.split('.')
      const fact = facts.get(variable)
      const right = fact && fact.fields !== 'dynamic' ? fact.fields[key]?.right : undefined
      if (right && !rights.canRead(right)) {
        faults.push({ field, message: `${name} takes the right to read "${right}": add it to the rights of the rule.` })
      }
    }
  }
  for (const [index, { declaration, given }] of steps.entries()) {
    const constants = constantsOf(given)
    const found = declaration.check?.(constants, [...given.keys()]) ?? []
    faults.push(...found.map(({ field, ...fault }) => ({ field: `actions.${index}.arguments.${field}`, ...fault })))
    for (const right of declaration.writes(constants)) {
      if (rights.canWrite(right)) continue
      faults.push({
        field: `actions.${index}.action`,
        message: `This takes the right to write "${right}": add it to the rights of the rule.`,
      })
    }
  }
  return faults
}

/** What is too much only taken together. */
function costFaults({ when, steps }: CompiledRule): Fault[] {
  const costs = [
    when?.cost ?? 0,
    ...steps.flatMap(({ given }) => [...given.values()].map((one) => one.expression.cost)),
  ]
  const total = costs.reduce((sum, cost) => sum + cost, 0)
  return total > mostCost ? [{ field: 'actions', message: `Taken together: ${tooLong}` }] : []
}

const constantsOf = (given: CompiledAction['given']) =>
  Object.fromEntries(
    [...given].flatMap(([name, { expression }]) =>
      expression.constant === undefined ? [] : [[name, expression.constant]],
    ),
  )
