import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerPdf } from '../../src/modules/lawfulness/register/export/pdf.ts'
import { textOfPdf } from '../disclosure/support.ts'
import { systemEntries } from '../support/log.ts'
import { beyondMargins } from '../support/pdf.ts'
import { openRegistry, type Registry } from './support.ts'

// The register of processing: what it may hold, what can't change any more, and how it is exported.

let registry: Registry
beforeAll(async () => {
  registry = await openRegistry()
})
afterAll(() => registry.close())

const named = (text: string, language = 'en') => [{ language, text }]

describe('a purpose', () => {
  test('says everything that Art. 30 GDPR asks for', async () => {
    const input = {
      key: 'hiring',
      names: [...named('Bewerbungen', 'de'), ...named('Applications')],
      descriptions: named('Auswahl von Bewerberinnen und Bewerbern.', 'de'),
      grounds: ['CONTRACT', 'CONSENT'],
      defaultValidity: 'P6M',
      dataSubjects: ['applicants'],
      dataCategories: ['identity', 'occupation'],
      recipients: ['Assessment GmbH'],
      transfers: ['USA: adequacy decision'],
      retentionClass: 'applications',
    }
    const fields = `key names { language text } name(language: DE) other: name descriptions { text } grounds defaultValidity
      dataSubjects dataCategories recipients transfers retentionClass { key period citation } noticeVersion retiredAt`
    const mutation = `mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { ${fields} } }`
    const { createPurpose } = await registry.ask(mutation, { input })
    expect(createPurpose).toEqual({
      ...input,
      name: 'Bewerbungen',
      other: 'Applications',
      descriptions: [{ text: 'Auswahl von Bewerberinnen und Bewerbern.' }],
      retentionClass: { key: 'applications', period: 'P6M', citation: '§ 15 Abs. 4 AGG, § 61b Abs. 1 ArbGG' },
      noticeVersion: 0,
      retiredAt: null,
    })
    const { purpose } = await registry.ask(`{ purpose(key: "hiring") { ${fields} } }`)
    expect(purpose).toEqual(createPurpose)
  })

  test('is refused with every fault', async () => {
    const mutation = 'mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }'
    const { faults } = await registry.fail(mutation, {
      input: {
        ...{ key: 'Not a key', names: [], grounds: [], defaultValidity: '2 years' },
        ...{ parent: 'nowhere', retentionClass: 'nowhere' },
      },
    })
    expect(faults.map(({ field }: { field: string }) => field).toSorted()).toEqual([
      'defaultValidity',
      'grounds',
      'key',
      'names',
      'parent',
      'retentionClass',
    ])
    const rest = { names: named('x'), grounds: ['CONSENT'] }
    await registry.createPurpose({ key: 'over' })
    await registry.ask('mutation { retirePurpose(key: "over") { key } }')
    for (const [field, input] of [
      ['key', { key: 'newsletter', ...rest }],
      ['parent', { key: 'lost', parent: 'nowhere', ...rest }],
      ['retentionClass', { key: 'lost', retentionClass: 'nowhere', ...rest }],
      ['parent', { key: 'lost', parent: 'over', ...rest }],
    ] as const) {
      expect((await registry.fail(mutation, { input })).faults[0].field).toBe(field)
    }
  })

  test('has versions that nobody adds without an entry in the log, or changes', async () => {
    const same = 'mutation { updatePurpose(key: "orders", input: { grounds: [CONTRACT, LEGAL_OBLIGATION] }) { key } }'
    expect(await registry.ask(same)).toBeTruthy()
    const { versions, id } = await registry.database.purpose.findUniqueOrThrow({
      where: { key: 'orders' },
      include: { versions: true },
    })
    expect(versions).toMatchObject([{ grounds: ['contract', 'legal_obligation'], specialCategories: false }])
    const [version] = versions
    const statements = [
      `INSERT INTO purpose_version VALUES ('${id}', gen_random_uuid(), '2020-01-01', '{consent}', false)`,
      `UPDATE purpose_version SET grounds = '{consent}' WHERE id = '${version?.id}'`,
      `DELETE FROM purpose_version WHERE id = '${version?.id}'`,
    ]
    for (const statement of statements) {
      await expect(registry.database.$executeRawUnsafe(statement)).rejects.toThrow(/LE00|permission denied/)
    }
  })

  test('keeps its place in the tree, and is never removed, whoever tries', async () => {
    const { withClient, ownerOf } = await import('../support/database.ts')
    await withClient(ownerOf(registry.config.databaseUrl ?? ''), async (owner) => {
      for (const statement of [
        `UPDATE purpose SET parent_key = NULL WHERE key = 'newsletter'`,
        `UPDATE purpose SET direct_marketing = false WHERE key = 'marketing'`,
        `DELETE FROM purpose WHERE key = 'analysis'`,
      ]) {
        await expect(owner.query(statement)).rejects.toMatchObject({ code: 'LE003' })
      }
    })
  })
})

