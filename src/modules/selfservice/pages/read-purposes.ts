import type { LawfulBasisEvent, Notice, Purpose, RetentionClass } from '#prisma/client.ts'
import { byKey } from '../../lawfulness/basis/project.ts'
import { flawOf, holdsAt } from '../../lawfulness/law/decide.ts'
import { atWill, isEmpty, type Stretch, timelineOf } from '../../lawfulness/law/timeline.ts'
import { lineOf, type Purposes } from '../../lawfulness/law/types.ts'
import type { Visit } from '../access/sessions.ts'

/** Something that happened to a purpose, with the text that was shown. */
export type HappenedView = Pick<LawfulBasisEvent, 'id' | 'kind' | 'ground' | 'occurredAt' | 'source'> & {
  notice: Notice | null
}

/** A purpose, as it stands with one contact. */
export type PurposeView = {
  purpose: Purpose & { retention: RetentionClass | null }
  /** What it is told by now, in every language. */
  notices: Notice[]
  /** The grounds that hold. */
  holding: Stretch<LawfulBasisEvent>[]
  pending: boolean
  history: HappenedView[]
  canGive: boolean
  canWithdraw: boolean
  canObject: boolean
}

/**
 * How it stands with each purpose that the contact is, was or may be processed for: those in use first, and last those that
 * they could consent to.
 *
 * @param further Keys of purposes that data of theirs is kept for.
 */
export async function readPurposeViews(
  { context: { database }, contact, method }: Visit,
  further: readonly string[],
): Promise<PurposeView[]> {
  const [rows, events] = await Promise.all([
    database.purpose.findMany({ include: { retention: true }, orderBy: { key: 'asc' } }),
    database.lawfulBasisEvent.findMany({
      where: { contactId: contact.id, kind: { not: 'used' } },
      orderBy: [{ occurredAt: 'asc' }, { id: 'asc' }],
    }),
  ])
  const register = byKey(rows)
  const shown = new Set(events.flatMap(({ noticeId }) => noticeId ?? []))
  const notices = await database.notice.findMany({
    where: {
      OR: [
        { id: { in: [...shown] } },
        ...rows.map(({ key, noticeVersion: version }) => ({ purposeKey: key, version })),
      ],
    },
  })
  const now = new Date()
  const views = rows.map((purpose): PurposeView => {
    const { key, grounds, retiredAt } = purpose
    const timeline = timelineOf(events.filter(happened(now)), register, key)
    const holding = retiredAt
      ? []
      : timeline.stretches.filter((one) => holdsAt(one, now) && !flawOf(one, purpose, contact.birthDate))
    const consented = timeline.stretches.some((one) => one.ground === 'consent' && holdsAt(one, now))
    const pending = timeline.pending.some(({ confirmUntil }) => confirmUntil === null || confirmUntil > now)
    const current = notices.filter((one) => one.purposeKey === key && one.version === purpose.noticeVersion)
    return {
      purpose,
      notices: current,
      holding,
      pending: pending && !consented,
      history: events
        .filter((event) => isAbout(register, key, event))
        .map((event) => ({ ...event, notice: notices.find(({ id }) => id === event.noticeId) ?? null })),
      canGive:
        !retiredAt && !consented && grounds.includes('consent') && current.length > 0 && method !== 'handed_over',
      // Also one that begins later.
      canWithdraw: pending || timeline.stretches.some((one) => one.ground === 'consent' && isOpen(one, now)),
      canObject: timeline.stretches.some(
        (one) => one.ground !== 'consent' && isOpen(one, now) && (timeline.marketing || atWill.includes(one.ground)),
      ),
    }
  })
  const weight = ({ holding, history }: PurposeView) => (holding.length > 0 ? 0 : history.length > 0 ? 1 : 2)
  return views
    .filter((view) => weight(view) < 2 || view.canGive || further.includes(view.purpose.key))
    .toSorted((one, other) => weight(one) - weight(other))
}

/** It holds, or is going to. */
const isOpen = (one: Stretch<LawfulBasisEvent>, now: Date) =>
  one.valid && !isEmpty(one) && (one.until === null || one.until > now)

const happened = (now: Date) => (event: LawfulBasisEvent) => event.occurredAt <= now || event.kind === 'retracted'

/** What was said of the purpose itself; and what ended it from above. */
const isAbout = (register: Purposes, key: string, { kind, purposeKey }: LawfulBasisEvent) =>
  purposeKey === key || ((kind === 'withdrawn' || kind === 'objected') && lineOf(register, key).includes(purposeKey))

/** The text that a contact is shown before they consent: in their language, or in whichever there is. */
export const noticeIn = (notices: readonly Notice[], language: string): Notice | undefined =>
  notices.find((one) => one.language === language) ??
  notices.find((one) => one.language.startsWith(`${language}-`)) ??
  notices.find((one) => one.language === 'en') ??
  notices[0]
