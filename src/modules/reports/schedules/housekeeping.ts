import type { WorkContext } from '../../../graphql/context.ts'

// Longer than any schedule but those of leap days waits: no period comes back.
const keptFor = 400 * 24 * 3_600_000

/** Forgets that mails of long ago were sent. */
export async function forgetOldMailings({ database }: Pick<WorkContext, 'database'>): Promise<void> {
  await database.reportMailing.deleteMany({ where: { period: { lt: new Date(Date.now() - keptFor) } } })
}
