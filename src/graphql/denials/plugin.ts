import type { Plugin } from 'graphql-yoga'
import { NIL } from 'uuid'
import { afterwards } from '../../afterwards.ts'
import { loggable } from '../../log-error.ts'
import { type NewEntry, writeEntries } from '../../modules/audit/write.ts'
import type { Context } from '../context.ts'
import { collectDenials, type Execution } from './collect.ts'
import type { DenialTally } from './tally.ts'

// An entry names so many things that were refused, and counts the rest.
const named = 50
const namedFields = 5

/**
 * Writes into the audit log what callers are refused (FORBIDDEN), before they have their answer: an entry a request, however
 * many fields and objects it is about. Answers without refusals cost nothing.
 *
 * Not those of callers who aren't signed in, nor of those with a publishable key, which everybody can read in a page: anybody
 * could fill a log from which nothing is ever removed. These are in the operational log alone.
 */
export function useDenials(): Plugin<Context> {
  return {
    onExecute: ({ args }) => ({ onExecuteDone: ({ result }) => noteDenials(args, result) }),
    // To subscribe; what an event holds that the caller may not see is left out of it without a word, however many there are.
    onSubscribe: ({ args }) => ({
      onSubscribeResult: ({ result }) => afterwards(args.contextValue, async () => noteDenials(args, result)),
    }),
  }
}

/** Writes down what this operation was refused; settles once that is done, and is undefined where it was refused nothing. */
export function noteDenials(args: Execution, result: object): Promise<void> | undefined {
  const { contextValue: context } = args
  const errors = 'errors' in result && Array.isArray(result.errors) ? result.errors : undefined
  if (!(errors || context.loaders.denials) || !isKnown(context)) return undefined
  const tally = collectDenials(args, errors ?? [])
  return tally && write(context, tally)
}

const isKnown = ({ actor, publishable }: Context) =>
  (actor.kind === 'user' || actor.kind === 'client') && actor.id !== null && !publishable

/**
 * The refusal stands even if it can't be logged, and so does the rest of the answer: nothing of it needed an entry, and what a
 * mutation did is done. Then the operational log keeps what was to be told.
 */
async function write(context: Context, tally: DenialTally): Promise<void> {
  const { database, log, requestId, actor } = context
  const entries = entriesOf(context, tally)
  try {
    // One statement, and so a transaction by itself; also when the caller has gone in the meantime: they tried.
    await writeEntries(database, context, entries)
  } catch (error) {
    const denied = firstOf(tally)
    log.error(
      { requestId, actor, operation: operationOf(tally), denied, error: loggable(error) },
      'a refusal is not in the audit log',
    )
  }
}

function entriesOf({ actor, address }: Context, tally: DenialTally): NewEntry[] {
  const { denials, contactIds } = tally
  const more = denials.size - named
  const entry = { action: 'refused', operation: operationOf(tally) } as const
  const whole: NewEntry = {
    ...entry,
    entity: actor.kind === 'client' ? 'Client' : 'User',
    entityId: actor.id ?? NIL,
    changes: {
      denied: { new: firstOf(tally) },
      ...(more > 0 && { more: { new: more } }),
      address: { new: address },
    },
  }
  if (contactIds.size === 0) return [whole]
  // As values of a field that leads to contacts, so that they are shown to nobody who doesn't see these.
  const contact = { new: [...contactIds].slice(0, named) }
  const unseen: NewEntry = { ...entry, entity: 'Query', entityId: NIL, changes: { contact, address: { new: address } } }
  return denials.size > 0 ? [whole, unseen] : [unseen]
}

const operationOf = ({ rootFields }: DenialTally) => [...rootFields].slice(0, namedFields).join(', ')

const firstOf = ({ denials }: DenialTally) => [...denials.values()].slice(0, named)
