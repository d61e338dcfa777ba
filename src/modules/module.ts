import type { AuditedRow } from '../database/audited.ts'
import type { Queue } from '../database/queues.ts'
import type { Transaction } from '../database/transact.ts'
import type { Builder } from '../graphql/builder.ts'
import type { WorkContext } from '../graphql/context.ts'
import type { ContextOf, Route } from '../http/router.ts'
import type { MailSample } from '../mail/samples.ts'
import type { Secrets } from '../secrets.ts'
import type { Offers } from './automation/contract.ts'
import type { BackgroundWorker } from './background.ts'
import type { FieldProposals } from './consent/proposals.ts'
import type { BasisImport } from './contacts/import/bases.ts'
import type { Merging } from './contacts/merging.ts'
import type { OverviewPart } from './contacts/overview/part.ts'
import type { Readmission } from './contacts/readmission.ts'
import type { Basis, UnknownPurposes } from './contacts/sight.ts'
import type { Disclosed, Held, KindTexts, Text } from './disclosed.ts'
import type { BasisListener } from './lawfulness/basis/listener.ts'
import type { Restriction } from './lawfulness/law/restriction.ts'
import type { Telling } from './recipients/told.ts'
import type { RequestErasure, ResumeErasures, WithdrawErasures } from './retention/request-erasure.ts'

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
  /** Why contacts may not be erased now, by contact: a legal hold. */
  erasureHold?: (tx: Transaction, contactIds: readonly string[]) => Promise<ReadonlyMap<string, ErasureHold>>
  /**
   * Told of contacts that are about to be erased as a whole, in the same transaction, while all of them is still there. `at`: when they are;
   * of an erasure that is done again, when it was first.
   */
  beforeErasure?: (tx: Transaction, contactIds: readonly string[], at: Date) => Promise<void>
  /** Takes requests to erase contacts that rules of retention make, by the one module that erases. */
  requestErasure?: RequestErasure
  /** Goes on with what holds stopped, by the one module that erases: see `ResumeErasures`. */
  resumeErasures?: ResumeErasures
  /** What recipients of a contact's data have to be told of (Art. 19 GDPR), beyond the contact's own fields: see `Telling`. */
  tellings?: readonly Telling[]
  /** Takes back what rules asked to be erased, by the one module that erases: see `WithdrawErasures`. */
  withdrawErasures?: WithdrawErasures
  /** Told when something happens to legal grounds: see `BasisListener`. */
  basisListener?: BasisListener
  /** Takes proposals for custom fields, by the one module where staff decides over them: see `FieldProposals`. */
  fieldProposals?: FieldProposals
  /** Keeps those out who objected and were erased, by the one module that knows: see `Readmission`. */
  readmission?: Readmission
  /** The mails that it sends, each with made-up facts in it, for `previewMail`: all of them. Default: it sends none. */
  mailSamples?: readonly MailSample[]
  /** What it answers at paths of its own: pages for persons, say. `contextOf` finds out who calls; `modules`: all there are. */
  routes?: (contextOf: ContextOf, modules: readonly Module[]) => Readonly<Record<string, Route>>
  /** Makes what it has from the start, where that is missing; at every start. */
  begin?: (tx: Transaction) => Promise<void>
  /** What it does in the background, for as long as the process runs: see `BackgroundWorker`. */
  workers?: readonly BackgroundWorker[]
  /** Removes what is over, a bounded number of rows at a time; every ten minutes, perhaps in several processes at once. */
  housekeeping?: (context: WorkContext) => Promise<void>
  /** What waits to be done in the background: measured at `/metrics`. */
  queues?: readonly Queue[]
  /** Adds its types, queries and mutations to the schema. `modules`: all that the schema is made of. */
  schema: (builder: Builder, modules: readonly Module[]) => void
}

/** All categories of personal data that modules hold, in the order of the alphabet. */
export const categoriesOf = (modules: readonly Module[]): string[] =>
  [
    ...new Set(modules.flatMap(({ personalData }) => (personalData === 'none' ? [] : personalData.categories))),
  ].toSorted()

/** Something that forbids to erase a contact for now. */
export type ErasureHold = { reason: string; since: Date }

/** By GraphQL type, as entries name it: the category, or that of each field. */
export type Logged = Readonly<Record<string, string | ((field: string) => string | undefined)>>

