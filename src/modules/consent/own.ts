import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { LetheError, notFound } from '../../graphql/errors.ts'
import { appendEvents } from '../lawfulness/basis/append.ts'
import { restrict } from '../lawfulness/basis/record.ts'
import { presentContact } from '../mails/survivor.ts'
import { endConsents } from './acts/end.ts'
import { consentEvent, isHeld, isSound, stageOf } from './acts/record-events.ts'
import type { Outcome } from './guard/answer.ts'
import { type Choice, checkCount, judge, judgeKeys, readRegister } from './requests/purposes.ts'

// What contacts do themselves where it is known that it is they: `context` is their work (`asContact`).

/** How an act of the contact is told in their history. */
type How = { source: string }

const everything = () => true

/** Gives consent at once, each purpose by itself. `source`: the page. Throws NOT_FOUND for whoever is no contact any more. */
export const giveOwnConsent = (
  context: WorkContext,
  contactId: string,
  choices: readonly Choice[],
  { source }: How = ownPage,
): Promise<Outcome[]> => {
  checkCount(choices)
  return asOne(context, 'giveConsent', contactId, async (tx) => {
    const register = await readRegister(tx)
    const judged = await judge(tx, register, everything, choices)
    const stage = await stageOf(tx, contactId, register)
    const at = new Date()
    const evidence = {
      kind: 'form' as const,
      text: JSON.stringify({ method: 'own choice, identified by link or code', source }),
    }
    const events = judged.flatMap(({ purpose, notice = null }) =>
      purpose ? [consentEvent('given', { contactId, purpose, notice, at, source }, { evidence })] : [],
    )
    const sound = events.filter((event) => isSound(stage, [], event))
    await appendEvents(tx, context, sound, stage.purposes)
    return judged.map(({ key: purpose, problem }): Outcome => {
      const event = sound.find(({ purposeKey }) => purposeKey === purpose)
      if (problem || !event) return { purpose, state: 'not_decided', problem: problem ?? 'NOT_CONFIRMABLE' }
      return { purpose, state: isHeld(stage, purpose, at) ? 'renewed' : 'given', eventId: event.id }
    })
  })
}

/** Withdraws consent, for purposes and all their parts. Never refused but for what is no purpose. */
export const withdrawOwnConsent = (
  context: WorkContext,
  contactId: string,
  purposes: readonly string[],
  how: How = ownPage,
): Promise<Outcome[]> => {
  checkCount(purposes)
  return asOne(context, 'withdrawConsent', contactId, async (tx) => {
    const judged = await judgeKeys(tx, everything, purposes)
    const known = judged.flatMap(({ key, problem }) => (problem ? [] : [key]))
    const ended = await endConsents(tx, context, contactId, {
      kind: 'withdrawn',
      purposes: known,
      saying: how,
      tells: everything,
      mails: false, // They see it on their page.
    })
    const unknown = judged.flatMap(({ key: purpose, problem }): Outcome[] =>
      problem ? [{ purpose, state: 'not_decided', problem }] : [],
    )
    return [...ended, ...unknown]
  })
}

/** Objects to processing for a purpose and all its parts (Art. 21 GDPR). */
export const objectToOwn = (
  context: WorkContext,
  contactId: string,
  purpose: string,
  how: How = ownPage,
): Promise<void> =>
  asOne(context, 'objectToProcessing', contactId, async (tx) => {
    await restrict({ ...context, within: tx }, 'objected', { ...how, contactId, purpose })
  })

const ownPage = { source: 'page of the contact' }

async function asOne<T>(
  context: WorkContext,
  operation: string,
  contactId: string,
  run: (tx: Transaction) => Promise<T>,
): Promise<T> {
  if (context.actor.kind !== 'contact') throw new LetheError('FORBIDDEN', 'This is for contacts themselves.')
  const inTurn = async (tx: Transaction) => {
    if ((await presentContact(tx, contactId))?.id !== contactId) throw notFound('Contact')
    return run(tx)
  }
  return transact(context, operation, inTurn, { integrated: true })
}
