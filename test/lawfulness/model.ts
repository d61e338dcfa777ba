import type { LegalGround } from '#prisma/client.ts'
import { type LawEvent, lineOf, type Purposes } from '../../src/modules/lawfulness/law/types.ts'

// The law once more, as simple as can be: not as a walk through time, but as questions about each claim by itself.

const atWill: readonly LegalGround[] = ['consent', 'public_task', 'legitimate_interests']
const forever = Number.POSITIVE_INFINITY
const time = (date: Date | null) => date?.getTime() ?? forever

/** Whether somebody may be processed for a purpose at a moment. */
export function mayProcess(
  events: readonly LawEvent[],
  purposes: Purposes,
  { purpose: key, at, birthDate }: { purpose: string; at: Date; birthDate: Date | null },
): boolean {
  const purpose = purposes.get(key)
  if (!purpose || (purpose.retiredAt && purpose.retiredAt <= at)) return false
  const line = lineOf(purposes, key)
  const marketing = line.some((one) => purposes.get(one)?.directMarketing)
  const undone = new Set(events.filter(({ kind }) => kind === 'retracted').map(({ basisId }) => basisId))
  const all = events
    .filter(({ id }) => !undone.has(id))
    .filter((one) => one.purposeKey === key || (isRestriction(one) && line.includes(one.purposeKey)))
    .toSorted((one, other) => time(one.occurredAt) - time(other.occurredAt) || (one.id < other.id ? -1 : 1))

  const ends = (event: LawEvent, ground: LegalGround) => {
    if (event.kind === 'withdrawn' || isNo(event)) return ground === 'consent'
    return event.kind === 'objected' && (marketing || ground === 'public_task' || ground === 'legitimate_interests')
  }

  /** Whether a claim counts, by what came before it. */
  function counts(index: number): boolean {
    const claim = all[index]
    if (!claim?.ground || (claim.kind !== 'given' && claim.kind !== 'confirmed')) return false
    const { ground } = claim
    if (claim.kind === 'confirmed' && requestOf(index) === undefined) return false
    const before = all.slice(0, index)
    const objected = before.some(({ kind }) => kind === 'objected')
    if (objected && marketing && ground !== 'consent') return false
    if (objected && ends({ ...claim, kind: 'objected' }, ground) && !marketing && !claim.despiteObjection) return false
    if (claim.importId === null) return true
    if (before.some(isRestriction) && atWill.includes(ground)) return false
    if (before.some(({ kind }) => kind === 'refused') && ground === 'consent') return false
    return !before.some(
      (other, place) =>
        other.ground === ground &&
        counts(place) &&
        Math.max(begin(other), begin(claim)) < Math.min(end(place, index), time(claim.validUntil)),
    )
  }

  /** The pending request that a confirmation confirms. */
  function requestOf(index: number): LawEvent | undefined {
    const confirmation = all[index]
    const place = all.findIndex(({ id, kind }) => kind === 'requested' && id === confirmation?.basisId)
    const request = all[place]
    if (!confirmation || !request || place > index || time(request.confirmUntil) <= time(confirmation.occurredAt)) {
      return undefined
    }
    const between = all.slice(place + 1, index)
    const isOver = between.some(
      (event) =>
        event.kind === 'withdrawn' ||
        isNo(event) ||
        (event.kind === 'objected' && marketing) ||
        ((event.kind === 'confirmed' || event.kind === 'refused') && event.basisId === request.id),
    )
    return isOver ? undefined : request
  }

  const begin = ({ validFrom, occurredAt }: LawEvent) => time(validFrom ?? occurredAt)

  /** When a claim ends, by what came before `until`. */
  function end(place: number, until = all.length): number {
    const claim = all[place]
    if (!claim?.ground) return Number.NEGATIVE_INFINITY
    let [ending, isCut] = [time(claim.validUntil), false]
    for (let index = place + 1; index < until; index++) {
      const event = all[index]
      if (!event) continue
      const replaces = event.ground === claim.ground && counts(index)
      if (ends(event, claim.ground) || replaces) {
        const cut = replaces ? begin(event) : time(event.occurredAt)
        if (cut < ending) [ending, isCut] = [cut, true]
      } else if (event.kind === 'renewed' && event.basisId === claim.id && !isCut && ending > time(event.occurredAt)) {
        ending = time(event.validUntil)
        for (const [other, next] of all.slice(0, index).entries()) {
          const isNext = other !== place && next.ground === claim.ground && counts(other)
          if (isNext && begin(next) >= time(event.occurredAt) && begin(next) < Math.min(ending, end(other, index))) {
            ;[ending, isCut] = [begin(next), true]
          }
        }
      }
    }
    return ending
  }

  return all.some((claim, index) => {
    if (!claim.ground || !counts(index) || begin(claim) > time(at) || end(index) <= time(at)) return false
    const request = claim.kind === 'confirmed' ? requestOf(index) : undefined
    if (!purpose.grounds.includes(claim.ground)) return false
    if (purpose.specialCategories && !(claim.specialGround ?? request?.specialGround)) return false
    const alone = claim.ground === 'consent' && !claim.byGuardian && !request?.byGuardian
    return !(alone && birthDate && claim.occurredAt < sixteenth(birthDate))
  })
}

/** No to the purpose, and not to one request. */
const isNo = ({ kind, basisId }: LawEvent) => kind === 'refused' && basisId === null

const isRestriction = ({ kind }: LawEvent) => kind === 'withdrawn' || kind === 'objected'

const sixteenth = (birthDate: Date) => {
  const birthday = new Date(birthDate)
  birthday.setUTCFullYear(birthday.getUTCFullYear() + 16)
  return birthday
}