describe('a notice', () => {
  const publish = `mutation ($texts: [LocalizedTextInput!]!) {
    publishNotice(purpose: "analysis", texts: $texts) { id version language text sha256 } }`

  test('is published in versions, each text with its hash, also when several publish at once', async () => {
    const texts = [...named('Wir werten aus.', 'de'), ...named('We analyse.')]
    await Promise.all([1, 2, 3].map(() => registry.ask(publish, { texts })))
    const { purpose } = await registry.ask(
      '{ purpose(key: "analysis") { noticeVersion notices { version language sha256 } } }',
    )
    expect(purpose.noticeVersion).toBe(3)
    expect(purpose.notices.slice(0, 2)).toEqual([
      { version: 3, language: 'de', sha256: createHash('sha256').update('Wir werten aus.').digest('hex') },
      { version: 3, language: 'en', sha256: createHash('sha256').update('We analyse.').digest('hex') },
    ])
    expect(purpose.notices).toHaveLength(6)
  })

  test('never changes', async () => {
    const { publishNotice } = await registry.ask(publish, { texts: named('First.') })
    const { withClient, ownerOf } = await import('../support/database.ts')
    await expect(
      withClient(ownerOf(registry.config.databaseUrl ?? ''), (owner) =>
        owner.query(`UPDATE notice SET text = 'Second.' WHERE id = $1`, [publishNotice[0].id]),
      ),
    ).rejects.toMatchObject({ code: 'LE003' })
  })
})

test('the retention classes of German law are there from the start', async () => {
  const { retentionClasses } = await registry.ask('{ retentionClasses { key period start action citation } }')
  expect(retentionClasses.map(({ key, period }: { key: string; period: string }) => [key, period])).toEqual([
    ['applications', 'P6M'],
    ['books', 'P10Y'],
    ['claims', 'P3Y'],
    ['commercial-letters', 'P6Y'],
    ['inactive-contacts', 'P2Y'],
    ['telephone-advertising-consent', 'P5Y'],
    ['vouchers', 'P8Y'],
    ['without-ground', 'P1M'],
  ])
})

describe('the export', () => {
  const query = (language: string) => `{ processingRegister(language: ${language}) { generatedAt json pdf pdfSha256 } }`

  test('has every purpose below what it is part of, with measures, as JSON', async () => {
    const { processingRegister } = await registry.ask(query('DE'))
    const { schema, processings, measures } = processingRegister.json
    expect(schema).toBe('lethe-processing-register/1')
    const keys = processings.map(({ key, depth }: { key: string; depth: number }) => `${depth} ${key}`)
    expect(keys).toEqual(expect.arrayContaining(['0 marketing', '1 newsletter', '2 newsletter.events', '1 phone']))
    expect(keys.indexOf('0 marketing')).toBeLessThan(keys.indexOf('1 newsletter'))
    expect(processings.find(({ key }: { key: string }) => key === 'phone')).toMatchObject({
      partOf: 'marketing',
      grounds: ['consent'],
      retentionClass: { period: 'P5Y', citation: '§ 7a Abs. 2 UWG' },
    })
    expect(measures.length).toBeGreaterThan(5)
  })

  test('is a PDF, with its fonts in it, in German and in English', async () => {
    for (const language of ['DE', 'EN']) {
      const { processingRegister } = await registry.ask(query(language))
      const pdf = Buffer.from(processingRegister.pdf, 'base64')
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
      expect(pdf.toString('latin1')).toMatch(/\/FontFile2/)
      expect(processingRegister.pdfSha256).toBe(createHash('sha256').update(pdf).digest('hex'))
    }
  })

  test('stays within its pages, however long the words', async () => {
    const long = `https://example.org/${'W'.repeat(400)}`
    const named = (text: string) => [{ language: 'en', text }]
    const texts = { names: named('W'.repeat(200)), descriptions: named(`See ${long} there, ${'W'.repeat(39)}`) }
    const input = { key: 'long', ...texts, recipients: [long], grounds: ['CONTRACT'] }
    await registry.createPurpose(input)
    const { processingRegister } = await registry.ask(query('EN'))
    const pdf = Buffer.from(processingRegister.pdf, 'base64')
    expect(await textOfPdf(pdf)).toContain('W'.repeat(200))
    expect(await beyondMargins(pdf)).toEqual([])
  })

  test('is made while others are served', async () => {
    const { json } = (await registry.ask(query('DE'))).processingRegister
    const large = { ...json, processings: Array.from({ length: 30 }, () => json.processings).flat() }
    const waits: number[] = []
    const began = performance.now()
    let before = began
    const watch = setInterval(() => {
      waits.push(performance.now() - before)
      before = performance.now()
    }, 5)
    expect((await registerPdf({}, large)).length).toBeGreaterThan(10_000)
    clearInterval(watch)
    waits.push(performance.now() - before)
    expect(Math.max(...waits)).toBeLessThan((performance.now() - began) / 2)
  })

  test('is told to the log', async () => {
    const before = await systemEntries(registry.database, { action: 'read', operation: 'processingRegister' })
    await registry.ask(query('DE'))
    const after = await systemEntries(registry.database, { action: 'read', operation: 'processingRegister' })
    expect(after.slice(before.length)).toMatchObject([{ changes: { processingRegister: { new: { language: 'de' } } } }])
  })
})