export type PersonalData = {
  /** Categories of personal data, for the access report (Art. 15(1)(b) GDPR) and the register of processing. */
  categories: readonly string[]
  /** The Prisma models that hold it. */
  models: readonly string[]
  /** Everything held about a contact, record by record (Art. 15, 20 GDPR), in bounded memory: lists are read in pages by id. */
  disclose: (held: Held) => AsyncIterable<Disclosed>
  /** How kinds of records and their fields are called where a person reads: German and English. Default: as they are named. */
  texts?: Readonly<Record<string, KindTexts>>
  /**
   * Of which of the categories the values are that the log has of it, by GraphQL type: where that one is erased by itself, they become
   * unreadable. Default: of none; they stay as long as the contact.
   */
  logged?: Logged
  /** How operations that change it, or tell of it, are called where the contact reads of them in the log. Default: as they are named. */
  operations?: Readonly<Record<string, Text>>
  /**
   * What a law obliges to keep though the contact goes: record by record, as it is at this moment. Reads only: `erase` takes the
   * originals all the same. Default: nothing.
   */
  retained?: (held: Held, at: Date) => AsyncIterable<Retained>
  /**
   * Erases what it holds about these contacts (Art. 17 GDPR), all of them by few statements, and tells what it did. Modules that need
   * others come before these: the contacts' addresses are still there. It runs again for the same contacts after an older backup was
   * restored, when nobody's key opens anything any more: so it reads nothing that is sealed under a contact's key.
   */
  erase: (
    tx: Transaction,
    contactIds: readonly string[],
    decision: ErasureDecision,
    means: ErasureMeans,
  ) => Promise<ErasureOutcome>
}

/** A record that a law obliges to keep, as it is disclosed, with its files. */
export type Retained = Disclosed & {
  /** The Prisma model that it is read from, and the id of the row. */
  model: string
  id: string
  retention: {
    /** Exclusive. */
    until: Date
    /** The law that says so: `§ 147(3) AO`. */
    citation: string
    /** A class of retention, or a kind of record (`voucher`). */
    key: string
  }
}

/**
 * Why contacts are erased: a letter of Art. 17(1) GDPR (`no_longer_needed` is (a), `consent_withdrawn` (b), `objection` (c), `unlawful`
 * (d), `legal_obligation` (e), `child` (f)), or that the time is over for which a rule of retention kept them.
 */
export const erasureGrounds = [
  ...(['no_longer_needed', 'consent_withdrawn', 'objection', 'unlawful', 'legal_obligation', 'child'] as const),
  'retention_ended',
] as const

export type ErasureGround = (typeof erasureGrounds)[number]

/** What was decided about a request to erase. Names nobody: it stands in the ledger for good. */
export type ErasureDecision = {
  erasureId: string
  ground: ErasureGround
  /** Of `PersonalData.categories`; null: the whole contact. */
  categories: readonly string[] | null
  /**
   * What becomes of related records that hold no personal data, by kind, the narrower first: `document/invoice`, `document`. Default: as
   * their type says.
   */
  related: Readonly<Record<string, 'keep' | 'erase'>>
  /** Whether keyed fingerprints of the contacts' addresses are kept, so that nobody brings them back (Art. 21(3) GDPR). */
  fingerprints: boolean
  /** When it was decided to be executed; the same when it is executed again. */
  at: Date
}

/** `secrets` make the keyed hashes by which persons are found. */
export type ErasureMeans = { secrets: Secrets }

/** What came of it, counted in rows by model. */
export type ErasureOutcome = {
  erased: Readonly<Record<string, number>>
  /** Rows that stay without what was in them about the contact. */
  anonymised: Readonly<Record<string, number>>
  /** With why, for whoever reads the certificate. */
  kept: Readonly<Record<string, { rows: number; reason: Text }>>
}

/** Whether the decision is about something of this category. */
export const concerns = ({ categories }: Pick<ErasureDecision, 'categories'>, category: string): boolean =>
  categories === null || categories.includes(category)

/** What was decided to become of a kind of related records: of the first of these kinds that the decision names. */
export const relatedChoice = (
  { related }: ErasureDecision,
  ...kinds: readonly string[]
): 'keep' | 'erase' | undefined =>
  kinds.map((kind) => (Object.hasOwn(related, kind) ? related[kind] : undefined)).find((choice) => choice !== undefined)

/** The outcome of a module that had nothing to do. */
export const nothingErased: ErasureOutcome = { erased: {}, anonymised: {}, kept: {} }

/** Declares a module. The names of its rights begin with its own name. */
export function defineModule<const M extends Module>(module: M): M {
  const foreign = Object.keys(module.rights).find((right) => !right.startsWith(`${module.name}.`))
  if (foreign) throw new Error(`The right ${foreign} does not begin with ${module.name}.`)
  const unknown = module.publishable?.find((right) => !right.endsWith('.*') && !Object.hasOwn(module.rights, right))
  if (unknown) throw new Error(`The right ${unknown} is publishable, but ${module.name} declares no such right.`)
  return module
}
