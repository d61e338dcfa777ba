import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import type { LawEvent, LawPurpose, Purposes } from '../../src/modules/lawfulness/law/types.ts'

// Random histories of legal grounds, in whole days before now; what begins or ends may also lie ahead.

const allGrounds = [
  'consent',
  'contract',
  'legal_obligation',
  'vital_interests',
  'public_task',
  'legitimate_interests',
] as const

const purpose = (key: string, rest: Partial<LawPurpose> = {}): LawPurpose => ({
  key,
  parentKey: null,
  grounds: [...allGrounds],
  specialCategories: false,
  directMarketing: false,
  retiredAt: null,
  ...rest,
})

/** Two trees: direct marketing, and another one; with special categories, few grounds, and one that is retired. */
export const registerOfModel: Purposes = new Map(
  [
    purpose('marketing', { directMarketing: true }),
    purpose('news', { parentKey: 'marketing' }),
    purpose('news.events', { parentKey: 'news', grounds: ['consent', 'legitimate_interests'] }),
    purpose('service'),
    purpose('service.usage', { parentKey: 'service' }),
    purpose('health', { parentKey: 'service', specialCategories: true }),
    purpose('over', { retiredAt: new Date(Date.now() - 1000) }),
  ].map((one) => [one.key, one]),
)

const day = 86_400_000

const step = fc.record({
  kind: fc.constantFrom(
    ...([
      'given',
      'given',
      'given',
      'requested',
      'confirmed',
      'confirmed',
      'refused',
      'withdrawn',
      'objected',
      'renewed',
    ] as const),
    ...(['retracted', 'used'] as const),
  ),
  purpose: fc.constantFrom(...registerOfModel.keys()),
  ground: fc.constantFrom('consent', 'consent', 'consent', 'legitimate_interests', ...allGrounds),
  ago: fc.integer({ min: 1, max: 40 }),
  delay: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 })),
  length: fc.option(fc.integer({ min: 1, max: 60 })),
  which: fc.nat(),
  special: fc.boolean(),
  byGuardian: fc.boolean(),
  despiteObjection: fc.boolean(),
  imported: fc.boolean(),
})

/** What one person's history holds, and when they turn 16: in so many days, or nobody knows. */
export const history = fc.record({
  steps: fc.array(step, { maxLength: 14 }),
  sixteenIn: fc.option(fc.integer({ min: -45, max: 10 })),
})

/** The kinds that each refers to. */
const refersTo: Partial<Record<LawEvent['kind'], readonly LawEvent['kind'][]>> = {
  confirmed: ['requested'],
  refused: ['requested'],
  renewed: ['given', 'confirmed'],
  used: ['given', 'confirmed'],
  retracted: ['given', 'confirmed', 'refused', 'withdrawn', 'objected'],
}

type History = typeof history extends fc.Arbitrary<infer T> ? T : never

/** A history's events and birth date, as of now. */
export function eventsOf({ steps, sixteenIn }: History, now: Date): { events: LawEvent[]; birthDate: Date | null } {
  const at = (days: number) => new Date(now.getTime() + days * day)
  const events: LawEvent[] = []
  for (const one of steps) {
    const wanted = refersTo[one.kind]
    const possible = events.filter(({ kind }) => wanted?.includes(kind))
    const basis = wanted && (one.kind !== 'refused' || one.special) ? possible[one.which % possible.length] : undefined
    // One can refuse without having been asked here.
    if (wanted && !basis && one.kind !== 'refused') continue
    const isClaim = one.kind === 'given' || one.kind === 'confirmed'
    const ends = isClaim || one.kind === 'renewed'
    const from = (isClaim ? one.delay : 0) - one.ago
    const ground = ['requested', 'confirmed', 'refused', 'withdrawn'].includes(one.kind) ? 'consent' : one.ground
    events.push({
      id: uuidv7(),
      kind: one.kind,
      purposeKey: basis?.purposeKey ?? one.purpose,
      ground: one.kind === 'objected' ? null : ground,
      occurredAt: at(-one.ago),
      recordedAt: now,
      validFrom: isClaim ? at(from) : null,
      validUntil: ends && one.length !== null ? at(from + one.length) : null,
      confirmUntil: one.kind === 'requested' ? at((one.length ?? 30) - one.ago) : null,
      basisId: basis?.id ?? null,
      specialGround: one.special ? 'health_care' : null,
      byGuardian: one.byGuardian,
      despiteObjection: one.despiteObjection,
      importId: one.imported && one.kind === 'given' ? '00000000-0000-7000-8000-000000000000' : null,
    })
  }
  return { events, birthDate: sixteenIn === null ? null : birthDateOf(at(sixteenIn)) }
}

function birthDateOf(sixteenth: Date): Date {
  const date = new Date(sixteenth)
  date.setUTCHours(0, 0, 0, 0)
  date.setUTCFullYear(date.getUTCFullYear() - 16)
  return date
}
