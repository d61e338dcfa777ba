import { v7 as uuidv7 } from 'uuid'
import type { LegalGround, RetentionRule } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { conflict, type Fault, invalidInput, notFound } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { checkKey } from '../../lawfulness/keys.ts'
import { checkTexts } from '../../lawfulness/texts.ts'
import { unlessTaken } from '../../unless-taken.ts'
import { classOf, type RuleAction, type RuleDraft, readRegister } from './spec.ts'

type Maybe<T> = T | null | undefined

/** What one may say about a rule. */
export type RuleInput = {
  purposeKey?: Maybe<string>
  ground?: Maybe<LegalGround>
  tags?: Maybe<readonly string[]>
  retentionKey?: Maybe<string>
  action: RuleAction
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
  const draft = { purposeKey, ground, tags: tags.filter(Boolean), retentionKey, action }
  if (faults.length === 0 && !classOf(known, draft)) {
    const message = 'Say how long: name a retention class, or a purpose that has one.'
    faults.push({ field: 'retentionClass', message })
  }
  if (faults.length > 0) throw invalidInput(faults)
  return draft
}

/** Makes a rule, which applies from the next round on. Throws INVALID_INPUT with every fault. */
export async function createRule(context: WorkContext, key: string, names: Names, input: RuleInput) {
  return unlessTaken({ field: 'key', message: 'Another rule has this key already.' }, () =>
    transact(
      context,
      'createRetentionRule',
      async (tx) => {
        const faults: Fault[] = []
        checkKey(key, 'key', faults)
        const texts = checkTexts(names, 'names', { max: 200, wanted: true }, faults)
        const draft = checkedDraft(input, await readRegister(tx), faults)
        return tx.retentionRule.create({ data: { ...draft, key, id: uuidv7(), names: texts, createdAt: new Date() } })
      },
      { integrated: true },
    ),
  )
}

/** Puts a rule in place of the one with this key. Throws NOT_FOUND, CONFLICT, or INVALID_INPUT with every fault. */
export async function updateRule(
  context: WorkContext,
  { key, version, names }: { key: string; version: number; names?: Maybe<Names> },
  input: RuleInput,
): Promise<RetentionRule> {
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
      const data = { ...draft, ...(texts && { names: texts }), version: { increment: 1 } }
      return tx.retentionRule.update({ where: { key }, data })
    },
    { integrated: true },
  )
}

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
