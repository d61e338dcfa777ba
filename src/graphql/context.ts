import type { BackupState } from '../backup/state.ts'
import type { ConsentSettings, Organisation, PackageSettings, WebhookSettings } from '../config.ts'
import type { AuditedModels } from '../database/audited.ts'
import type { Database } from '../database/client.ts'
import type { Transaction } from '../database/recorder.ts'
import type { Replicas } from '../database/replicas.ts'
import type { Keys } from '../keys/keys.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Logger } from '../log.ts'
import type { BounceSettings } from '../mail/settings.ts'
import type { Integration } from '../modules/audit/integration.ts'
import type { Cause } from '../modules/automation/cause.ts'
import type { AllOffers } from '../modules/automation/offers.ts'
import type { FieldProposals } from '../modules/consent/proposals.ts'
import type { BasisImport } from '../modules/contacts/import/bases.ts'
import type { Merging } from '../modules/contacts/merging.ts'
import type { Readmission } from '../modules/contacts/readmission.ts'
import type { Basis, UnknownPurposes } from '../modules/contacts/sight.ts'
import type { ChangeFeed } from '../modules/deliveries/feed/feed.ts'
import type { Holder } from '../modules/erasure/engine/holder.ts'
import type { ErasureSettings } from '../modules/erasure/settings.ts'
import type { BasisListener } from '../modules/lawfulness/basis/listener.ts'
import type { Restriction } from '../modules/lawfulness/law/restriction.ts'
import type { Module } from '../modules/module.ts'
import type { Names } from '../modules/names.ts'
import type { Telling } from '../modules/recipients/told.ts'
import type { WorkingDays } from '../modules/requests/deadline.ts'
import type { RequestErasure, ResumeErasures, WithdrawErasures } from '../modules/retention/request-erasure.ts'
import type { StatisticsSettings } from '../modules/statistics/settings.ts'
import type { Secrets } from '../secrets.ts'
import type { Storage } from '../storage/storage.ts'
import type { Rights } from './auth/rights.ts'

/**
 * Who acts. `client` is a program with a key of its own, `rule` one that users made, on behalf of its owner; `contact` is the
 * person whose data it is; `operator` is the command line, `system` the product itself.
 */
export type Actor = { kind: (typeof actorKinds)[number]; id: string | null }

/** All kinds of them, as they are stored. */
export const actorKinds = ['user', 'client', 'rule', 'contact', 'operator', 'system', 'anonymous'] as const

