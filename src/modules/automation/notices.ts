import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../database/client.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { LetheError, notFound } from '../../graphql/errors.ts'
import { layOut, mailLanguage } from '../../mail/layout.ts'
import { queueMail } from '../../mail/outbox.ts'
import { normaliseEmail } from '../identity/access/users.ts'
import type { ActionDeclaration } from './contract.ts'
import { noticeText } from './texts.ts'

/** `automation.notify`: notes whom to tell; what is to be told is gathered, so that a thousand runs are one mail. */
export const notify: ActionDeclaration = {
  description:
    'Tells users by mail how often the rule acted, in their language, with a link. What happens within a minute is one mail; ' +
    'nobody’s data is in it.',
  parameters: { to: { type: 'list<string>', description: 'The e-mail addresses of users: `["jo@example.org"]`.' } },
  writes: () => [],
  async run({ tx, context, contactId, ruleId }, { to }) {
    if (!context.mail)
      throw new LetheError('UNAVAILABLE', 'No mail server is set, so nobody can be notified: LETHE_SMTP_URL.')
    const emails = [...new Set((Array.isArray(to) ? to : []).map((email) => normaliseEmail(String(email))))]
    const users = await tx.user.findMany({ where: { email: { in: emails }, disabledAt: null }, select: { id: true } })
    if (users.length === 0 || users.length < emails.length) throw notFound('User')
    await tx.automationNotice.createMany({
      data: users.map(({ id: userId }) => ({ contactId, id: uuidv7(), ruleId, userId, createdAt: new Date() })),
    })
  },
}

type Gathered = { ruleId: string; userId: string; count: number }

/** Mails what was gathered for long enough: that it is told is committed with the mail's place in the outbox. */
export async function mailNotices(work: Omit<WorkContext, 'requestId'>, gather: number): Promise<void> {
  const { database } = work
  if (!work.mail || ((await noticesWait(database, gather)) ?? 1) > 0) return
  const context = { ...work, requestId: randomUUID() }
  await transact(context, 'notifyUsers', async (tx) => {
    // A process that is at it already holds these rows; they are its to tell.
    const gathered = await tx.$queryRaw<Gathered[]>`
      WITH old AS (
        SELECT DISTINCT rule_id, user_id FROM automation_notice WHERE created_at <= now() - ${gather} * interval '1 millisecond'
      ), mine AS (
        SELECT n.contact_id, n.id FROM automation_notice n JOIN old USING (rule_id, user_id) FOR UPDATE OF n SKIP LOCKED
      ), gone AS (
        DELETE FROM automation_notice n USING mine WHERE n.contact_id = mine.contact_id AND n.id = mine.id
        RETURNING n.rule_id, n.user_id
      )
      SELECT rule_id AS "ruleId", user_id AS "userId", count(*)::int AS count FROM gone GROUP BY rule_id, user_id`
    const rules = await tx.automationRule.findMany({ where: { id: { in: gathered.map(({ ruleId }) => ruleId) } } })
    const users = await tx.user.findMany({
      where: { id: { in: gathered.map(({ userId }) => userId) }, disabledAt: null },
    })
    for (const { ruleId, userId, count } of gathered) {
      const rule = rules.find(({ id }) => id === ruleId)
      const user = users.find(({ id }) => id === userId)
      if (!rule || !user) continue
      const language = mailLanguage(user.language)
      const content = noticeText(language, {
        name: user.name,
        rule: rule.name,
        count,
        url: `${work.publicUrl}/graphql`,
      })
      await queueMail(tx, context, { kind: 'rule-notice', to: user.email, ...layOut(content) })
    }
  })
}

/** In how many milliseconds there is something to mail; undefined when there is nothing. */
export async function noticesWait(database: Database, gather: number): Promise<number | undefined> {
  const [next] = await database.$queryRaw<{ wait: number | null }[]>`
    SELECT (extract(epoch FROM min(created_at) + ${gather} * interval '1 millisecond' - now()) * 1000)::float8 AS wait
    FROM automation_notice`
  return next?.wait ?? undefined
}
