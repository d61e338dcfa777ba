import type { Json } from '../../database/json.ts'
import type { Builder } from '../../graphql/builder.ts'
import { findContact } from '../contacts/sight.ts'
import type { RuleTest, TestedEvent } from './test-rule.ts'
import { reservations } from './texts.ts'

const auth = { read: 'automation.rules' }

/** Adds what a test of a rule tells. */
export function addTestTypes(builder: Builder) {
  const argument = builder.objectRef<{ name: string; value: Json }>('TestedArgument').implement({
    description: 'An argument of an action, as it would have been.',
    auth,
    fields: (t) => ({
      name: t.exposeString('name', { nullable: false, description: 'Its name.' }),
      value: t.expose('value', { type: 'JSON', nullable: true, description: 'What its expression comes to.' }),
    }),
  })
  const action = builder.objectRef<TestedEvent['actions'][number]>('TestedAction').implement({
    description: 'Something that the rule would have done.',
    auth,
    fields: (t) => ({
      action: t.exposeString('action', { nullable: false, description: 'Its name.' }),
      arguments: t.expose('arguments', { type: [argument], nullable: false, description: 'What with.' }),
    }),
  })
  const match = builder.objectRef<TestedEvent>('TestedEvent').implement({
    description: 'An event at which the rule would have acted, or failed.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'The contact to which it happened.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      event: t.exposeString('event', { nullable: false, description: 'Its name, as in `ruleEvents`.' }),
      entryId: t.exposeID('entryId', { nullable: false, description: 'The entry of the audit log that it is.' }),
      at: t.expose('at', { type: 'DateTime', nullable: false, description: 'When it happened.' }),
      actions: t.expose('actions', {
        type: [action],
        nullable: false,
        description: 'What the rule would have done.',
      }),
      fault: t.exposeString('fault', { nullable: true, description: 'Why it would have failed.' }),
    }),
  })
  return builder.objectRef<RuleTest>('RuleTest').implement({
    description: 'What a rule would have done.',
    auth,
    sensitive: true,
    fields: (t) => ({
      since: t.expose('since', { type: 'DateTime', nullable: false, description: 'From when on.' }),
      events: t.exposeInt('events', { nullable: false, description: 'Of how many events this page tells.' }),
      matches: t.expose('matches', {
        type: [match],
        nullable: false,
        description: 'Those at which the rule would have acted, or failed; the newest first.',
      }),
      reservations: t.stringList({
        nullable: false,
        description: 'What the test can’t tell.',
        args: { language: t.arg.string({ defaultValue: 'en', description: '`de` or `en`.' }) },
        resolve: (_test, { language }) => reservations(language ?? 'en'),
      }),
      hasNextPage: t.exposeBoolean('hasNextPage', {
        nullable: false,
        description: 'Whether there is more further back.',
      }),
      endCursor: t.exposeString('endCursor', { nullable: true, description: 'For `after`.' }),
    }),
  })
}
