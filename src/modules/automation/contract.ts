import type { Json, JsonObject } from '../../database/json.ts'
import type { Transaction } from '../../database/transact.ts'
import type { Context } from '../../graphql/context.ts'
import type { Fault } from '../../graphql/errors.ts'
import type { AuditAction } from '../audit/entries.ts'
import type { FieldChanges } from '../audit/values.ts'

// What modules offer to rules, declared in their manifests. So a module that comes later brings its own events and actions,
// and nothing here has to know it.

/** The type of a value in conditions and arguments. `date` is text, `YYYY-MM-DD`; `any` is checked when the rule runs. */
export type ValueType = 'string' | 'date' | 'bool' | 'int' | 'double' | 'timestamp' | 'list<string>' | 'any'

/**
 * Something that happens to contacts. It is no message of its own but a kind of entry in the audit log: whatever is logged is
 * raised, in the same transaction, and the past is there for tests of rules.
 */
export type EventDeclaration = {
  description: string
  /** The right to read that hearing of it takes, as the type of its entries has it: a rule without it would never act. */
  right: string
  /** The entries that it is: of these types and actions. */
  entries: readonly { entity: string; action: Extract<AuditAction, 'created' | 'updated' | 'removed'> }[]
  /** And of them only these. `operation`: the mutation's name; `isNew`: the contact was made in the same unit of work. */
  where?: (entry: { operation: string; isNew: boolean; changes: FieldChanges }) => boolean
  /** Fields of the entry whose new values are `event.data`, with their types. */
  data: Readonly<Record<string, ValueType>>
  /**
   * Of what happens by itself, as time goes by: the rules whose doing it is, by the ids of the entries. So rules that cause each
   * other with a delay are a loop, too.
   */
  rulesBehind?: (tx: Transaction, entries: readonly RaisedEntry[]) => Promise<ReadonlyMap<string, string>>
}

/** An entry of the log about a contact, as far as events go by it. */
export type RaisedEntry = {
  id: string
  contactId: string
  action: string
  operation: string
  entity: string
  changes: FieldChanges
}

/** What rules may know of a contact: a variable of their conditions. */
export type FactDeclaration = {
  description: string
  /** Its fields, with the right that it takes to read each; or the types of values by keys that only the database knows. */
  fields: Readonly<Record<string, { type: ValueType; right: string }>> | 'dynamic'
  /**
   * Reads it, for somebody with the context's rights: what these don't cover is left out. Fields that are declared may be
   * left out by whoever reads; those that may not be read are, in any case.
   */
  read: (work: FactWork) => Promise<JsonObject>
}

/** What reading a fact works with. */
export type FactWork = { tx: Transaction; context: Context; contactId: string }

/** Something that rules can do. */
export type ActionDeclaration = {
  description: string
  parameters: Readonly<Record<string, { type: ValueType; description: string; optional?: true }>>
  /** The rights to write that it takes, as far as `constants` (arguments that are written out in the rule) tell. */
  writes: (constants: JsonObject) => readonly string[]
  /** What is wrong with such arguments. `given` names all that there are; a fault's `field` is the parameter's name. */
  check?: (constants: JsonObject, given: readonly string[]) => readonly Fault[]
  /** What has to come first in that, such as holding what the action goes by. */
  before?: (tx: Transaction) => Promise<void>
  /** Does it, as a part of the run's unit of work: with that it is committed, or not at all. */
  run: (work: ActionWork, given: Readonly<Record<string, Json>>) => Promise<void>
}

/** What an action works with. */
export type ActionWork = FactWork & {
  ruleId: string
  runId: string
  /** Runs a mutation of the schema with the rule's rights, which stand on its inputs. Throws its first error. */
  mutate: (mutation: string, variables: JsonObject) => Promise<void>
}

/** The part of a module's manifest that is about rules. Names of events and actions begin with the module's. */
export type Offers = {
  /** What happens to contacts: `orders.placed`. */
  events?: Readonly<Record<string, EventDeclaration>>
  /** What conditions can ask about a contact: variables. */
  facts?: Readonly<Record<string, FactDeclaration>>
  /** What rules can do: `contacts.addTag`. */
  actions?: Readonly<Record<string, ActionDeclaration>>
}
