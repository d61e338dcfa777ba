import { afterwards } from '../../../afterwards.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput, LetheError } from '../../../graphql/errors.ts'
import { isBound } from '../../contacts/sight.ts'
import { addTextTypes } from '../../lawfulness/texts.ts'
import { categoriesOf, type Module } from '../../module.ts'
import { approveRule, createRule, type RuleInput, retireRule, updateRule } from '../rules/change.ts'
import { simulateRule } from '../rules/simulate.ts'
import { applyDaily, applySoon, applyToNoted } from '../rules/watch.ts'
import { addRuleTypes } from './rule-types.ts'
import { addSimulation } from './simulation-types.ts'

const auth = { read: 'retention.rules', write: 'retention.rules' }

/** Rules: seeing, trying, making, changing, retiring and applying them. */
export function addRules(builder: Builder, modules: readonly Module[]): void {
  const draftOf = (given: Given) => draftFrom(given, modules)
  const { rule, input } = addRuleTypes(builder)
  const simulation = addSimulation(builder)
  const texts = addTextTypes(builder)
  builder.queryFields((t) => ({
    retentionRules: t.field({
      type: [rule],
      nullable: true,
      auth,
      description: 'The rules by which contacts are erased, or kept, by key.',
      args: { retired: t.arg.boolean({ description: 'Also those that are retired.', defaultValue: false }) },
      resolve: (_root, { retired }, { database }) =>
        database.retentionRule.findMany({ where: retired ? {} : { retiredAt: null }, orderBy: { key: 'asc' } }),
    }),
    simulateRetentionRule: t.field({
      type: simulation,
      nullable: true,
      auth,
      description:
        'Tells what a rule would do, without changing anything: of the contacts that you see, together with all other rules and the classes of ' +
        'purposes. `INVALID_INPUT`.',
      args: {
        input: t.arg({ type: input, required: true, description: 'The rule.' }),
        inPlaceOf: t.arg.string({ description: 'The key of a rule that it would come in place of.' }),
      },
      resolve: (_root, args, context) => simulateRule(context, draftOf(args.input), args.inPlaceOf ?? ''),
    }),
  }))
  builder.mutationFields((t) => {
    const key = t.arg.string({ required: true, description: 'The rule.' })
    const named = 'Its name for people, in one language at least.'
    return {
      createRetentionRule: t.field({
        type: rule,
        nullable: true,
        auth,
        description:
          'Makes a rule, which applies from the next round on: within a day. Try it before. One that erases by itself needs the right ' +
          '`erasure.execute`, and where erasures have to be approved, proposes until others approve it. `INVALID_INPUT`.',
        args: {
          key: t.arg.string({ required: true, description: 'Its name for programs; unique, for good.' }),
          names: t.arg({ type: [texts.input], required: true, description: named }),
          input: t.arg({ type: input, required: true, description: 'The rule.' }),
        },
        resolve: (_root, args, context) => createRule(context, args.key, args.names, draftOf(args.input)),
      }),
      updateRetentionRule: t.field({
        type: rule,
        nullable: true,
        auth,
        description:
          'Puts another rule in place of one; it has to be approved anew. `NOT_FOUND`, `CONFLICT`, `INVALID_INPUT`.',
        args: {
          key,
          version: t.arg.int({ required: true, description: 'The `version` that you read.' }),
          names: t.arg({ type: [texts.input], description: named }),
          input: t.arg({ type: input, required: true, description: 'The rule, as a whole.' }),
        },
        resolve: (_root, { input: given, ...args }, context) => updateRule(context, args, draftOf(given)),
      }),
      approveRetentionRule: t.field({
        type: rule,
        nullable: true,
        auth: { read: 'retention.rules', write: 'erasure.decide' },
        description:
          'Agrees that a rule which somebody else made erases by itself, as it is in this version. `NOT_FOUND`, `CONFLICT`, `FORBIDDEN`.',
        args: { key, version: t.arg.int({ required: true, description: 'The `version` that you read.' }) },
        resolve: (_root, args, context) => approveRule(context, args.key, args.version),
      }),
      retireRetentionRule: t.field({
        type: rule,
        nullable: true,
        auth,
        description: 'Takes a rule out of use, for good. What it proposed is withdrawn in the next round. `NOT_FOUND`.',
        args: { key },
        resolve: (_root, args, context) => retireRule(context, args.key),
      }),
      applyRetentionRules: t.boolean({
        nullable: true,
        auth: { write: 'retention.rules' },
        description:
          'Lets the rules be applied to all contacts now, instead of within a day; what comes of it stands in `erasureProposals` and `erasures` ' +
          'after a while. Not for those who are bound to purposes: `FORBIDDEN`.',
        resolve: (_root, _args, context) => applyNow(context),
      }),
    }
  })
}

async function applyNow(context: Context): Promise<boolean> {
  if (isBound(context))
    throw new LetheError('FORBIDDEN', 'The rules are about all contacts, also those that you don’t see.')
  await applySoon(context)
  // It goes on after the answer, and isn't bound by what the caller may.
  const { rights: _, signal: _signal, loaders: _loaders, ...work } = context
  afterwards(context, async () => {
    await applyToNoted(work)
    await applyDaily(work)
  })
  return true
}

type Given = Omit<RuleInput, 'purposeKey' | 'retentionKey'> & {
  purpose?: string | null | undefined
  retentionClass?: string | null | undefined
}

/** Throws INVALID_INPUT for a category that no module has. */
function draftFrom({ purpose, retentionClass, ...rest }: Given, modules: readonly Module[]): RuleInput {
  const known = categoriesOf(modules)
  if (rest.categories?.some((category) => !known.includes(category)))
    throw invalidInput([{ field: 'input.categories', message: `There are: ${known.join(', ')}.` }])
  return { ...rest, purposeKey: purpose || null, retentionKey: retentionClass || null }
}
