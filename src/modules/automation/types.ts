import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Builder } from '../../graphql/builder.ts'
import { guardedLookUp } from '../../graphql/look-up.ts'
import { findContact } from '../contacts/sight.ts'
import { openFault } from './fault.ts'
import { outcomeOf } from './queue.ts'
import { actionsOf, rightsNamed } from './rule.ts'

/** The GraphQL types of rules and runs. */
export type AutomationTypes = ReturnType<typeof addAutomationTypes>

/** Adds them. */
export function addAutomationTypes(builder: Builder) {
  const rule = addRule(builder)
  const outcome = builder.enumType('RuleRunOutcome', {
    description: 'What became of a rule’s turn at an event.',
    values: {
      WAITING: { value: 'waiting', description: 'Its turn comes, or comes again: `fault` says why it failed so far.' },
      DONE: { value: 'done', description: 'The rule acted.' },
      NOT_MATCHED: { value: 'not_matched', description: 'Its condition did not hold. Forgotten after a week.' },
      LOOP_STOPPED: { value: 'loop_stopped', description: 'It would have been a loop: rules that cause each other.' },
      FAILED: { value: 'failed', description: 'Nobody tries any more: `fault` says why. `retryRuleRun` does again.' },
      CANCELLED: { value: 'cancelled', description: 'The rule was disabled before its turn came.' },
    } as const,
  })
  const run = builder.prismaObject('AutomationRun', {
    name: 'RuleRun',
    description:
      'A rule’s turn at an event. What it changed is in the audit log, with the rule as actor. Kept for 90 days.',
    auth: { read: 'automation.runs' },
    fields: (t) => ({
      id: t.id({ nullable: false, resolve: ({ contactId, id }) => encodeGlobalID('RuleRun', `${contactId}/${id}`) }),
      rule: t.relation('rule', {
        type: rule,
        nullable: true,
        auth: { read: 'automation.rules' },
        description: 'The rule, as it is now.',
      }),
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'The contact to which it happened.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      event: t.exposeString('event', { nullable: false, description: 'Its name, as in `ruleEvents`.' }),
      entryId: t.exposeID('entryId', {
        nullable: false,
        description: 'The entry of the audit log that the event is.',
      }),
      outcome: t.field({
        type: outcome,
        nullable: false,
        description: 'What became of it.',
        resolve: ({ state }) => outcomeOf(state),
      }),
      attempts: t.exposeInt('attempts', { nullable: false, description: 'How often it failed.' }),
      depth: t.exposeInt('depth', {
        nullable: false,
        description: 'How many runs, one caused by the other, led to the event.',
      }),
      faultCode: t.string({
        nullable: true,
        description: 'Why the last try failed: a code of errors.',
        resolve: ({ faultCode }) => faultCode || null,
      }),
      fault: t.string({
        nullable: true,
        description: 'The same in words.',
        resolve: (stored, _args, context) => openFault(context, stored),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it happened.' }),
      dueAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it is tried again; null once it is over.',
        resolve: ({ state, dueAt }) => (state === 'waiting' ? dueAt : null),
      }),
      finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it was over.' }),
    }),
  })
  return { rule, run, outcome }
}

function addRule(builder: Builder) {
  const auth = { read: 'automation.rules' }
  const argument = builder.objectRef<{ name: string; value: string }>('RuleArgument').implement({
    description: 'An argument of an action.',
    auth,
    fields: (t) => ({
      name: t.exposeString('name', { nullable: false, description: 'Its name, as in `ruleEvents`.' }),
      value: t.exposeString('value', { nullable: false, description: 'An expression in CEL.' }),
    }),
  })
  const action = builder.objectRef<{ action: string; arguments: Record<string, string> }>('RuleAction').implement({
    description: 'Something that a rule does.',
    auth,
    fields: (t) => ({
      action: t.exposeString('action', { nullable: false, description: 'Its name, as in `ruleEvents`.' }),
      arguments: t.field({
        type: [argument],
        nullable: false,
        description: 'What it is done with.',
        resolve: ({ arguments: given }) => Object.entries(given).map(([name, value]) => ({ name, value })),
      }),
    }),
  })
  const right = builder.objectRef<{ right: string; read: boolean; write: boolean }>('RuleRight').implement({
    description: 'What a rule may read or write.',
    auth,
    fields: (t) => ({
      right: t.exposeString('right', { nullable: false, description: '`contacts.tags`, say.' }),
      read: t.exposeBoolean('read', { nullable: false, description: 'It may read what it names.' }),
      write: t.exposeBoolean('write', { nullable: false, description: 'It may write what it names.' }),
    }),
  })
  return builder.prismaNode('AutomationRule', {
    name: 'Rule',
    description:
      'Acts on what happens to contacts, in the audit log under its own name. It may do what its rights name, and at most what its ' +
      'owner may at that moment: where the owner has lost any of them, it fails, visibly.',
    auth,
    id: { field: 'id', description: 'Its identity across the whole API.' },
    nullable: true,
    findUnique: guardedLookUp('automation.rules'),
    fields: (t) => ({
      name: t.exposeString('name', { nullable: false, description: 'Its name for people; also in the audit log.' }),
      description: t.exposeString('description', { nullable: false, description: 'What it is for.' }),
      owner: t.relation('owner', {
        nullable: true,
        auth: { read: 'identity.users' },
        description: 'Who saved or enabled it last, and answers for it.',
      }),
      events: t.exposeStringList('events', { nullable: false, description: 'On which events it acts.' }),
      condition: t.exposeString('condition', { nullable: false, description: 'In CEL; empty: always.' }),
      actions: t.field({
        type: [action],
        nullable: false,
        description: 'What it does, in this order: all of it, or nothing.',
        resolve: (stored) => actionsOf(stored),
      }),
      rights: t.field({
        type: [right],
        nullable: false,
        description: 'What it may read and write.',
        resolve: (stored) => rightsNamed(stored),
      }),
      enabledAt: t.expose('enabledAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when it is in force; null if it is not.',
      }),
      version: t.exposeInt('version', { nullable: false, description: 'Counts the changes; `updateRule` wants it.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was made.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false, description: 'When it last changed.' }),
    }),
  })
}
