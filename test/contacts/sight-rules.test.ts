import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
} from 'graphql'
import { expect, test } from 'vitest'
import { buildSchema } from '../../src/graphql/schema.ts'
import { modules } from '../../src/modules/index.ts'
import { defineModule, type Module } from '../../src/modules/module.ts'
import { loyalty } from '../fixtures/loyalty/index.ts'

// What keeps the next developer from forgetting that not everybody sees every contact.

const all: readonly Module[] = [...modules, loyalty]

/** Types of modules that hold data about contacts, which can be reached past the types that look after themselves. */
const openTypes: Readonly<Record<string, string>> = {
  QueryContactsConnection: 'lists what the caller sees, and counts it',
  QueryContactsConnectionEdge: 'of that list',
  Duplicate: 'of two contacts that the caller sees',
  ImportResult: 'of an import by somebody who sees all',
  RejectedRow: 'what the caller sent',
  ImportFault: 'of what the caller sent',
  AuditEntryConnection: 'lists what the caller sees',
  AuditEntryEdge: 'of that list',
  AuditCheckpoint: 'how many entries there are, and their hash',
  AuditConsistency: 'hashes between two of these',
  Purpose: 'why data is processed, whosever it is',
  RetentionClass: 'how long data is kept, whosever it is',
  Notice: 'what everybody is told',
  LocalizedText: 'of a purpose or a retention class',
  ProcessingRegister: 'of purposes',
  AuditReceipt: 'entries of what the caller has just done',
  Rule: 'a setting, which names no contact',
  RuleAction: 'of a rule',
  RuleArgument: 'of a rule',
  RuleConnection: 'lists rules',
  RuleEdge: 'of that list',
  RuleField: 'what modules offer to rules',
  RuleOffer: 'what modules offer to rules',
  RuleOffers: 'what modules offer to rules',
  RuleRight: 'of a rule',
  RuleRunConnection: 'lists what the caller sees',
  RuleRunEdge: 'of that list',
  RuleTest: 'of what the caller sees',
  FieldDefinition: 'what is kept of contacts, and of none what it is',
  FieldOption: 'of those',
  AppointmentConnection: 'lists what the caller sees',
  AppointmentEdge: 'of that list',
  AppointmentOccurrenceConnection: 'lists what the caller sees',
  AppointmentOccurrenceEdge: 'of that list',
  CalendarImportResult: 'of an import by somebody who sees all',
  CalendarFault: 'of what the caller sent',
  RejectedComponent: 'what the caller sent',
  Document: 'asks by itself whether the caller sees one of its contacts',
  DocumentConnection: 'lists what the caller sees',
  DocumentEdge: 'of that list',
  DocumentType: 'a setting',
  DocumentUpload: 'of what the caller said',
  DocumentVersion: 'of a document that the caller sees',
  ConsentAnswer: 'of what the caller said, about a contact that they name or that has their token',
  ConsentChallenge: 'work for a page',
  ConsentNotice: 'what everybody is told',
  ConsentOffer: 'what may be asked for, whoever is asked',
  ConsentOutcome: 'of an answer',
  ConsentProblem: 'of an answer, and the same whoever the person is',
  OwnConsent: 'of whoever has the token',
  OwnFieldsAnswer: 'of what the caller said',
  CorrectionMode: 'a setting',
  CorrectionProposalConnection: 'lists what the caller sees',
  CorrectionProposalEdge: 'of that list',
  SubjectRequestConnection: 'lists what the caller sees',
  SubjectRequestEdge: 'of that list',
  SubjectRequestSummary: 'counts what the caller sees',
  IncomingRequest: 'of whom nobody knows whether they are a contact; none for callers who are bound',
  IncomingRequestConnection: 'lists those',
  IncomingRequestEdge: 'of that list',
  ReportedSubjectRequest: 'of what the caller said, and the same whoever the person is',
  UnsubscribeLink: 'of a contact that the caller sees',
  MailHeader: 'of such a link',
  OrderConnection: 'lists what the caller sees',
  OrderEdge: 'of that list',
  OrderImportResult: 'of what the caller brought; refused to those who are bound',
  RejectedOrder: 'of what the caller brought',
  OrderImportFault: 'of what the caller brought',
  RecipientNoticeConnection: 'lists what the caller sees',
  RecipientNoticeEdge: 'of that list',
  Webhook: 'a setting',
  WebhookConnection: 'lists settings',
  WebhookEdge: 'of that list',
  IssuedWebhookSecret: 'of a setting',
  WebhookTest: 'of a setting',
  AccessPackageConnection: 'lists what the caller sees',
  AccessPackageEdge: 'of that list',
  WebhookDeliveryConnection: 'lists what the caller sees',
  WebhookDeliveryEdge: 'of that list',
  RetentionRule: 'a setting, which names no contact',
  RetentionSimulation: 'counts what the caller sees',
  RetentionCount: 'of that',
  RetentionMonth: 'of that',
  LegalHoldConnection: 'lists what the caller sees',
  LegalHoldEdge: 'of that list',
  PlacedLegalHolds: 'of contacts that the caller sees',
  ErasureProposalConnection: 'lists what the caller sees',
  ErasureProposalEdge: 'of that list',
  RetainedRecord: 'of nobody who is still a contact; none for callers who are bound',
  RetainedRecordConnection: 'lists those',
  RetainedRecordEdge: 'of that list',
  RetainedFile: 'of those',
  Erasure: 'asks by itself whether the caller sees whom it is about',
  ErasureConnection: 'lists what the caller sees',
  ErasureEdge: 'of that list',
  ErasureCount: 'numbers of an erasure that the caller sees',
  ErasureRetained: 'numbers of an erasure that the caller sees',
  RelatedDecision: 'of an erasure that the caller sees',
  ErasurePreview: 'of contacts that the caller sees',
  ErasureFingerprint: 'of nobody who is a contact',
  ErasureFingerprintConnection: 'lists those',
  ErasureFingerprintEdge: 'of that list',
  MailPreview: 'with made-up facts',
  Report: 'what a report shows, and of nobody what it is',
  ReportSource: 'what reports can show',
  ReportColumn: 'of what reports can show',
  ReportParameter: 'of what reports can show',
  ReportResult: 'lists what the caller sees',
  ReportCell: 'of a row that is guarded',
  ReportGroup: 'counts what the caller sees',
  ReportReaction: 'numbers, of what the caller saw',
  ReportReactionPreview: 'numbers, of what the caller sees',
  ReportReactionSkipped: 'of those numbers',
  ReportFile: 'the caller’s own; whether they still see everybody in it is asked when it is fetched',
  ReportSchedule: 'a setting',
  ReportRecipient: 'of a setting',
  ReportAddress: 'a setting',
  ReportProtection: 'a setting',
  ReportMailing: 'numbers, of what its recipient saw',
}

