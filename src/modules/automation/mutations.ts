import { decodeGlobalID } from '@pothos/plugin-relay'
import { validate } from 'uuid'
import type { Builder } from '../../graphql/builder.ts'
import { notFound } from '../../graphql/errors.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { sees } from '../contacts/sight.ts'
import type { RuleInputs } from './inputs.ts'
import type { RunKey } from './queue.ts'
import { createRule, type Definitions, disableRule, enableRule, retryRun, updateRule } from './rules.ts'
import type { AutomationTypes } from './types.ts'

// Whoever may not see what came of it may not do it.
const auth = { read: 'automation.rules', write: 'automation.rules' }

/** Adds making and changing rules, and trying runs again. */
export function addRuleMutations(
  builder: Builder,
  { rule, run }: AutomationTypes,
  inputs: RuleInputs,
  definitions: Definitions,
): void {
  builder.mutationFields((t) => ({
    createRule: t.prismaField({
      type: rule,
      nullable: true,
      description:
        'Makes a rule, which does nothing until `enableRule`. You own it and answer for it: it may do at most what you may. Try it ' +
        'with `testRule` first.',
      auth,
      args: { input: t.arg({ type: inputs.create, required: true, description: 'The rule.' }) },
      resolve: async (query, _root, { input }, context) => {
        const id = await createRule(context, definitions, input)
        return context.database.automationRule.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
    updateRule: t.prismaField({
      type: rule,
      nullable: true,
      description: 'Changes a rule. You own it from then on. What waits for it is done by its new definition.',
      auth,
      args: { input: t.arg({ type: inputs.update, required: true, description: 'What to change.' }) },
      resolve: async (query, _root, { input }, context) => {
        const id = uuidOf('Rule', input.id)
        await updateRule(context, definitions, { ...input, id })
        return context.database.automationRule.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
    enableRule: t.prismaField({
      type: rule,
      nullable: true,
      description: 'Puts a rule in force, for what happens from now on. You own it from then on.',
      auth,
      args: { id: t.arg.id({ required: true, description: 'The rule.' }) },
      resolve: async (query, _root, args, context) => {
        const id = uuidOf('Rule', args.id)
        await enableRule(context, definitions, id)
        return context.database.automationRule.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
    disableRule: t.prismaField({
      type: rule,
      nullable: true,
      description: 'Takes a rule out of force. What waits for it is cancelled.',
      auth,
      args: { id: t.arg.id({ required: true, description: 'The rule.' }) },
      resolve: async (query, _root, args, context) => {
        const id = uuidOf('Rule', args.id)
        await disableRule(context, id)
        return context.database.automationRule.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
    retryRuleRun: t.prismaField({
      type: run,
      nullable: true,
      description:
        'Lets a run that failed take its turn again: once its reason is done away with, and while its rule is in force.',
      auth: { read: 'automation.runs', write: 'automation.runs' },
      args: {
        id: t.arg.id({ required: true, description: 'The run.' }),
        others: t.arg.boolean({
          defaultValue: false,
          description: 'Also the others of its rule that failed, to contacts that you see: the oldest 10,000.',
        }),
      },
      resolve: async (query, _root, args, context) => {
        const key = runKeyOf(args.id)
        if (!(await sees(context, key.contactId))) throw notFound('RuleRun')
        await retryRun(context, key, { others: args.others ?? false })
        return context.database.automationRun.findUniqueOrThrow({ ...query, where: { contactId_id: key } })
      },
    }),
  }))
}

/** The key in the id of a run. Throws NOT_FOUND for any other text. */
function runKeyOf(globalId: string): RunKey {
  const { typename, id: both } = decoded(globalId)
  const [contactId = '', id = ''] = both.split('/')
  if (typename !== 'RuleRun' || !validate(contactId) || !validate(id)) throw notFound('RuleRun')
  return { contactId, id }
}

function decoded(globalId: string) {
  try {
    return decodeGlobalID(globalId)
  } catch {
    return { typename: '', id: '' } // Like the id of a run that there isn't.
  }
}
