import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { type Choice, judge, readRegister } from '../requests/purposes.ts'
import type { Answer, Outcome } from './answer.ts'
import type { Asker } from './asker.ts'

/** A form, as far as traps for programs are concerned. */
type Form = { scope: string; idempotencyKey: string; purposes: readonly Choice[] }

/** Answers a program as if all were well, always the same for the same call. Nothing happens; it is counted. */
export async function answerProgram(
  context: Context,
  { client, mayAsk }: Asker,
  { scope, idempotencyKey, purposes }: Form,
): Promise<Answer> {
  const { database, secrets, log, requestId } = context
  const judged = await transact(context, 'giveConsent', async (tx) =>
    judge(tx, await readRegister(tx), mayAsk, purposes),
  )
  if (client) {
    await database.$executeRaw`
      INSERT INTO consent_trapped_forms AS t (client_id, count, last_at) VALUES (${client.id}::uuid, 1, now())
      ON CONFLICT (client_id) DO UPDATE SET count = t.count + 1, last_at = now()`
  }
  log.info({ requestId, client: client?.id }, 'a program filled in a form that people fill in otherwise')
  const outcomes = judged.map(({ key: purpose, problem }): Outcome => {
    return problem ? { purpose, state: 'not_decided', problem } : { purpose, state: 'pending_confirmation' }
  })
  const made = secrets.fingerprint('consent decoy', JSON.stringify([scope, idempotencyKey, purposes]))
  return { outcomes, token: Buffer.from(made, 'hex').toString('base64url'), requestId }
}