test('every type that tells of contacts says of which, or why it may be open', () => {
  const found = all.flatMap((module, index) => {
    if (module.personalData === 'none') return []
    const [without, schema] = [buildSchema(all.slice(0, index)), buildSchema(all.slice(0, index + 1))]
    return reachedOpenly(schema).filter((name) => !without.getType(name) && !isGuarded(schema.getType(name)))
  })
  expect(found.toSorted()).toEqual(Object.keys(openTypes).toSorted())
})

/** The object types that a query or mutation leads to, not counting what lies behind a guarded one. */
function reachedOpenly(schema: GraphQLSchema): string[] {
  const reached = new Set<GraphQLObjectType>()
  const add = ({ type }: GraphQLField<unknown, unknown>) => {
    const named = getNamedType(type)
    if (isObjectType(named)) reached.add(named)
    if (isAbstractType(named)) for (const one of schema.getPossibleTypes(named)) reached.add(one)
  }
  for (const root of [schema.getQueryType(), schema.getMutationType()])
    Object.values(root?.getFields() ?? {}).forEach(add)
  for (const type of reached) if (!isGuarded(type)) Object.values(type.getFields()).forEach(add)
  return [...reached].map(({ name }) => name)
}

const isGuarded = (type: unknown) => isObjectType(type) && type.extensions['about'] !== undefined

