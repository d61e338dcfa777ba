import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { seenContacts } from '../../contacts/sight.ts'
import { pending } from '../../erasure/state.ts'
import { byHand } from '../../retention/rules/restriction.ts'
import { askedByOthers } from './asked.ts'
import type { ReactionKind, SkipReason } from './kinds.ts'

/** `id`: of the reaction that is being done, which does not stand in its own way. */
type Judging = { context: Context; kind: ReactionKind; id?: string | undefined }

/**
 * With whom something can be done, and with whom why not: `SELECT contact_id, id, basis_id, purpose_key, reason`, where the reason is NULL
 * for those with whom it can. The preview counts by it, and the worker goes by it: so both say the same.
 *
 * @param subjects SQL with `contact_id`, `id`, `basis_id` and `purpose_key`.
 */
export function judged({ context, kind, id }: Judging, subjects: Prisma.Sql): Prisma.Sql {
  const reasons = conditionsOf(context, id)[kind].map(
    ([reason, condition]) => Prisma.sql`WHEN ${condition} THEN ${told(context, reason)}`,
  )
  return Prisma.sql`
    SELECT s.contact_id, s.id, s.basis_id, s.purpose_key, CASE
      WHEN c.contact_id IS NULL OR c.merged_into_id IS NOT NULL THEN 'gone'
      ${Prisma.join(reasons, ' ')} END AS reason
    FROM (${subjects}) s LEFT JOIN ${seenContacts(context)} c ON c.contact_id = s.contact_id
    LEFT JOIN purpose u ON u.key = s.purpose_key`
}

/** The right to read what a reason tells of somebody; who lacks it hears that it can't be done, and no more. */
const tellsOf: Partial<Record<SkipReason, string>> = {
  child: 'contacts.birthDate',
  no_address: 'contacts.email',
  being_erased: 'erasure.erasures',
  restricted: 'lawfulness.basis',
  said_no: 'lawfulness.basis',
  asked_already: 'lawfulness.basis',
  consents: 'lawfulness.basis',
}

function told({ rights }: Context, reason: SkipReason): SkipReason {
  const right = tellsOf[reason]
  return right === undefined || rights.canRead(right) ? reason : 'refused'
}

const now = Prisma.sql`statement_timestamp()`
const beingErased = Prisma.sql`EXISTS (SELECT FROM erasure_subject x JOIN erasure e ON e.id = x.erasure_id
  WHERE x.contact_id = s.contact_id AND e.state = ANY(${[...pending]}::text[]) AND e.categories = '{}')`

/** The purpose itself, and what it is part of: a withdrawal of that is one of this. */
const line = Prisma.sql`ARRAY(WITH RECURSIVE above AS (
    SELECT key, parent_key FROM purpose WHERE key = s.purpose_key
    UNION SELECT p.key, p.parent_key FROM purpose p JOIN above a ON p.key = a.parent_key
  ) SELECT key FROM above)`

const saidNo = Prisma.sql`EXISTS (SELECT FROM lawful_basis_period p
  WHERE p.contact_id = s.contact_id AND p.purpose_key = ANY(${line}) AND p.ground = 'consent' AND NOT p.is_valid
    AND p.valid_from <= ${now} AND (p.valid_until IS NULL OR p.valid_until > ${now}))`

/** Nobody is asked for what they gave for as long as they like: only what ends is worth a question. */
const consents = Prisma.sql`EXISTS (SELECT FROM lawful_basis_period p
  WHERE p.contact_id = s.contact_id AND p.purpose_key = s.purpose_key AND p.ground = 'consent' AND p.is_valid
    AND p.valid_from <= ${now} AND p.valid_until IS NULL)`

/** No mails go to who objected, for whatever ground: asking for consent to advertising is advertising itself. */
const objected = Prisma.sql`EXISTS (SELECT FROM lawful_basis_event o
  WHERE o.contact_id = s.contact_id AND o.kind = 'objected' AND o.purpose_key = ANY(${line})
    AND NOT EXISTS (SELECT FROM lawful_basis_event x WHERE x.contact_id = o.contact_id AND x.kind = 'retracted' AND x.basis_id = o.id)
    AND NOT EXISTS (SELECT FROM lawful_basis_event g WHERE g.contact_id = o.contact_id AND g.purpose_key = s.purpose_key
      AND g.kind IN ('given', 'confirmed') AND g.ground = 'consent' AND g.occurred_at > o.occurred_at))`

type Conditions = readonly (readonly [SkipReason, Prisma.Sql])[]

function conditionsOf(
  { restrictions = [] }: Context,
  id: string | undefined,
): Readonly<Record<ReactionKind, Conditions>> {
  const inForce = restrictions.map(({ inForce: some }) => Prisma.sql`SELECT r.contact_id FROM (${some}) r`)
  const restricted =
    inForce.length > 0 ? Prisma.sql`s.contact_id IN (${Prisma.join(inForce, ' UNION ALL ')})` : Prisma.sql`false`
  const holds = Prisma.sql`EXISTS (SELECT FROM lawful_basis_period p
    WHERE p.contact_id = s.contact_id AND p.event_id = s.basis_id AND p.is_valid AND p.valid_from <= ${now}
      AND (p.valid_until IS NULL OR p.valid_until > ${now}))`
  const isConsent = Prisma.sql`EXISTS (SELECT FROM lawful_basis_event b
    WHERE b.contact_id = s.contact_id AND b.id = s.basis_id AND b.ground = 'consent')`
  const inUse = Prisma.sql`u.key IS NOT NULL AND (u.retired_at IS NULL OR u.retired_at > ${now})`
  return {
    renew: [
      ['being_erased', beingErased],
      ['consent', isConsent],
      ['no_ground', Prisma.sql`NOT (${inUse} AND ${holds})`],
      ['restricted', restricted],
    ],
    ask_for_consent: [
      ['being_erased', beingErased],
      ['not_asked_for', Prisma.sql`NOT (${inUse} AND 'consent' = ANY(u.grounds))`],
      ['restricted', restricted],
      ['said_no', Prisma.sql`(${saidNo} OR ${objected})`],
      ['consents', consents],
      ['asked_already', askedByOthers(id)],
      ['child', Prisma.sql`c.birth_date + interval '16 years' > ${now}`],
      [
        'no_address',
        Prisma.sql`NOT EXISTS (SELECT FROM contact_point a
          WHERE a.contact_id = s.contact_id AND a.kind = 'email' AND a.undeliverable_at IS NULL)`,
      ],
    ],
    restrict: [['restricted', restricted]],
    lift_restriction: [
      [
        'not_restricted',
        Prisma.sql`NOT EXISTS (SELECT FROM retention_restriction r
          WHERE r.contact_id = s.contact_id AND r.ended_at IS NULL AND r.rule_key = ${byHand})`,
      ],
    ],
    erase: [['being_erased', beingErased]],
  }
}
