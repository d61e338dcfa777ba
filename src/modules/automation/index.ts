import { declaredRights } from '../identity/access/right-names.ts'
import { defineModule } from '../module.ts'
import { describeRule } from './audited.ts'
import { automationEngine } from './engine.ts'
import { addRuleInputs } from './inputs.ts'
import { addRuleMutations } from './mutations.ts'
import { notify } from './notices.ts'
import { offersOf } from './offers.ts'
import { automationData } from './personal-data.ts'
import { addRuleQueries } from './queries.ts'
import { runs } from './queue.ts'
import { ruleSamples } from './samples.ts'
import { addAutomationTypes } from './types.ts'
import { startAutomation } from './worker.ts'

/**
 * Rules that act on what happens to contacts. In parts:
 *
 * - what modules offer: `contract.ts`, `offers.ts`
 * - rules: `definition.ts` checks one, `rules.ts` keeps them; expressions in CEL: `cel`; what one may do: `rule-rights.ts`
 * - events: `raise.ts` gives rules their turns, in the unit of work of what happens; `cause.ts` ends loops
 * - runs: `worker.ts`, `queue.ts`; one turn: `run.ts`, on what `engine.ts` and `variables.ts` provide
 * - what it would have done: `test-rule.ts`
 */
export const automation = defineModule({
  name: 'automation',
  needs: ['identity', 'contacts', 'audit'],
  rights: {
    'automation.rules':
      'Rules that act by themselves: see them, test them on what one may read, make and change them. A rule may do at most what ' +
      'its owner may.',
    'automation.runs':
      'What rules did and did not, at which events, to contacts that one sees, and letting them try again.',
  },
  personalData: automationData,
  audited: { AutomationRule: describeRule },
  actions: { 'automation.notify': notify },
  mailSamples: ruleSamples,
  workers: [
    {
      name: 'rules',
      start: ({ work, schema, modules, ...means }) => startAutomation(automationEngine(work, schema, modules), means),
    },
  ],
  queues: [runs],
  schema(builder, modules) {
    const definitions = { offers: offersOf(modules), declared: declaredRights(modules) }
    const types = addAutomationTypes(builder)
    const inputs = addRuleInputs(builder)
    addRuleQueries(builder, types, inputs, definitions)
    addRuleMutations(builder, types, inputs, definitions)
  },
})
