import { describe, expect, test } from 'vitest'
import { getDatamodel } from '#prisma/pothos.ts'
import type { AuditedRow } from '../../src/database/audited.ts'
import { pointKindList } from '../../src/modules/contacts/points.ts'
import { createWording, knownZone } from '../../src/modules/disclosure/report/wording.ts'
import { modules } from '../../src/modules/index.ts'

const wordingIn = (language: 'de' | 'en', timeZone = 'Europe/Berlin') =>
  createWording({ language, timeZone, names: new Map([['purpose', new Map([['news', 'Neuigkeiten']])]]), modules })

type Field = { name: string; type: string; kind: string; isList: boolean }
const models = getDatamodel().datamodel.models as unknown as Record<string, { fields: Field[] }>

/** A row with something in every column. */
const rowOf = (model: string) =>
  Object.fromEntries((models[model]?.fields ?? []).map((field) => [field.name, something(field)]))

function something({ type, isList }: Field) {
  if (isList) return ['x']
  if (type === 'DateTime') return new Date()
  if (type === 'Bytes') return Buffer.of(1)
  if (type === 'Json') return { x: 'x' }
  if (type === 'Boolean') return true
  return type === 'String' ? 'x' : 1
}

describe('the report', () => {
  test('calls by a name whatever the log can tell of a contact', () => {
    const told = modules.flatMap(({ audited = {} }) =>
      Object.entries(audited).flatMap(([model, describeRow]): AuditedRow[] => {
        const rows =
          model === 'ContactPoint' ? pointKindList.map(({ kind }) => ({ ...rowOf(model), kind })) : [rowOf(model)]
        return rows.map((row) => describeRow(row as never))
      }),
    )
    const about = told.filter(({ contactId }) => contactId)
    expect(about.length).toBeGreaterThan(20)
    const wording = wordingIn('de')
    const nameless = about.flatMap(({ entity, values }) => {
      const kind = wording.kindOf(entity)
      if (!kind) return [entity]
      return Object.keys(values)
        .filter((field) => wording.label(kind, field) === field)
        .map((field) => `${entity}.${field}`)
    })
    // Who of the staff it was is left out.
    expect(nameless).toEqual(['SubjectRequest.assignee', 'SubjectRequest.verifier', 'SubjectRequest.decider'])
  })

  test('tells moments in the time zone of the person, and days and local times as they are', () => {
    const [kind, iso] = [{ de: '', en: '' }, '2026-07-31T22:30:15.000Z']
    expect(wordingIn('de').value(kind, 'at', iso)).toBe('1. Aug. 2026, 00:30:15 MESZ')
    expect(wordingIn('en').value(kind, 'at', iso)).toBe('1 Aug 2026, 00:30:15 CEST')
    expect(wordingIn('en', 'America/New_York').value(kind, 'at', iso)).toBe('31 Jul 2026, 18:30:15 GMT-4')
    expect(wordingIn('de').value(kind, 'on', '2026-07-31')).toBe('31.07.2026')
    expect(wordingIn('de').value(kind, 'begin', '2026-07-31T22:30:00')).toBe('31.07.2026, 22:30:00')
    expect(knownZone('', 'nowhere/land', 'Asia/Tokyo')).toBe('Asia/Tokyo')
  })

  test('tells keys and codes by their names, numbers as they are written, and what nobody knows as it is', () => {
    const formats = {
      p: 'purpose',
      l: 'language',
      c: 'country',
      n: 'decimal',
      r: 'recurrence',
      o: 'operation',
    } as const
    const kind = { de: '', en: '', formats }
    const said = (field: string, value: string) =>
      ['de', 'en'].map((one) => wordingIn(one as 'de').value(kind, field, value))
    expect(said('p', 'news')).toEqual(['Neuigkeiten', 'Neuigkeiten'])
    expect(said('l', 'cy-GB')).toEqual(['Walisisch (Vereinigtes Königreich)', 'Welsh (United Kingdom)'])
    expect(said('c', 'GR')).toEqual(['Griechenland', 'Greece'])
    expect(said('n', '73313.07')).toEqual(['73313,07', '73313.07'])
    expect(said('r', 'FREQ=WEEKLY;INTERVAL=2')).toEqual([
      'alle 2 Wochen (FREQ=WEEKLY;INTERVAL=2)',
      'every 2 weeks (FREQ=WEEKLY;INTERVAL=2)',
    ])
    expect(said('o', 'updateContact')).toEqual(['Angaben geändert', 'data changed'])
    for (const field of Object.keys(formats))
      expect(said(field, 'no such thing')).toEqual(['no such thing', 'no such thing'])
  })
})
