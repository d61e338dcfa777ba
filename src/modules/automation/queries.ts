import type { Builder } from '../../graphql/builder.ts'
import { uuidOf, uuidOrNobody } from '../../graphql/ids.ts'
import { pageById } from '../../graphql/page-by-id.ts'
import { checkRule } from './definition.ts'
import { compiled } from './engine.ts'
import type { RuleInputs } from './inputs.ts'
import { listRuns } from './list-runs.ts'
import { addOfferTypes } from './offer-types.ts'
import type { Definitions } from './rules.ts'
import { mostDays, testRule } from './test-rule.ts'
import { addTestTypes } from './test-types.ts'
import type { AutomationTypes } from './types.ts'

/** Adds reading rules and their runs, and testing them. */
export function addRuleQueries(
  builder: Builder,
  { rule, run, outcome }: AutomationTypes,
  inputs: RuleInputs,
  definitions: Definitions,
): void {
  const auth = { read: 'automation.rules' }
  const offered = addOfferTypes(builder, definitions.offers)
  const test = addTestTypes(builder)
  builder.queryFields((t) => ({
    rule: t.prismaField({
      type: rule,
      nullable: true,
      description: 'One rule, or null.',
      auth,
      args: { id: t.arg.id({ required: true, description: 'The rule.' }) },
      resolve: (query, _root, args, { database }) =>
        database.automationRule.findUnique({ ...query, where: { id: uuidOrNobody(ruleIdOf(args.id)) } }),
    }),
    rules: t.connection(
      {
        type: rule,
        nullable: true,
        description: 'All rules, the oldest first.',
        auth,
        resolve: (_root, args, { database }) => pageById(args, (page) => database.automationRule.findMany(page)),
      },
      { name: 'RuleConnection' },
      { name: 'RuleEdge' },
    ),
    ruleEvents: t.field({
      type: offered,
      nullable: true,
      description: 'What rules can act on, ask about and do.',
      auth,
      resolve: () => definitions.offers,
    }),
    ruleRuns: t.connection(
      {
        type: run,
        nullable: true,
        description: 'What rules did and did not, the newest first; only about contacts that you see.',
        auth: { read: 'automation.runs' },
        args: {
          rule: t.arg.id({ description: 'Of this rule alone.' }),
          contact: t.arg.id({ auth: { read: 'contacts.contact' }, description: 'At what happened to this contact.' }),
          outcome: t.arg({ type: outcome, description: 'Only those of which this became.' }),
        },
        resolve: (_root, { rule: ruleId, contact, outcome: state, ...page }, context) =>
          listRuns(
            context,
            {
              ruleId: ruleId ? uuidOf('Rule', ruleId) : undefined,
              contactId: contact ? uuidOf('Contact', contact) : undefined,
              state: state ?? undefined,
            },
            page,
          ),
      },
      { name: 'RuleRunConnection' },
      { name: 'RuleRunEdge' },
    ),
    testRule: t.field({
      type: test,
      nullable: true,
      description:
        'What a rule would have done at what happened since, of which you may read the log and see the contacts. Nothing is done; null if there is no such rule. ' +
        'A page looks at `first` entries of the log, the newest first.',
      auth: { read: 'automation.rules' },
      args: {
        id: t.arg.id({ description: 'A rule as it is; or …' }),
        input: t.arg({ type: inputs.create, description: '… one that there isn’t yet.' }),
        since: t.arg({ type: 'DateTime', description: `At most ${mostDays} days ago, which it is if absent.` }),
        first: t.arg.int({
          description: 'How many entries of the log to look at: 50 unless said otherwise, at most 500.',
        }),
        after: t.arg.string({ description: 'The `endCursor` of the page before.' }),
      },
      readLog: (_root, { id, since }) => ({
        what: { ...(id && { rule: uuidOrNobody(ruleIdOf(id)) }), ...(since && { since: since.toISOString() }) },
      }),
      resolve: async (_root, { id, input, since, first, after }, context, { schema }) => {
        const { offers, declared } = definitions
        const stored = id
          ? await context.database.automationRule.findUnique({ where: { id: uuidOrNobody(ruleIdOf(id)) } })
          : null
        const definition = stored
          ? compiled(offers, stored)
          : input && checkRule(input, offers, await declared(context))
        return definition
          ? testRule(context, { schema, offers }, definition, { since: since ?? undefined, first, after })
          : null
      },
    }),
  }))
}

/** The UUID in the id of a rule; for any other text, one that no rule has. */
function ruleIdOf(globalId: string): string {
  try {
    return uuidOf('Rule', globalId)
  } catch {
    return ''
  }
}
