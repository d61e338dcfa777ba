import type { ContactPoint } from '#prisma/client.ts'
import type { Fault } from '../../graphql/errors.ts'
import { MAX_POINTS } from './check.ts'
import { checkPoint, type PointDrafts, pointKey } from './check-points.ts'
import { checkMoment } from './check-values.ts'
import type { CheckedPoint, PointKind } from './draft.ts'
import { pointKinds } from './points.ts'

/** What is to change among the contact points of one kind. */
export type PointChanges<K extends PointKind = PointKind> = {
  kind: K
  add: readonly PointDrafts[K][]
  change: readonly ({ [P in keyof PointDrafts[K]]?: PointDrafts[K][P] | null | undefined } & {
    id: string
    verifiedAt?: Date | null | undefined
  })[]
  remove: readonly string[]
}

/** The writes that a change comes to; `update` in an order in which never two points are primary. */
export type PointWrites = {
  create: CheckedPoint[]
  update: (CheckedPoint & Known & { id: string })[]
  remove: string[]
}

/** What is known of an address, which is not so of another one. */
type Known = Pick<ContactPoint, 'verifiedAt' | 'undeliverableAt'>

type Draftable = CheckedPoint & Known & { id?: string }

/**
 * Plans the changes of one kind: checks every draft, keeps exactly one point primary, lets a changed address lose its
 * verification, and leaves out what changes nothing.
 */
export function planPointChanges<K extends PointKind>(
  existing: readonly ContactPoint[],
  { kind, add, change, remove }: PointChanges<K>,
  faults: Fault[],
  options: { defaultCountry?: string },
): PointWrites {
  const names = pathNames(kind)
  const kept: Draftable[] = []
  const known = existing.filter((point) => point.kind === kind).map((point) => ({ ...point, kind }))
  faults.push(...idFaults(names, known, change, remove))
  let wanted: Draftable | undefined
  const prefer = (point: Draftable, path: string) => {
    if (wanted && wanted !== point) faults.push({ field: path, message: 'Only one of a kind can be primary.' })
    wanted = point
  }

  for (const point of known.filter(({ id }) => !remove.includes(id))) {
    const index = change.findIndex(({ id }) => id === point.id)
    const given = change[index]
    if (!given) {
      kept.push(point)
      continue
    }
    const path = `${names.change}.${index}`
    const checked = checkPoint(kind, { ...asDraft(point), ...supplied(given) }, path, options)
    faults.push(...checked.faults)
    if (!checked.point) continue
    if (given.verifiedAt) checkMoment(given.verifiedAt, `${path}.verifiedAt`, faults)
    const isSame = checked.point.value === point.value && checked.point.service === point.service
    const verifiedAt = given.verifiedAt !== undefined ? given.verifiedAt : isSame ? point.verifiedAt : null
    const undeliverableAt = isSame && !given.verifiedAt ? point.undeliverableAt : null
    const next = { ...checked.point, id: point.id, verifiedAt, undeliverableAt }
    kept.push(next)
    if (given.primary) prefer(next, `${path}.primary`)
  }
  change.forEach(({ id }, index) => {
    const [before, after] = [known, kept].map((points) => points.find((point) => point.id === id))
    if (!before || !after || pointKey(before) === pointKey(after)) return
    if (kept.some((other) => other !== after && pointKey(other) === pointKey(after))) {
      faults.push({ field: `${names.change}.${index}`, message: 'The contact has this one already.' })
    }
  })
  add.forEach((draft, index) => {
    const path = `${names.add}.${index}`
    const checked = checkPoint(kind, draft, path, options)
    faults.push(...checked.faults)
    if (!checked.point) return
    const key = pointKey(checked.point)
    const same = kept.find((point) => pointKey(point) === key)
    const next = same ?? { ...checked.point, verifiedAt: null, undeliverableAt: null }
    if (!same) kept.push(next)
    if (draft.primary) prefer(next, `${path}.primary`)
  })

  if (add.length > 0 && kept.length > MAX_POINTS) {
    faults.push({ field: names.add, message: `Must not make more than ${MAX_POINTS}; would make ${kept.length}.` })
  }

  const primary = wanted ?? kept.find((point) => point.primary) ?? kept[0]
  const final = kept.map((point) => ({ ...point, primary: point === primary }))
  const update = final.flatMap((point) => (point.id && differs(point, known) ? [{ ...point, id: point.id }] : []))
  return {
    create: final.flatMap(({ id, verifiedAt: _none, undeliverableAt: _neither, ...point }) => (id ? [] : [point])),
    update: update.sort((a, b) => Number(a.primary) - Number(b.primary)),
    remove: known.filter(({ id }) => remove.includes(id)).map(({ id }) => id),
  }
}

/** Ids that the contact doesn't have, or that are named where only one of several would have an effect. */
function idFaults(
  names: ReturnType<typeof pathNames>,
  known: readonly Draftable[],
  change: readonly { id: string }[],
  remove: readonly string[],
): Fault[] {
  const changed = change.map(({ id }) => id)
  const fault = (ids: readonly string[], id: string, index: number, elsewhere: readonly string[]) => {
    if (!known.some((point) => point.id === id)) return 'The contact has none with this id.'
    return ids.indexOf(id) < index || elsewhere.includes(id) ? 'Is named twice.' : undefined
  }
  const faultsOf = (list: string, ids: readonly string[], elsewhere: readonly string[]) =>
    ids.flatMap((id, index) => {
      const message = fault(ids, id, index, elsewhere)
      return message ? [{ field: `${list}.${index}`, message }] : []
    })
  return [...faultsOf(names.change, changed, remove), ...faultsOf(names.remove, remove, [])]
}

/** `emails` → `addEmails`, `updateEmails`, `removeEmails`: the names in the input, for faults. */
export function pathNames(kind: PointKind): { add: string; change: string; remove: string } {
  const { field } = pointKinds[kind]
  const name = field.charAt(0).toUpperCase() + field.slice(1)
  return { add: `add${name}`, change: `update${name}`, remove: `remove${name}` }
}

/** A stored point as the draft of every kind at once; each kind reads its own part. */
const asDraft = (point: CheckedPoint) => ({
  ...point,
  address: point.value,
  number: point.value,
  url: point.value,
  handle: point.value,
})

const supplied = <T extends object>(given: T): Partial<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T> // fromEntries forgets keys

const columns = ['label', 'primary', 'value', 'service', 'street', 'postalCode', 'city', 'region', 'country'] as const

function differs(point: Draftable, known: readonly Draftable[]) {
  const before = known.find(({ id }) => id === point.id)
  if (!before) return true
  return (
    columns.some((column) => before[column] !== point[column]) ||
    before.verifiedAt?.getTime() !== point.verifiedAt?.getTime() ||
    before.undeliverableAt?.getTime() !== point.undeliverableAt?.getTime()
  )
}
