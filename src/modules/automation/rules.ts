import { v7 as uuidv7 } from 'uuid'
import type { AutomationRule, Prisma } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { Context } from '../../graphql/context.ts'
import { conflict, type Fault, LetheError, notFound } from '../../graphql/errors.ts'
import { seenContacts } from '../contacts/sight.ts'
import { givesTooMuch } from '../identity/access/authority.ts'
import type { DeclaredRights } from '../identity/access/right-names.ts'
import { unlessTaken } from '../unless-taken.ts'
import { type CompiledRule, checkRule, type RuleDraft } from './definition.ts'
import type { AllOffers } from './offers.ts'
import { cancelRuns } from './queue.ts'
import { draftOf } from './rule.ts'
import { lackedBy } from './rule-rights.ts'

/** What rules are checked by. */
export type Definitions = { offers: AllOffers; declared: DeclaredRights }

const nameTaken: Fault = { field: 'name', message: 'Another rule has this name already.' }

/**
 * Makes a rule, which does nothing until it is enabled. Whoever makes it owns it. Returns its id. Throws INVALID_INPUT with every
 * fault, FORBIDDEN for rights that the caller doesn't have.
 */
export async function createRule(context: Context, definitions: Definitions, draft: RuleDraft): Promise<string> {
  const rule = checkRule(draft, definitions.offers, await definitions.declared(context))
  const id = uuidv7()
  await unlessTaken(nameTaken, () =>
    changeRules(context, 'createRule', async (tx, ownerId) => {
      await mustHave(tx, ownerId, rule.rights)
      await tx.automationRule.create({ data: { id, ownerId, ...columnsOf(rule) } })
    }),
  )
  return id
}

/** What to change about a rule; what is absent stays. */
export type RuleChanges = { [Key in keyof RuleDraft]?: RuleDraft[Key] | null | undefined }

/** Changes a rule. Whoever does owns it from then on. Throws as `createRule`, and CONFLICT. */
export async function updateRule(
  context: Context,
  definitions: Definitions,
  { id, version, ...changes }: RuleChanges & { id: string; version: number },
): Promise<void> {
  const declared = await definitions.declared(context)
  await unlessTaken(nameTaken, () =>
    changeRules(context, 'updateRule', async (tx, ownerId) => {
      const present = await requireRule(tx, id)
      if (present.version !== version) throw conflict(present.version)
      const rule = checkRule(changed(draftOf(present), changes), definitions.offers, declared)
      await mustHave(tx, ownerId, rule.rights)
      await save(tx, present, { ownerId, ...columnsOf(rule) })
    }),
  )
}

/** Puts a rule in force. Whoever does owns it from then on. Throws INVALID_INPUT if it isn't in order any more. */
export async function enableRule(context: Context, definitions: Definitions, id: string): Promise<void> {
  await changeRules(context, 'enableRule', async (tx, ownerId) => {
    const present = await requireRule(tx, id)
    const rule = checkRule(draftOf(present), definitions.offers)
    await mustHave(tx, ownerId, rule.rights)
    await save(tx, present, { ownerId, enabledAt: present.enabledAt ?? new Date() })
  })
}

/** Takes a rule out of force. What waits for it is cancelled. */
export async function disableRule(context: Context, id: string): Promise<void> {
  await changeRules(context, 'disableRule', async (tx) => {
    const rule = await requireRule(tx, id)
    if (rule.enabledAt) await save(tx, rule, { enabledAt: null })
  })
  await cancelRuns(context.database, id)
}

/**
 * Lets a run that failed take its turn again, now. Throws NOT_FOUND, and INVALID_INPUT for one that didn't fail.
 *
 * @param others Also those of its rule that failed besides, as far as the caller sees their contacts, the oldest first.
 */
export async function retryRun(
  context: Context,
  key: { contactId: string; id: string },
  { others }: { others: boolean },
): Promise<void> {
  await changeRules(context, 'retryRuleRun', async (tx) => {
    const where = { contactId_id: key }
    const run = await tx.automationRun.findUnique({ where, include: { rule: { select: { enabledAt: true } } } })
    if (!run) throw notFound('RuleRun')
    if (!run.rule.enabledAt) throw new LetheError('INVALID_INPUT', 'Its rule is not in force: enable it first.')
    if (run.state !== 'failed') throw new LetheError('INVALID_INPUT', 'Only a run that failed can be tried again.')
    const data = { state: 'waiting', attempts: 0, dueAt: new Date(), finishedAt: null }
    await tx.automationRun.update({ where, data })
    if (others) await retryOthers(tx, context, run.ruleId)
    await tx.$executeRaw`SELECT pg_notify('lethe_automation', '')`
  })
}

const mostAtOnce = 10_000

const retryOthers = (tx: Transaction, context: Context, ruleId: string) => tx.$executeRaw`
  UPDATE automation_run r SET state = 'waiting', attempts = 0, due_at = now(), finished_at = NULL
  FROM (SELECT w.contact_id, w.id FROM automation_run w JOIN ${seenContacts(context)} c ON c.contact_id = w.contact_id
    WHERE w.rule_id = ${ruleId}::uuid AND w.state = 'failed' ORDER BY w.id LIMIT ${mostAtOnce}) failed
  WHERE r.contact_id = failed.contact_id AND r.id = failed.id`

/** Only people own rules, and answer for them. */
async function changeRules<T>(
  context: Context,
  operation: string,
  run: (tx: Transaction, userId: string) => Promise<T>,
) {
  const { kind, id } = context.actor
  if (kind !== 'user' || id === null) {
    throw new LetheError(
      'FORBIDDEN',
      'Rules are made and changed by people who sign in: somebody has to answer for them.',
    )
  }
  return transact(context, operation, (tx) => run(tx, id), { isolation: 'Serializable', integrated: true })
}

async function mustHave(tx: Transaction, userId: string, rights: CompiledRule['rights']) {
  const missing = await lackedBy(tx, userId, rights)
  if (missing.length > 0) throw givesTooMuch(missing)
}

/** The rule. Throws NOT_FOUND. */
async function requireRule(tx: Transaction, id: string): Promise<AutomationRule> {
  const rule = await tx.automationRule.findUnique({ where: { id } })
  if (!rule) throw notFound('Rule')
  return rule
}

const save = (tx: Transaction, { id, version }: AutomationRule, data: Prisma.AutomationRuleUncheckedUpdateInput) =>
  tx.automationRule.update({ where: { id }, data: { ...data, version: version + 1, updatedAt: new Date() } })

const columnsOf = ({ name, description, events, condition, actions, rights }: CompiledRule) => ({
  name,
  description,
  events: [...events],
  condition,
  actions: actions.map((action) => ({ ...action })),
  rights: rights.map((right) => ({ ...right })),
})

const changed = (draft: RuleDraft, changes: RuleChanges): RuleDraft => ({
  name: changes.name ?? draft.name,
  description: changes.description === undefined ? draft.description : changes.description,
  condition: changes.condition === undefined ? draft.condition : changes.condition,
  events: changes.events ?? draft.events,
  actions: changes.actions ?? draft.actions,
  rights: changes.rights ?? draft.rights,
})
