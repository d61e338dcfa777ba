import type { ContactPoint } from '#prisma/client.ts'
import { checkPoint, type PointDrafts } from './check-points.ts'
import type { CheckedPoint, Fault, PointKind } from './draft.ts'
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
  update: (CheckedPoint & { id: string; verifiedAt: Date | null })[]
  remove: string[]
}

type Draftable = CheckedPoint & { id?: string; verifiedAt: Date | null }

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
  for (const [list, ids] of [[names.change, change.map(({ id }) => id)], [names.remove, remove]] as const) {
    ids.forEach((id, index) => {
      if (!known.some((point) => point.id === id)) faults.push({ field: `${list}.${index}`, message: 'The contact has none with this id.' })
    })
  }
  let wanted: Draftable | undefined
  const prefer = (point: Draftable, path: string) => {
    if (wanted) faults.push({ field: path, message: 'Only one of a kind can be primary.' })
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
    const sameValue = checked.point.value === point.value
    const verifiedAt = given.verifiedAt !== undefined ? given.verifiedAt : sameValue ? point.verifiedAt : null
    const next = { ...checked.point, id: point.id, verifiedAt }
    kept.push(next)
    if (given.primary) prefer(next, `${path}.primary`)
  }
  add.forEach((draft, index) => {
    const path = `${names.add}.${index}`
    const checked = checkPoint(kind, draft, path, options)
    faults.push(...checked.faults)
    if (!checked.point) return
    const same = kept.find((point) => point.service === checked.point?.service && point.value === checked.point.value)
    const next = same ?? { ...checked.point, verifiedAt: null }
    if (!same) kept.push(next)
    if (draft.primary) prefer(next, `${path}.primary`)
  })

  const primary = wanted ?? kept.find((point) => point.primary) ?? kept[0]
  const final = kept.map((point) => ({ ...point, primary: point === primary }))
  const update = final.flatMap((point) => (point.id && differs(point, known) ? [{ ...point, id: point.id }] : []))
  return {
    create: final.flatMap(({ id, verifiedAt: _none, ...point }) => (id ? [] : [point])),
    update: update.sort((a, b) => Number(a.primary) - Number(b.primary)),
    remove: known.filter(({ id }) => remove.includes(id)).map(({ id }) => id),
  }
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
  return columns.some((column) => before[column] !== point[column]) || before.verifiedAt?.getTime() !== point.verifiedAt?.getTime()
}
