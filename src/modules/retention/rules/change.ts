import { v7 as uuidv7 } from 'uuid'
import type { LegalGround, RetentionRule } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import {
  conflict,
  type Fault,
  forbiddenInput,
  forPeople,
  invalidInput,
  LetheError,
  notFound,
} from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { checkKey } from '../../lawfulness/keys.ts'
import { checkTexts } from '../../lawfulness/texts.ts'
import { unlessTaken } from '../../unless-taken.ts'
import { executing } from '../rights.ts'
import { classOf, erasesByItself, type RuleAction, type RuleDraft, readRegister } from './spec.ts'

type Maybe<T> = T | null | undefined

/** What one may say about a rule. */
export type RuleInput = {
  purposeKey?: Maybe<string>
  ground?: Maybe<LegalGround>
  tags?: Maybe<readonly string[]>
  retentionKey?: Maybe<string>
  action: RuleAction
  /** Only these of `PersonalData.categories`; of them all, the caller knows. */
  categories?: Maybe<readonly string[]>
}

type Names = readonly { language: string; text: string }[]
type Register = Awaited<ReturnType<typeof readRegister>>

/** A rule, checked. Throws INVALID_INPUT with every fault. */
export function checkedDraft(input: RuleInput, known: Register, faults: Fault[] = []): RuleDraft {
  const tags = (input.tags ?? []).map((tag, index) => checkText(tag, `tags.${index}`, { max: 100 }, faults))
  const { purposeKey = null, ground = null, retentionKey = null, action } = input
  if (purposeKey !== null && !known.purposes.has(purposeKey)) {
    const message = 'There is no purpose with this key in the register.'
    faults.push({ field: 'purpose', message, rule: 'unknown_purpose' })
  }
  const named = known.classes.get(retentionKey ?? '')
  if (retentionKey !== null && (!named || named.retiredAt)) {
    faults.push({ field: 'retentionClass', message: 'There is no retention class in use with this key.' })
  }
  const categories = [...new Set(input.categories ?? [])].toSorted()
  if (categories.length > 0 && action !== 'erase' && action !== 'propose') {
    faults.push({ field: 'categories', message: 'A part of the data can be erased, or proposed for it; no more.' })
  }
  const draft = { purposeKey, ground, tags: tags.filter(Boolean), retentionKey, action, categories }
  if (faults.length === 0 && !classOf(known, draft)) {
    const message = 'Say how long: name a retention class, or a purpose that has one.'
    faults.push({ field: 'retentionClass', message })
  }
  if (faults.length > 0) throw invalidInput(faults)
  return draft
}

/**
 * Makes a rule, which applies from the next round on; where erasures have to be approved, it proposes until others agree that it erases by
 * itself. Throws FORBIDDEN for such a rule without the right to have erasures executed; INVALID_INPUT with every fault.
 */
export async function createRule(context: Context, key: string, names: Names, input: RuleInput) {
  requireExecuting(context, input)
  return unlessTaken({ field: 'key', message: 'Another rule has this key already.' }, () =>
    transact(
      context,
      'createRetentionRule',
      async (tx) => {
        const faults: Fault[] = []
        checkKey(key, 'key', faults)
        const texts = checkTexts(names, 'names', { max: 200, wanted: true }, faults)
        const draft = checkedDraft(input, await readRegister(tx), faults)
        return tx.retentionRule.create({
          data: { ...draft, key, id: uuidv7(), names: texts, createdAt: new Date(), makerId: makerIn(context) },
        })
      },
      { integrated: true },
    ),
  )
}

/** Puts a rule in place of the one with this key: nobody has agreed to that. Throws as `createRule`; NOT_FOUND, CONFLICT. */
export async function updateRule(
  context: Context,
  { key, version, names }: { key: string; version: number; names?: Maybe<Names> },
  input: RuleInput,
): Promise<RetentionRule> {
  requireExecuting(context, input)
  return transact(
    context,
    'updateRetentionRule',
    async (tx) => {
      const rule = await tx.retentionRule.findUnique({ where: { key } })
      if (!rule || rule.retiredAt) throw notFound('RetentionRule')
      if (rule.version !== version) throw conflict(rule.version)
      const faults: Fault[] = []
      const texts = names && checkTexts(names, 'names', { max: 200, wanted: true }, faults)
      const draft = checkedDraft(input, await readRegister(tx), faults)
      const anew = { makerId: makerIn(context), approverIds: [], version: { increment: 1 } }
      const data = { ...draft, ...(texts && { names: texts }), ...anew }
      return tx.retentionRule.update({ where: { key }, data })
    },
    { integrated: true },
  )
}

const makerIn = ({ actor }: WorkContext) => (actor.kind === 'user' ? actor.id : null)

/** What erases by itself is made by those alone who may have erasures executed. */
function requireExecuting({ rights }: Context, { action }: RuleInput) {
  if (erasesByItself(action) && !rights.canWrite(executing))
    throw forbiddenInput([{ path: 'input.action', access: 'write', right: executing }])
}

/**
 * Agrees that a rule erases by itself, as it is in this version, for a user who didn't make it. Throws NOT_FOUND; CONFLICT where that isn't
 * needed (any more), or it was changed; FORBIDDEN for whoever made it, and for programs.
 */
export const approveRule = (context: WorkContext, key: string, version: number): Promise<RetentionRule> =>
  transact(
    context,
    'approveRetentionRule',
    async (tx) => {
      const rule = await tx.retentionRule.findUnique({ where: { key } })
      if (!rule || rule.retiredAt) throw notFound('RetentionRule')
      const { actor } = context
      if (actor.kind !== 'user' || actor.id === null) throw forPeople()
      if (rule.version !== version) throw conflict(rule.version)
      if (rule.makerId === actor.id)
        throw new LetheError('FORBIDDEN', 'Whoever made or changed a rule can’t approve it: somebody else has to.')
      if (!erasesByItself(rule.action) || rule.approverIds.length >= (context.erasure?.approvals ?? 0))
        throw new LetheError('CONFLICT', 'The rule needs no approval.')
      if (rule.approverIds.includes(actor.id)) throw new LetheError('CONFLICT', 'You have approved it already.')
      return tx.retentionRule.update({ where: { key }, data: { approverIds: [...rule.approverIds, actor.id] } })
    },
    { integrated: true },
  )

/** Takes a rule out of use, for good. What it proposed is withdrawn in the next round. Throws NOT_FOUND. */
export async function retireRule(context: WorkContext, key: string): Promise<RetentionRule> {
  return transact(
    context,
    'retireRetentionRule',
    async (tx) => {
      const rule = await tx.retentionRule.findUnique({ where: { key } })
      if (!rule) throw notFound('RetentionRule')
      if (rule.retiredAt) return rule
      return tx.retentionRule.update({ where: { key }, data: { retiredAt: new Date(), version: { increment: 1 } } })
    },
    { integrated: true },
  )
}