/** What an operation on data needs to know, wherever it comes from: GraphQL, the command line, a job. */
export type WorkContext = {
  database: Database
  /** How the changes of each audited model are told; from the modules. */
  audited: AuditedModels
  /** Copies of the database, for what may be some seconds old. Without: all is read from the database itself. */
  replicas?: Replicas
  actor: Actor
  /** Whose rights bound what is seen and changed. Without: all contacts are, as for the command line and jobs. */
  rights?: Rights
  /** A partner's program acts: of custom fields it gets no more than their definitions say. */
  partner?: boolean
  /** The contact acts, for themselves alone: of custom fields they get what the definitions open to contacts. */
  contact?: boolean
  /** Who has a valid basis, as the modules say it. Without: nobody, so that who is bound to purposes sees nothing. */
  bases?: readonly Basis[]
  /** Whose processing is restricted, as the modules say it. Without: nobody's. */
  restrictions?: readonly Restriction[]
  /** Which keys name no purpose, as the module says that keeps the register. Without: none is known to be wrong. */
  unknownPurposes?: UnknownPurposes
  /** What modules offer to rules. Without: no rule hears of what happens. */
  offers?: AllOffers
  /** The run of a rule that this is done by. */
  cause?: Cause
  /** The unit of work that this is a part of: what it changes is committed with that, or not at all. */
  within?: Transaction
  /** What modules do when contacts are merged. Without: nothing. */
  merging?: readonly Merging[]
  /** How legal grounds are imported. Without: not at all. */
  basisImport?: BasisImport
  /** Who else is told when something happens to legal grounds, in the same unit of work. Without: nobody. */
  basisListeners?: readonly BasisListener[]
  /** What recipients are told of beyond a contact's own fields. Without: nothing. */
  tellings?: readonly Telling[]
  /** Takes what a contact is said to want in custom fields. Without: nobody does. */
  fieldProposals?: FieldProposals
  /** Takes requests of rules of retention to erase contacts. Without: they are proposed, and no more. */
  requestErasure?: RequestErasure
  /** Goes on with erasures that holds stopped. Without: they are looked at again in a while. */
  resumeErasures?: ResumeErasures
  /** Calls off what rules asked to be erased, of contacts that may be processed again. */
  withdrawErasures?: WithdrawErasures
  /** What modules hold about contacts, in their order. Without: nothing can be erased. */
  holders?: readonly Holder[]
  /** How what modules keep and do is called. Without: as the code has it. */
  names?: Names
  /** Why contacts may not be erased now, as the modules say it. Without: nothing stops it. */
  erasureHolds?: readonly NonNullable<Module['erasureHold']>[]
  /** Who is told of contacts before they are erased. Without: nobody. */
  beforeErasures?: readonly NonNullable<Module['beforeErasure']>[]
  /** Ties log lines, audit entries and error messages together. UUID. */
  requestId: string
  log: Logger
  /** Aborted when nobody waits for the outcome any more; nothing is committed after that. */
  signal?: AbortSignal
  /** ISO 3166-1 alpha-2; phone numbers without a prefix are of this country. */
  country: string
  /** Where and when people work, for deadlines. Without: in the server's own time zone, and without holidays. */
  workingDays?: WorkingDays
  /** Who answers for the data, for reports. */
  organisation?: Organisation
  /** How consent is asked for. Without: as usual. */
  consent?: ConsentSettings
  secrets: Secrets
  /** The keys of contacts, which seal what the log tells of them. */
  keys: Keys
  /** What was erased, kept outside of the database. */
  ledger: Ledger
  /** Where files lie. */
  storage: Storage
  /** Bytes that a document may have. Without: 100 MiB. */
  maxDocument?: number
  /** Bytes that a mail may have, as it goes over the wire. Without: 10,000,000. */
  maxMail?: number
  /** How many requests of persons a partner's program may hand on at once. Without: as usual. */
  requestsAtOnce?: number
  /** Where the log's tree grows: lets one wait until entries are in it. Without: nobody waits. */
  integration?: Integration
  /** Where people reach the product, without a slash at the end: for links in mails. */
  publicUrl: string
  /** Whether GraphiQL is offered. Without: it is. */
  graphiql?: boolean
  /** Whether mails can be sent. */
  mail: boolean
  /** Who they are from, as it stands in them. */
  mailFrom?: string | undefined
  /** Where those come back to that can't be delivered. Without: nobody hears of them. */
  bounces?: BounceSettings | undefined
  /** How webhooks are called. Without: only on public addresses. */
  webhooks?: WebhookSettings
  /** Keeps those out who objected and were erased, by the one module that knows. Without: nobody. */
  readmission?: Readmission
  /** How erasures are decided. Without: whoever may ask for one approves it by that. */
  erasure?: ErasureSettings
  /** What statistics show. Without: numbers of five persons or more. */
  statistics?: StatisticsSettings
  /** How long files of access packages are kept. Without: 30 days, and 7 after delivery. */
  packages?: PackageSettings
}

/** How long a sign-in lasts, in milliseconds. */
export type SessionLimits = {
  /** At most. */
  lifetime: number
  /** Without any request. */
  idle: number
}

/** The GraphQL context: one a request. */
export type Context = WorkContext & {
  rights: Rights
  /** The session that the caller is signed in with. */
  sessionId: string | null
  /** What the caller calls with is a publishable key, which is no secret: it may be anybody. */
  publishable?: boolean
  /** How old backups are, for the review of security. Without: nobody knows. */
  backups?: () => Promise<BackupState[] | undefined>
  /** The caller's address, for the log of sign-ins. */
  address: string
  /** The origin of the page that calls, as its browser says; absent for programs. */
  origin?: string | undefined
  /** The caller's browser or program, as it names itself. */
  userAgent: string
  /** Sets or clears the session cookie on the response. */
  setSessionCookie: (token: string | null) => void
  /** What this browser got when somebody signed in there before: the value of the device cookie. */
  deviceCookie: string | undefined
  /** Sets the device cookie on the response. */
  setDeviceCookie: (value: string) => void
  sessions: SessionLimits
  /** Finds out again who calls, for what goes on after its answer began. Throws UNAUTHENTICATED. */
  again?: (() => Promise<Pick<Context, 'actor' | 'rights'>>) | undefined
  /** Of a stream that is asked for once more: the name of the last event that its client got. */
  lastEventId?: string | undefined
  /** Gives the next event of a stream a name, by which its client can go on after it. */
  nameEvent?: (id: string) => void
  /** What happens to legal grounds, for those who want to hear of it. Absent where nothing serves. */
  feed?: ChangeFeed
  /** What this process serves with, as PEM; absent where nothing listens. */
  certificate?: { cert: string; selfSigned: boolean }
  /** The identity provider that people can sign in with, if there is one: what they call it. */
  provider?: { name: string } | undefined
  loaders: Loaders
}

/** Batching loaders, made anew for each request. Modules add theirs here by declaration merging. */
// biome-ignore lint/suspicious/noEmptyInterface: extended by modules
export interface Loaders {}
