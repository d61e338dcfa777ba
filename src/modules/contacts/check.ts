import type { Fault } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { checkPoint, type PointDrafts, type PointOptions, pointKey } from './check-points.ts'
import { checkBirthDate, checkLanguage, checkMoment, checkTimeZone } from './check-values.ts'
import { countryCode } from './countries.ts'
import type { CheckedColumns, CheckedContact, CheckedPoint, ContactDraft, PointKind } from './draft.ts'

/**
 * How a draft is checked. `update` says that the draft changes a contact that exists, so that no point is made primary
 * unasked. `now` is the clock against which birth dates are checked.
 */
export type CheckOptions = PointOptions & { update?: boolean; now?: Date }

const TEXT_COLUMNS = ['title', 'givenName', 'familyName', 'displayName', 'organisation', 'jobTitle'] as const
const NAMES = ['givenName', 'familyName', 'displayName', 'organisation'] as const
const MAX_TAGS = 50
/** How many contact points of one kind a contact may have. */
export const MAX_POINTS = 50

/** Checks and normalises a draft. What has a fault is left out of `contact`; store it only if there are no faults. */
export function checkDraft(
  draft: ContactDraft,
  options: CheckOptions = {},
): { contact: CheckedContact; faults: Fault[] } {
  const faults: Fault[] = []
  const columns = checkColumns(draft, options.now ?? new Date(), faults)
  // Somebody who lives abroad writes down numbers as they are dialled there.
  const home = countryCode(draft.addresses?.find(({ country }) => country)?.country ?? '')
  const points = [
    checkPoints('email', 'emails', draft.emails, options, faults),
    checkPoints('phone', 'phones', draft.phones, { ...options, homeCountry: home }, faults),
    checkPoints('address', 'addresses', draft.addresses, options, faults),
    checkPoints('website', 'websites', draft.websites, options, faults),
    checkPoints('messenger', 'messengers', draft.messengers, options, faults),
  ].flat()
  return { contact: { columns, points }, faults }
}

/** The fault of a contact that has neither a name nor a way to reach it. */
export function checkNotEmpty({
  columns,
  points,
}: {
  columns: CheckedColumns
  points: readonly unknown[]
}): Fault | undefined {
  if (points.length > 0 || NAMES.some((name) => columns[name])) return undefined
  return { field: 'displayName', message: 'Give a name, an organisation, an e-mail address or a phone number.' }
}

/**
 * The name of a contact to whom nobody gave a display name. Of names only: who may read those may not therefore read an
 * address or an organisation.
 */
export function deriveDisplayName({ givenName, familyName }: CheckedColumns): string {
  return [givenName, familyName].filter(Boolean).join(' ')
}

/** Checks where a contact's data came from. What was not said is left out. */
export function checkProvenance(
  { source, sourceAt }: { source?: string | null | undefined; sourceAt?: Date | null | undefined },
  faults: Fault[],
): { source?: string; sourceAt?: Date | null } {
  if (sourceAt) checkMoment(sourceAt, 'sourceAt', faults)
  return {
    ...(source !== undefined && { source: checkText(source, 'source', { max: 200 }, faults) }),
    ...(sourceAt !== undefined && { sourceAt }),
  }
}

function checkColumns(draft: ContactDraft, now: Date, faults: Fault[]): CheckedColumns {
  const columns: CheckedColumns = {}
  for (const name of TEXT_COLUMNS) {
    if (draft[name] !== undefined) columns[name] = checkText(draft[name], name, { max: 200 }, faults)
  }
  if (draft.birthDate !== undefined) {
    const birthDate = checkBirthDate(draft.birthDate, 'birthDate', now, faults)
    if (birthDate !== undefined) columns.birthDate = birthDate
  }
  if (draft.language !== undefined) columns.language = checkLanguage(draft.language, 'language', faults)
  if (draft.timeZone !== undefined) columns.timeZone = checkTimeZone(draft.timeZone, 'timeZone', faults)
  if (draft.tags !== undefined) columns.tags = checkTags(draft.tags ?? [], faults)
  return columns
}

function checkTags(tags: readonly string[], faults: Fault[]): string[] {
  if (tags.length > MAX_TAGS)
    faults.push({ field: 'tags', message: `Must be at most ${MAX_TAGS}, are ${tags.length}.` })
  const clean = tags.slice(0, MAX_TAGS).map((tag, index) => checkText(tag, `tags.${index}`, { max: 100 }, faults))
  return [...new Set(clean.filter(Boolean))]
}

function checkPoints<K extends PointKind>(
  kind: K,
  list: string,
  drafts: readonly PointDrafts[K][] | null | undefined,
  options: CheckOptions,
  faults: Fault[],
): CheckedPoint[] {
  const points = new Map<string, CheckedPoint>()
  let primary: CheckedPoint | undefined
  if (drafts && drafts.length > MAX_POINTS) {
    faults.push({ field: list, message: `Must be at most ${MAX_POINTS}, are ${drafts.length}.` })
  }
  for (const [index, draft] of (drafts ?? []).slice(0, MAX_POINTS).entries()) {
    const checked = checkPoint(kind, draft, `${list}.${index}`, options)
    faults.push(...checked.faults)
    if (!checked.point) continue
    const point = addPoint(points, checked.point)
    if (!checked.point.primary) continue
    if (primary && primary !== point) {
      faults.push({ field: `${list}.${index}.primary`, message: `Only one of the ${list} can be primary.` })
      point.primary = false
    } else {
      primary = point
    }
  }
  const [first] = points.values()
  if (first && !primary && !options.update) first.primary = true
  return [...points.values()]
}

/** Adds a point, or folds it into the one that says the same, and answers the one that stays. */
function addPoint(points: Map<string, CheckedPoint>, point: CheckedPoint): CheckedPoint {
  const key = pointKey(point)
  const same = points.get(key)
  if (!same) {
    points.set(key, point)
    return point
  }
  same.label ||= point.label
  same.primary ||= point.primary
  return same
}