test('a field that leads to a contact is nullable, or does not build', () => {
  const module = defineModule({
    name: 'forgetful',
    needs: ['contacts'],
    rights: {},
    personalData: 'none',
    schema: (builder) =>
      builder.queryField('anyContact', (t) =>
        t.prismaField({
          type: 'Contact',
          nullable: false,
          auth: 'public',
          resolve: (query, _root, _args, { database }) => database.contact.findFirstOrThrow(query),
        }),
      ),
  })
  expect(() => buildSchema([...modules, module])).toThrow('Query.anyContact must be nullable')
})

/** Files that read contacts past `seenContacts` and `findContact`, each with the reason why it may. */
const readers: Readonly<Record<string, string>> = {
  'modules/contacts/sight.ts': 'is the filter',
  'modules/contacts/store.ts': 'only adds',
  'modules/contacts/update.ts': 'asks seenAmong first',
  'modules/contacts/duplicates.ts': 'pairs come from seenContacts',
  'modules/contacts/list/search.ts': 'points of contacts from seenContacts',
  'modules/contacts/points.ts': 'points of contacts from seenContacts, or that somebody has already',
  'modules/contacts/list/filter.ts': 'points of contacts from seenContacts',
  'modules/contacts/import/owners.ts': 'for imports at the command line, by whoever sees all',
  'modules/contacts/import/write.ts': 'refused to those who are bound',
  'modules/contacts/personal-data.ts': 'for the access report and the erasure, of a contact that was asked for',
  'modules/documents/change.ts': 'asks seenAmong, or the recorder does',
  'modules/documents/store.ts': 'the recorder asks whoever links a contact',
  'modules/fields/convert.ts': 'of contacts from seenContacts, and refused to those who are bound',
  'modules/calendar/store.ts': 'asks seenAmong first',
  'modules/calendar/ical/export.ts': 'of participants from seenContacts',
  'modules/calendar/ical/people.ts': 'for an import, which is refused to those who are bound',
  'modules/consent/acts/give.ts': 'asks seenAmong first',
  'modules/consent/acts/record-events.ts': 'of a contact that was found, or whose token it is',
  'modules/consent/requests/person.ts': 'by address, which is refused to those who are bound',
  'modules/orders/list.ts': 'merges of contacts from seenContacts',
  'modules/recipients/received.ts': 'notes what the caller just read',
  'modules/recipients/rectified.ts': 'what recipients are told, whoever caused it',
  'modules/recipients/notices.ts': 'what recipients are told, whoever caused it',
  'modules/recipients/message.ts': 'what recipients are told, within their scopes',
  'modules/mails/follow-basis.ts': 'cancels mails, and tells nobody',
  'modules/mails/rules.ts': 'whether a mail may be sent to them',
  'modules/mails/survivor.ts': 'of a contact that was found, or whose link it is',
  'modules/mails/tell-withdrawn.ts': 'the contact themself, whose withdrawal it is',
  'modules/requests/find-by-address.ts':
    'whose a request is that came with an address; whoever brought it hears nothing of it',
  'modules/selfservice/access/codes.ts': 'the contact itself comes in',
  'modules/deliveries/changes/standing.ts':
    'whether contacts that changed may be processed; who hears of it is asked apart',
  'modules/deliveries/feed/told.ts': 'tells who is bound of what they saw, by its id alone, that it ended',
  'modules/deliveries/sending/queue.ts': 'what recipients are told, whoever caused it',
  'modules/disclosure/build/information.ts': 'for the access report, of a contact that was asked for',
  'modules/disclosure/build/merged.ts': 'for the access report, of a contact that was asked for',
  'modules/fields/personal-data.ts': 'for the access report and the erasure, of a contact that was asked for',
  'modules/audit/tables.ts': 'only names it',
  'modules/audit/entries.ts': 'entries about contacts from seenContacts',
  'modules/audit/search.ts': 'entries about contacts from seenContacts',
  'modules/audit/lag.ts': 'how long entries wait, for operators: a number alone',
  'modules/audit/proofs/entries.ts': 'entries about contacts from seenContacts',
  'modules/audit/sequencer/begin.ts': 'of which transaction the entry of the last leaf is',
  'modules/audit/seal-earlier.ts': 'whether there is any sealed entry, at the start',
  ...Object.fromEntries(
    ['ends', 'order', 'rows', 'sequences', 'state'].map((name) => [
      `modules/audit/verify/${name}.ts`,
      'for the operator, whom the command line tells which entries are not as they were',
    ]),
  ),
  'modules/lawfulness/basis/birth-date.ts': 'entries about a contact that was found',
  'modules/lawfulness/basis/stage.ts': 'asks seenAmong first',
  'modules/lawfulness/basis/use.ts': 'asks seenAmong first',
  'keys/check-database.ts': 'for the operator, whom the command line tells which contacts lack their key',
  'ledger/told.ts': 'who is still here though their key was destroyed, for the operator who rebuilds the ledger',
  'backup/write.ts': 'for the operator, into an archive that is sealed',
  'modules/audit/personal-data.ts': 'for the access report and the erasure, of a contact that was asked for',
  'modules/calendar/stored.ts': 'asks seenAmong first',
  'modules/erasure/engine/complete.ts': 'of contacts that were decided about: nobody may change them meanwhile',
  'modules/erasure/engine/persons.ts': 'who is the same person as whoever is erased',
  'modules/erasure/engine/preview.ts': 'asks seenAmong first',
  'modules/erasure/held.ts': 'who is the same person as whoever is erased',
  'modules/retention/holds/place.ts': 'asks seenAmong first',
  'modules/retention/rules/apply.ts': 'whoever is due, by rule',
  'modules/retention/rules/judge.ts': 'whoever is due, by rule; of what is simulated, those from seenContacts',
  'modules/reports/reacting/ask.ts': 'of contacts from seenContacts',
  'modules/reports/reacting/asked.ts': 'who was merged into a contact from seenContacts',
  'modules/reports/reacting/judge.ts': 'points of contacts from seenContacts',
  'modules/reports/sources/contact-columns.ts': 'points of contacts from seenContacts',
  'modules/reports/sources/disclosures.ts':
    'entries about contacts from seenContacts; for those who are bound, about nobody else',
  'modules/statistics/count.ts': 'numbers of all, which get noise; refused to those who are bound',
  'modules/statistics/release.ts': 'when the first contact was made',
}

