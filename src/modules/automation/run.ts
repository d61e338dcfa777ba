import { randomUUID } from 'node:crypto'
import type { AutomationRule, AutomationRun } from '#prisma/client.ts'
import type { JsonObject } from '../../database/json.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { Context } from '../../graphql/context.ts'
import { forbiddenInput } from '../../graphql/errors.ts'
import { seenAmong } from '../contacts/sight.ts'
import { causedBy } from './cause.ts'
import { compiled, contextOf, type Engine, mutateIn } from './engine.ts'
import { plan } from './evaluate.ts'
import { faultOf } from './fault.ts'
import { cancelRuns, finishRun, lockRun, noteFault, type RunKey } from './queue.ts'
import { actionsOf, rightsNamed } from './rule.ts'
import { rightsOfRule } from './rule-rights.ts'
import { changesOf, eventVariable, factVariables } from './variables.ts'

/**
 * Lets a rule take its turn at an event. What it does and that it is done are one transaction: killed at any moment, it happens
 * once. Returns whether anything came of it; not where another process was at it.
 */
export async function takeTurn(engine: Engine, key: RunKey): Promise<boolean> {
  const { database, log } = engine.work
  const requestId = randomUUID()
  const where = { contactId_id: key }
  const run = await database.automationRun.findUnique({ where, include: { rule: true } })
  if (run?.state !== 'waiting') return false
  const { rule } = run
  if (!rule.enabledAt) {
    await cancelRuns(database, rule.id)
    return true
  }
  try {
    const rights = await rightsOfRule(database, rule.ownerId, rightsNamed(rule))
    const context = { ...contextOf(engine, { rule, rights, requestId }), cause: causedBy(rule.id, run) }
    return await transact(context, 'runRule', async (tx) => {
      for (const { before } of offersIn(engine, rule)) await before?.(tx)
      if (!(await lockRun(tx, key, rule))) return false
      const within = { ...context, within: tx }
      await finishRun(tx, key, await act(engine, { run, rule, context: within, tx }))
      return true
    })
  } catch (error) {
    const fault = await faultOf({ ...engine.work, requestId }, key, error)
    const state = await noteFault(database, run, fault)
    if (state) log.warn({ requestId, run: run.id, rule: rule.id, code: fault.code, state }, 'a rule failed')
    return state !== undefined
  }
}

/** What the rule does, whether or not it is in order. */
const offersIn = ({ offers }: Engine, rule: AutomationRule) =>
  actionsOf(rule).flatMap(({ action }) => offers.actions.get(action) ?? [])

type Turn = { run: AutomationRun; rule: AutomationRule; context: Context; tx: Transaction }

async function act(engine: Engine, { run, rule, context, tx }: Turn): Promise<'done' | 'not_matched'> {
  const { schema, offers } = engine
  const { contactId, entryId } = run
  const entry = await tx.auditEntry.findUnique({ where: { contactId_id: { contactId, id: entryId } } })
  const seen = await seenAmong(tx, context, [contactId])
  // What the owner doesn't see didn't happen for the rule, nor what it may read nothing of.
  if (!entry || !seen.has(contactId)) return 'not_matched'
  const definition = compiled(offers, rule)
  const work = { tx, context, contactId }
  const happened = { name: run.event, entry, changes: await changesOf(context, entry) }
  const event = eventVariable({ schema, offers, context }, happened)
  if (!event) return 'not_matched'
  const planned = plan(definition, { event, ...(await factVariables(offers, definition, work)) })
  if (!planned) return 'not_matched'
  for (const [index, { declaration, values }] of planned.entries()) {
    const denied = declaration.writes(values).filter((right) => !context.rights.canWrite(right))
    if (denied.length > 0) {
      throw forbiddenInput(denied.map((right) => ({ path: `actions.${index}`, access: 'write', right })))
    }
    const mutate = (mutation: string, variables: JsonObject) => mutateIn(schema, context, mutation, variables)
    await declaration.run({ ...work, ruleId: rule.id, runId: run.id, mutate }, values)
  }
  return 'done'
}
