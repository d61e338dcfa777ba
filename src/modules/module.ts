import type { AuditedRow } from '../database/audited.ts'
import type { Transaction } from '../database/transact.ts'
import type { Builder } from '../graphql/builder.ts'
import type { WorkContext } from '../graphql/context.ts'
import type { ContextOf, Route } from '../http/router.ts'
import type { Secrets } from '../secrets.ts'
import type { Offers } from './automation/contract.ts'
import type { FieldProposals } from './consent/proposals.ts'
import type { BasisImport } from './contacts/import/bases.ts'
import type { Merging } from './contacts/merging.ts'
import type { OverviewPart } from './contacts/overview/part.ts'
import type { Basis, UnknownPurposes } from './contacts/sight.ts'
import type { Disclosed, Held, KindTexts, Text } from './disclosed.ts'
import type { BasisListener } from './lawfulness/basis/listener.ts'
import type { Restriction } from './lawfulness/law/restriction.ts'

/**
 * A module: one folder, one line in the list of modules (index.ts). From this declaration come the schema's rights,
 * the access report, the erasure, the audit log and the tests.
 */
export type Module = Offers & {
  /** Lower case; the first part of the names of its rights. */
  name: string
  /** The modules whose types it extends; they come before it in the list. */
  needs: readonly string[]
  /** The rights that its fields refer to, each with a description for whoever grants it. */
  rights: Readonly<Record<string, string>>
  /** Rights that are made at run time, such as those of custom fields. They begin with its name, too. */
  runTimeRights?: (context: Pick<WorkContext, 'database'>) => Promise<readonly { name: string; description: string }[]>
  /**
   * The rights that a client may use with a publishable key, if its scopes give them: everybody who opens its page has that
   * key. What they guard must tell nothing about anybody. Of those that are made at run time all together, as `fields.*`: for
   * writing, and if the scopes name them one by one. Default: none.
   */
  publishable?: readonly string[]
  /** What it keeps about contacts, or `none`, said explicitly. */
  personalData: 'none' | PersonalData
  /** What `Contact.overview` tells of it, by category. Default: nothing. */
  overview?: readonly OverviewPart[]
  /** The Prisma models whose changes are logged by themselves, with how a row reads in the log. */
  audited?: Readonly<Record<string, (row: never) => AuditedRow>>
  /**
   * Which contacts have a valid basis for a purpose, if it keeps such: those are seen by callers who are bound to it. Of
   * several modules any one is enough; without one that says so, such callers see no contact.
   */
  basis?: Basis
  /** Whose processing is restricted (Art. 18 GDPR): whatever their grounds, they may be processed only for what is excepted. */
  restriction?: Restriction
  /** Which of some keys name no purpose, by the one module that keeps the register. */
  unknownPurposes?: UnknownPurposes
  /** What it keeps about contacts when two of them are merged. Default: it stays where it is. */
  merging?: Merging
  /** How legal grounds are imported, by the one module that keeps them. */
  basisImport?: BasisImport
  /** Told when something happens to legal grounds: see `BasisListener`. */
  basisListener?: BasisListener
  /** Takes proposals for custom fields, by the one module where staff decides over them: see `FieldProposals`. */
  fieldProposals?: FieldProposals
  /** What it answers at paths of its own: pages for persons, say. `contextOf` finds out who calls. */
  routes?: (contextOf: ContextOf) => Readonly<Record<string, Route>>
  /** Makes what it has from the start, where that is missing; at every start. */
  begin?: (tx: Transaction) => Promise<void>
  /** Removes what is over, a bounded number of rows at a time; every ten minutes, perhaps in several processes at once. */
  housekeeping?: (context: WorkContext) => Promise<void>
  /** Adds its types, queries and mutations to the schema. `modules`: all that the schema is made of. */
  schema: (builder: Builder, modules: readonly Module[]) => void
}

export type PersonalData = {
  /** Categories of personal data, for the access report (Art. 15(1)(b) GDPR) and the register of processing. */
  categories: readonly string[]
  /** The Prisma models that hold it. */
  models: readonly string[]
  /** Everything held about a contact, record by record (Art. 15, 20 GDPR), in bounded memory: lists are read in pages by id. */
  disclose: (held: Held) => AsyncIterable<Disclosed>
  /** How kinds of records and their fields are called where a person reads: German and English. Default: as they are named. */
  texts?: Readonly<Record<string, KindTexts>>
  /** How operations that change it, or tell of it, are called where the contact reads of them in the log. Default: as they are named. */
  operations?: Readonly<Record<string, Text>>
  /**
   * Erases what it holds about a contact (Art. 17 GDPR), unless the decision says to keep it, and tells what it did. Modules that need
   * others come before these: the contact's addresses are still there. `secrets` make the keyed hashes by which persons are found.
   */
  erase: (
    tx: Transaction,
    contactId: string,
    decision: ErasureDecision,
    means: { secrets: Secrets },
  ) => Promise<ErasureOutcome>
}

/** What was decided about a request to erase. */
export type ErasureDecision = {
  /** The ground of Art. 17(1) GDPR. */
  ground: string
  /** Models that a law obliges to keep, with the citation: `{ Order: '§ 147 AO' }`. */
  keep: Readonly<Record<string, string>>
}

/** What came of it, counted in rows by model. */
export type ErasureOutcome = {
  erased: Readonly<Record<string, number>>
  kept: Readonly<Record<string, { rows: number; reason: string }>>
}

/** Declares a module. The names of its rights begin with its own name. */
export function defineModule<const M extends Module>(module: M): M {
  const foreign = Object.keys(module.rights).find((right) => !right.startsWith(`${module.name}.`))
  if (foreign) throw new Error(`The right ${foreign} does not begin with ${module.name}.`)
  const unknown = module.publishable?.find((right) => !right.endsWith('.*') && !Object.hasOwn(module.rights, right))
  if (unknown) throw new Error(`The right ${unknown} is publishable, but ${module.name} declares no such right.`)
  return module
}
