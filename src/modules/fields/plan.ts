import { type DeniedInput, type Fault, forbiddenInput } from '../../graphql/errors.ts'
import { type CheckedValue, checkValue } from './check-value.ts'
import type { Definition } from './definition.ts'
import type { Definitions } from './definitions.ts'
import type { FieldDraft } from './given.ts'
import { absent, type FieldCaller, mayWrite, rightOfField } from './rights.ts'
import type { StoredFields } from './values.ts'

/** What is to become of the custom fields of a contact, by their keys; null for those that are emptied. */
export type FieldPlan = ReadonlyMap<string, Planned>

/** `byDefault`: nobody said so. */
export type Planned = { definition: Definition; value: CheckedValue | null; byDefault?: true }

/** Nothing. */
export const noPlan: FieldPlan = new Map()

type PlanOptions = {
  /** Of a contact that is there already: what it has. Without, it is a new one, with defaults and all that is required. */
  stored?: StoredFields
  defaultCountry?: string
  /** Where faults go of what is required of a new one; they may turn out to be none, if the person is known already. */
  missing?: Fault[]
}

/** The name of a custom field in faults: `customFields.customer_number`. */
export const faultPath = (key: string): string => `customFields.${key}`

/**
 * Checks what somebody wants the custom fields of a contact to be, and adds every fault, each named for its field. Throws
 * FORBIDDEN, naming every field that they may not write.
 */
export function planFields(
  definitions: Definitions,
  caller: FieldCaller,
  drafts: readonly FieldDraft[],
  faults: Fault[],
  { stored, defaultCountry, missing = faults }: PlanOptions,
): FieldPlan {
  refuseDenied(definitions, caller, drafts)
  const plan = new Map<string, Planned>()
  for (const { key, value: given } of drafts) {
    const path = faultPath(key)
    const definition = definitions.get(key)
    const fault = draftFault(definition, given === null, plan.has(key), stored !== undefined)
    if (!definition || fault) {
      faults.push({ field: path, message: fault ?? unknownField })
      continue
    }
    const chosen = [stored?.[key] ?? []].flat().map(String)
    const value = given && checkValue(definition, given, path, faults, { defaultCountry, chosen })
    if (value === undefined) continue
    if (value === null && given !== null && definition.required) {
      const where = stored ? faults : missing
      where.push({ field: path, message: mustBeGiven })
    }
    plan.set(key, { definition, value })
  }
  if (!stored) completeNew(definitions, caller, drafts, plan, missing)
  return plan
}

const unknownField = 'There is no custom field with this key.'
const mustBeGiven = 'Must be given.'

function draftFault(definition: Definition | undefined, empties: boolean, again: boolean, there: boolean) {
  if (!definition) return unknownField
  if (again) return 'Is named twice.'
  if (definition.retiredAt && !empties) return 'This field is retired, and takes no new values.'
  return empties && there && definition.required && !definition.retiredAt ? 'Must not be empty.' : undefined
}

/** A new contact gets defaults, and has to have what is required, as far as whoever makes it may write that. */
function completeNew(
  definitions: Definitions,
  caller: FieldCaller,
  drafts: readonly FieldDraft[],
  plan: Map<string, Planned>,
  missing: Fault[],
) {
  for (const definition of definitions.all) {
    const { key } = definition
    const given = drafts.find((draft) => draft.key === key)
    if (definition.retiredAt || (given && given.value !== null)) continue
    if (!given && definition.default !== null) {
      plan.set(key, { definition, value: definition.default as CheckedValue, byDefault: true }) // Checked with the definition; no file is one.
    } else if (definition.required && mayWrite(caller, definition)) {
      missing.push({ field: faultPath(key), message: mustBeGiven })
    }
  }
}

function refuseDenied(definitions: Definitions, caller: FieldCaller, drafts: readonly FieldDraft[]) {
  const denied = drafts.flatMap(({ key }, index): DeniedInput[] => {
    const may = mayWrite(caller, definitions.get(key) ?? absent(key))
    return may ? [] : [{ path: `input.customFields.${index}.key`, access: 'write', right: rightOfField(key) }]
  })
  if (denied.length > 0) throw forbiddenInput(denied)
}

/** Whether new contacts have something by these definitions that nobody has to name. */
export const owesAnything = (definitions: Definitions): boolean =>
  definitions.all.some(({ required, default: given, retiredAt }) => !retiredAt && (required || given !== null))