test('only files that are known to heed it read contacts from the database', async () => {
  const source = join(import.meta.dirname, '../../src')
  const direct = /\b(tx|database)\s*\.contact\b/
  const raw =
    /\b(FROM|JOIN|UPDATE|INTO|USING|TABLE)\s+(ONLY\s+)?"?(contact|contact_point|contact_merge|audit_entry)"?(?!\w)/i
  const found: string[] = []
  for await (const file of glob('**/*.ts', { cwd: source, exclude: ['database/generated/**'] })) {
    const code = readFileSync(join(source, file), 'utf8').replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '')
    if (direct.test(code) || raw.test(code) || /sql`audit_entry\b|import \{[^}]*\baboutContacts\b/.test(code))
      found.push(file)
  }
  expect(found.toSorted()).toEqual(Object.keys(readers).toSorted())
})

/** Those that name the table in a statement. */
const naming = [
  'backup/write.ts',
  'keys/check-database.ts',
  'modules/consent/requests/person.ts',
  'modules/contacts/sight.ts',
  'modules/deliveries/changes/standing.ts',
  'modules/deliveries/feed/told.ts',
  'modules/erasure/engine/complete.ts',
  'modules/erasure/engine/persons.ts',
  'modules/erasure/held.ts',
  'modules/recipients/received.ts',
  'modules/reports/reacting/asked.ts',
  'modules/requests/find-by-address.ts',
  'modules/retention/rules/apply.ts',
  'modules/retention/rules/judge.ts',
  'modules/selfservice/access/codes.ts',
  'modules/statistics/count.ts',
  'modules/statistics/release.ts',
]

test('and few of those name the table in a statement', async () => {
  const source = join(import.meta.dirname, '../../src')
  const found: string[] = []
  for await (const file of glob('**/*.ts', { cwd: source, exclude: ['database/generated/**'] })) {
    const code = readFileSync(join(source, file), 'utf8').replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '')
    if (/\b(FROM|JOIN|UPDATE|INTO)\s+"?contact"?(?!\w)|sql`contact`/i.test(code)) found.push(file)
  }
  expect(found.toSorted()).toEqual(naming)
})
