import type { Builder, InputFields } from '../../graphql/builder.ts'

const auth = { read: 'automation.rules', write: 'automation.rules' }

/** The inputs that rules are made and changed with. */
export type RuleInputs = ReturnType<typeof addRuleInputs>

/** Adds them. */
export function addRuleInputs(builder: Builder) {
  const argument = builder.inputType('RuleArgumentInput', {
    description: 'An argument of an action.',
    auth,
    fields: (t) => ({
      name: t.string({ required: true, description: 'Its name, as in `ruleEvents`.' }),
      value: t.string({
        required: true,
        description: 'An expression in CEL: `"customer"` with its quotes is a text, `event.data.number` what it says.',
      }),
    }),
  })
  const action = builder.inputType('RuleActionInput', {
    description: 'Something that a rule is to do.',
    auth,
    fields: (t) => ({
      action: t.string({ required: true, description: 'Its name, as in `ruleEvents`.' }),
      arguments: t.field({ type: [argument], required: true, description: 'What it is done with.' }),
    }),
  })
  const right = builder.inputType('RuleRightInput', {
    description: 'What a rule may read or write: at most what you may.',
    auth,
    fields: (t) => ({
      right: t.string({ required: true, description: 'A right; `contacts.*` stands for several.' }),
      read: t.boolean({ required: true, defaultValue: false, description: 'Let it read this.' }),
      write: t.boolean({ required: true, defaultValue: false, description: 'Let it write this.' }),
    }),
  })
  const text = (t: InputFields) => ({
    description: t.string({ description: 'What it is for.' }),
    condition: t.string({
      description:
        'An expression in CEL that comes to true or false, about `event` and what `ruleEvents` lists. Empty: always.',
    }),
  })
  const create = builder.inputType('CreateRuleInput', {
    description: 'A rule to be.',
    auth,
    fields: (t) => ({
      ...text(t),
      name: t.string({ required: true, description: 'Its name for people, one line; also in the audit log.' }),
      events: t.stringList({ required: true, description: 'On which events it acts.' }),
      actions: t.field({ type: [action], required: true, description: 'What it does, in this order.' }),
      rights: t.field({ type: [right], required: true, description: 'What it may read and write.' }),
    }),
  })
  const update = builder.inputType('UpdateRuleInput', {
    description: 'What to change about a rule; what is absent stays.',
    auth,
    fields: (t) => ({
      ...text(t),
      id: t.id({ required: true, description: 'The rule.' }),
      version: t.int({ required: true, description: 'The version that you read.' }),
      name: t.string({ description: 'Its name for people, one line.' }),
      events: t.stringList({ description: 'On which events it acts.' }),
      actions: t.field({ type: [action], description: 'What it does, in this order.' }),
      rights: t.field({ type: [right], description: 'What it may read and write.' }),
    }),
  })
  return { create, update }
}
