import type { WorkContext } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { loggable } from '../../log-error.ts'
import type { RunFault, RunKey } from './queue.ts'

// What the rule, or somebody's rights, would have to be changed for.
const permanentCodes = ['FORBIDDEN', 'INVALID_INPUT', 'NOT_FOUND']

const placeOf = ({ contactId, id }: RunKey) => `automation_run/${contactId}/${id}/fault/1`

/** What is noted of an error. Its text may repeat values of the contact, so that it is sealed under the contact's key. */
export async function faultOf(
  { keys, log, requestId }: Pick<WorkContext, 'keys' | 'log' | 'requestId'>,
  run: RunKey,
  error: unknown,
): Promise<RunFault> {
  const known = error instanceof LetheError ? error : undefined
  if (!known) log.error({ requestId, run: run.id, error: loggable(error) }, 'a run of a rule broke')
  const text = known?.message ?? `Something broke on our side; the log of the server tells more of ${requestId}.`
  const key = (await keys.find([run.contactId])).get(run.contactId)
  return {
    code: known?.code ?? 'INTERNAL',
    fault: key && key !== 'destroyed' ? key.seal(placeOf(run), Buffer.from(text.slice(0, 2000))) : null,
    permanent: known !== undefined && permanentCodes.includes(known.code),
  }
}

/** The text again; null if there is none, or none any more. */
export async function openFault(
  { keys }: Pick<WorkContext, 'keys'>,
  run: RunKey & { fault: Uint8Array | null },
): Promise<string | null> {
  if (!run.fault) return null
  const key = (await keys.find([run.contactId])).get(run.contactId)
  return key && key !== 'destroyed' ? Buffer.from(key.open(placeOf(run), run.fault)).toString() : null
}
