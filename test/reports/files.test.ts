import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { array, assert, boolean, property, string } from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { executeErasure } from '../../src/modules/erasure/engine/execute.ts'
import { harmless } from '../../src/modules/reports/files/csv.ts'
import { eraseExpiredFiles } from '../../src/modules/reports/files/housekeeping.ts'
import { widthsOf } from '../../src/modules/reports/files/widths.ts'
import { withClearFaults } from '../../src/storage/faults.ts'
import { openFolder } from '../../src/storage/folder.ts'
import { type Data, textOfPdf, unzip } from '../disclosure/support.ts'
import { facts, wholeContact } from '../support/erasure.ts'
import { systemEntries } from '../support/log.ts'
import { beyondMargins } from '../support/pdf.ts'
import { creating, type Desk, openDesk, tagged } from './files-support.ts'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

const long = 'Zqlong '.repeat(14_286).slice(0, 100_000)

/** Values as nobody should have entered them. */
const hostile: Readonly<Record<string, string>> = {
  formula: '=HYPERLINK("https://evil.example";"Zq")',
  plus: '+49 30 1',
  minus: "-1+cmd|'/c calc'!A1",
  at: '@SUM(A1)',
  space: ' \u200b=1+1',
  inner: 'a;=1+1,@x\n-2',
  wide: '＝1+1',
  control: 'Zq\u0001\u0007\u001bend',
  arabic: 'محمد \u202eلأحمد',
  hebrew: 'שרה כהן',
  emoji: '👩‍👩‍👧 🎂',
  markup: '<b>&amp;</b> #strong[x] _x0041_',
  quotes: '"Zq", \'x\'',
  long,
}

const all = Object.keys(hostile)

/** A contact each, in this order. */
async function seedHostile() {
  for (const [index, [name, value]] of Object.entries(hostile).entries()) {
    const id = await desk.contact({ givenName: 'Ida', tags: ['hostile'], birthDate: '1950-03-01' })
    await desk.write('UPDATE contact SET organisation = $2, job_title = $3, created_at = $4 WHERE contact_id = $1', [
      ...[desk.uuid(id), value, name, new Date(Date.UTC(2026, 0, 1, 12, index))],
    ])
  }
}

const columns = ['jobTitle', 'organisation', 'birthDate', 'createdAt', 'tags', 'restricted', 'contact']
const inOrder = { orderBy: [{ column: 'createdAt', direction: 'ASC' }] }

describe('what is in a file', () => {
  beforeAll(seedHostile)

  test('of CSV no spreadsheet runs, whichever separator it is told, and the rest is as it was', async () => {
    const report = tagged('hostile', columns, inOrder)
    const csv = await desk.file({ report, format: 'CSV', language: 'DE' })
    expect(csv.subarray(0, 3)).toEqual(Buffer.of(0xef, 0xbb, 0xbf))
    const text = csv.toString()
    const rows: string[][] = parse(text, { bom: true, delimiter: ';' })
    expect(rows[0]).toEqual([
      ...[
        'Position',
        'Organisation',
        'Geburtsdatum',
        'Angelegt am (UTC)',
        'Schlagwörter',
        'Verarbeitung eingeschränkt',
      ],
      'Kontakt',
    ])
    const values = new Map(rows.slice(1).map(([name = '', value = '']) => [name, value]))
    expect([...values.keys()]).toEqual(all)
    expect(values.get('formula')).toBe(`'${hostile['formula']}`)
    expect(values.get('plus')).toBe("'+49 30 1")
    expect(values.get('inner')).toBe("a;'=1+1,'@x\n'-2")
    expect(values.get('control')).toBe('Zqend')
    expect(values.get('emoji')).toBe(hostile['emoji'])
    expect(values.get('long')).toBe(long)
    expect(rows[1]?.slice(2, 6)).toEqual(['1950-03-01', '2026-01-01 12:00:00', 'hostile', 'nein'])
    // As a spreadsheet that takes another separator reads it, or one that reads it line by line.
    for (const delimiter of [';', ',', '\t', '|']) {
      const cells: string[] = parse(text, { bom: true, delimiter, relax_column_count: true, relax_quotes: true }).flat()
      expect(
        cells.filter((cell) => /^[\s"'\p{Cf}]*[=+\-@＝]/u.test(cell) && !/^\s*"?[\s\p{Cf}]*'/u.test(cell)),
      ).toEqual([])
    }
    const plain = await desk.file({
      ...{ report, format: 'CSV', language: 'EN' },
      csv: { byteOrderMark: false, separator: 'TAB' },
    })
    expect(plain.toString().split('\r\n')[0]).toBe(
      'Job title\tOrganisation\tDate of birth\tEntered at (UTC)\tTags\tProcessing restricted\tContact',
    )
  })

  test('of XLSX is text where it is text, and numbers, days and moments where they are such', async () => {
    const xlsx = await desk.file({ report: tagged('hostile', columns, inOrder), format: 'XLSX', language: 'DE' })
    const parts = await unzip(xlsx)
    expect([...parts.keys()]).toContain('xl/worksheets/sheet1.xml')
    const sheet = parts.get('xl/worksheets/sheet1.xml')?.toString() ?? ''
    // No cell is a formula, and nothing stands there that XML can't hold.
    expect(sheet).not.toContain('<f')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is meant
    expect(sheet).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/)
    const texts = [...sheet.matchAll(/<c r="B(\d+)"[^>]*t="inlineStr"><is><t[^>]*>([^<]*)</g)].map(([, , text]) => text)
    expect(texts.slice(1)).toHaveLength(all.length)
    expect(texts).toContain('=HYPERLINK("https://evil.example";"Zq")')
    expect(texts).toContain('&lt;b&gt;&amp;amp;&lt;/b&gt; #strong[x] _x005F_x0041_')
    expect(Math.max(...texts.map((text) => text?.length ?? 0))).toBe(32_767)
    // 1950-03-01, and 2026-01-01 12:00, as spreadsheets count.
    expect(sheet).toMatch(/<c r="C2"[^>]*><v>18323<\/v>/)
    expect(sheet).toMatch(/<c r="D2"[^>]*><v>46023\.5<\/v>/)
    expect(sheet).toMatch(/<c r="F2" t="b"[^>]*><v>0<\/v>/)
  })

  test('of JSON Lines is everything, as it is', async () => {
    const lines = await desk.file({ report: tagged('hostile', columns, inOrder), format: 'JSON_LINES' })
    const rows: Data[] = lines
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(Object.fromEntries(rows.map(({ jobTitle, organisation }) => [jobTitle, organisation]))).toEqual(hostile)
    expect(rows[0]).toMatchObject({
      ...{ birthDate: '1950-03-01', createdAt: '2026-01-01T12:00:00.000Z', tags: ['hostile'], restricted: false },
      contact: expect.stringMatching(/^[A-Za-z0-9+/=]+$/),
    })
  })

  test('of a PDF is within its margins, in every script, and cut where it is too long for paper', async () => {
    const report = tagged('hostile', ['jobTitle', 'organisation', 'createdAt'], inOrder)
    const pdf = await desk.file({ report, format: 'PDF', language: 'DE' })
    expect(await beyondMargins(pdf)).toEqual([])
    const text = await textOfPdf(pdf)
    for (const words of [
      '#strong[x]',
      '=HYPERLINK',
      'Angelegt',
      '01.01.2026,12:00',
      'שרהכהן'.slice(0, 3),
      'ErstelltfürAdministrator',
    ])
      expect(text).toContain(words)
    expect(text).toContain('[98000weitereZeichen')
  })

  test('of a report that groups is what is counted, and in a PDF a chart that says it in words', async () => {
    for (const language of ['de', 'de', 'en', 'fr-CA', 'cy'])
      await desk.contact({ givenName: 'Ida', tags: ['counted'], language })
    const report = tagged('counted', ['displayName'], { groupBy: ['language'] })
    const csv = await desk.file({ report, format: 'CSV', content: 'GROUPS', language: 'EN' })
    expect(parse(csv, { bom: true }).slice(1)).toEqual([
      ...[
        ['Welsh', '1'],
        ['German', '2'],
        ['English', '1'],
        ['Canadian French', '1'],
      ],
    ])
    const text = await textOfPdf(await desk.file({ report, format: 'PDF', language: 'DE' }))
    for (const words of ['AufeinenBlick', 'Gezählt', 'Anzahl', 'Einzeln', 'Französisch(Kanada)'])
      expect(text).toContain(words)
    const refused = { report: tagged('counted', ['displayName']), format: 'CSV', content: 'GROUPS' }
    expect(await desk.fail(creating, { input: refused })).toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('of a PDF says words of ours in the language of its reader, in the chart, too', async () => {
    await desk.ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', {
      input: { key: 'worded', names: [{ language: 'en', text: 'Worded' }], grounds: ['CONTRACT'] },
    })
    const contactId = await desk.contact({ givenName: 'Ida', tags: ['worded'] })
    await desk.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
      input: { contactId, purpose: 'worded', ground: 'CONTRACT', source: 'a fair' },
    })
    const filter = { tags: { hasAny: ['worded'] } }
    const report = {
      definition: {
        source: 'grounds',
        columns: ['ground'],
        filter,
        groupBy: ['ground'],
        parameters: { state: 'valid' },
      },
    }
    const [german, english] = [
      await textOfPdf(await desk.file({ report, format: 'PDF', language: 'DE' })),
      await textOfPdf(await desk.file({ report, format: 'PDF', language: 'EN' })),
    ]
    // In the chart, in what is counted, and row by row.
    expect(german.split('Vertrag').length).toBeGreaterThan(3)
    expect(german).not.toContain('contract')
    expect(english).not.toContain('Vertrag')
  })

  test('for people says codes in the language of the file, and for programs as codes', async () => {
    await desk.ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', {
      input: {
        ...{ key: 'named', grounds: ['CONTRACT'] },
        names: [
          { language: 'de', text: 'Rundbrief' },
          { language: 'en', text: 'Circular' },
        ],
      },
    })
    const contactId = await desk.contact({ givenName: 'Ida', tags: ['named'] })
    await desk.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
      input: { contactId, purpose: 'named', ground: 'CONTRACT', source: 'a fair' },
    })
    const report = {
      definition: {
        ...{ source: 'grounds', columns: ['purpose', 'ground', 'groundsFor'], groupBy: ['purpose'] },
        parameters: { state: 'valid', purpose: 'named' },
      },
    }
    const contract = 'Vertrag (Art. 6 Abs. 1 Buchst. b DSGVO)'
    const csv = await desk.file({ report, format: 'CSV', language: 'DE' })
    expect(parse(csv, { bom: true, delimiter: ';' })[1]).toEqual(['Rundbrief', contract, 'Rundbrief'])
    const sheet = (await unzip(await desk.file({ report, format: 'XLSX', language: 'EN' }))).get(
      'xl/worksheets/sheet1.xml',
    )
    expect(sheet?.toString()).toMatch(/Circular.*Contract \(Art\. 6\(1\)\(b\) GDPR\).*Circular/s)
    const lines = await desk.file({ report, format: 'JSON_LINES', language: 'DE' })
    expect(JSON.parse(lines.toString())).toEqual({ purpose: 'named', ground: 'contract', groundsFor: ['named'] })
    const text = await textOfPdf(await desk.file({ report, format: 'PDF', language: 'DE' }))
    // In what was asked for, in the chart, in what is counted, and row by row.
    for (const words of ['Zustandgilt', 'ZweckRundbrief']) expect(text).toContain(words)
    expect(text).not.toContain('named')
    // Codes that have names everywhere, and operations of the log, as modules call them.
    const address = { street: 'Am Markt 1', city: 'Wien', postalCode: '1010', country: 'AT', primary: true }
    await desk.contact({ givenName: 'Eva', tags: ['coded'], language: 'de-AT', addresses: [address] })
    const coded = tagged('coded', ['country', 'language'])
    const person = await desk.file({ report: coded, format: 'CSV', language: 'DE' })
    expect(parse(person, { bom: true, delimiter: ';' })[1]).toEqual(['Österreich', expect.stringMatching(/Deutsch/)])
    const lined = await desk.file({ report: coded, format: 'JSON_LINES', language: 'DE' })
    expect(JSON.parse(lined.toString())).toEqual({ country: 'AT', language: 'de-AT' })
    const looked = { definition: { source: 'disclosures', columns: ['operation'], groupBy: ['operation'] } }
    const operations = parse(await desk.file({ report: looked, format: 'CSV', content: 'GROUPS', language: 'DE' }), {
      bom: true,
      delimiter: ';',
    })
    expect(operations.length).toBeGreaterThan(1)
    for (const [name = ''] of operations.slice(1)) expect(name).not.toMatch(/^[a-z]+[A-Z]/)
    // Reports that are told in a language from the source on are in that of the file, unless it is said.
    const review = { report: { key: 'security-review' }, format: 'JSON_LINES', language: 'DE' }
    const [german, english] = [
      (await desk.file(review)).toString(),
      (await desk.file({ ...review, parameters: { language: 'en' } })).toString(),
    ]
    expect(german).not.toBe(english)
    expect(german).toMatch(/ und /)
  })

  test('of a PDF breaks no words of what stands side by side, and no name turns the rest of its row around', async () => {
    await desk.ask(
      `mutation { createRetentionClass(input: { key: "paper", names: [{ language: "en", text: "Paper" }], period: "P2Y", start: LAST_CONTACT, action: ERASE }) { key } }`,
    )
    await desk.ask('mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }', {
      input: {
        ...{ key: 'price', kind: 'MONEY', labels: [{ language: 'de', text: 'Preis' }], category: 'customers' },
        ...{ purpose: 'named', retentionClass: 'paper' },
      },
    })
    const customFields = [{ key: 'price', value: { money: { amount: '1999.9', currency: 'EUR' } } }]
    const id = await desk.contact({ givenName: 'Ida', tags: ['paper'], birthDate: '1950-03-01', customFields })
    await desk.write('UPDATE contact SET organisation = $2, job_title = $2 WHERE contact_id = $1', [
      ...[desk.uuid(id), 'Zq\u202eevil Großhandelsgesellschaft'],
    ])
    const many = ['organisation', 'jobTitle', 'birthDate', 'createdAt', 'updatedAt', 'restricted', 'withoutBasis']
    const more = [...many, 'displayName', 'givenName', 'customFields.price', 'tags', 'language']
    for (const columns of [many.slice(0, 5), many, more]) {
      const pdf = await desk.file({ report: tagged('paper', columns), format: 'PDF', language: 'DE' })
      expect(await beyondMargins(pdf)).toEqual([])
      const items = await textOfPdf(pdf)
      for (const words of ['01.03.1950', 'Großhandelsgesellschaft', 'Zqevil', 'Geburtsdatum'])
        expect(items).toContain(words)
      if (columns === more) expect(items).toContain('1.999,90EUR')
    }
    const csv = await desk.file({ report: tagged('paper', ['customFields.price']), format: 'CSV', language: 'DE' })
    expect(parse(csv, { bom: true, delimiter: ';' })[1]).toEqual(['1.999,90 EUR'])
  })

  test('of a PDF gives each column what its words need, or says that they have no room', () => {
    const word = string({ minLength: 1, maxLength: 40 }).map((text) => text.replace(/\s/g, 'x'))
    assert(
      property(
        array(array(word, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 }),
        boolean(),
        (columns, flipped) => {
          const widths = widthsOf(columns, flipped)
          const least = columns.map((texts) =>
            Math.max(
              ...texts.map((text) => Math.min(18, Math.max(...text.split(/[\s/-]+/).map((part) => part.length / 2)))),
            ),
          )
          if (widths)
            for (const [index, width] of widths.entries()) expect(width).toBeGreaterThanOrEqual(least[index] ?? 0)
          const total = widths?.reduce((all, one) => all + one, 0) ?? 0
          expect(total).toBeLessThanOrEqual(flipped ? 158 : 104)
          if (!widths) expect(columns.length).toBeGreaterThan(4)
        },
      ),
    )
  })

  test('begins nothing in a spreadsheet, whatever the text', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        const written = harmless(text)
        for (const cell of written.split(/[,;\t|\n]/)) expect(cell).not.toMatch(/^[\s"\p{Cf}]*[=+\-@＝＋－＠]/u)
        // Nothing but apostrophes comes, and nothing but control characters goes.
        expect(written.replaceAll("'", '')).toBe(
          text
            .toWellFormed()
            .replace(/\r\n?/g, '\n')
            // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is meant
            .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f']/g, ''),
        )
      }),
    )
  })
})

const some = () => ({ report: tagged('hostile', ['jobTitle', 'birthDate']), format: 'CSV' })

describe('a file', () => {
  test('is told about while it is made, with its size and hash when it is ready, and in the log as an export', async () => {
    const id = await desk.order(some())
    const stream = await desk.app.fetch(
      new Request(`${desk.url}/graphql`, {
        method: 'POST',
        headers: {
          ...{ accept: 'text/event-stream', 'content-type': 'application/json' },
          authorization: `Bearer ${desk.token}`,
        },
        body: JSON.stringify({
          query: 'subscription ($id: ID!) { reportFileProgress(id: $id) { state rowsDone rowsTotal } }',
          variables: { id },
        }),
      }),
    )
    const [told] = await Promise.all([stream.text(), desk.make()])
    expect(told).toMatch(/"state":"(QUEUED|BUILDING)"/)
    expect(told).toContain('"state":"READY"')
    const answer = await desk.fetched(id)
    const content = Buffer.from(await answer.arrayBuffer())
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=report-[\d-]+\.csv$/)
    const file = await desk.fileOf(id)
    expect(file).toMatchObject({
      ...{ state: 'READY', rows: all.length, size: content.length, columns: ['jobTitle', 'birthDate'], fault: null },
      sha256: createHash('sha256').update(content).digest('hex'),
    })
    expect(new Date(file.expiresAt).getTime() - Date.now()).toBeGreaterThan(23.9 * 3_600_000)
    const where = { entity: 'ReportFile', entityId: desk.uuidOfFile(id) }
    const entries = await systemEntries(desk.database, where)
    expect(entries.map(({ action, operation }) => `${action} ${operation}`)).toEqual([
      ...['created createReportFile', 'updated produceReportFile', 'read downloadReportFile'],
    ])
    expect(entries[2]?.changes).toMatchObject({ url: { new: { format: 'csv', rows: all.length } } })
    // Nothing of what it is over, and nothing of what is in it.
    expect(JSON.stringify(entries.map(({ changes }) => changes))).not.toMatch(/hostile|HYPERLINK|1950/)
  })

  test('is told of when it is asked who accessed what of one contact that is in it', async () => {
    const [one, other] = [
      await desk.contact({ givenName: 'Ida', tags: ['reached'] }),
      await desk.contact({ givenName: 'Eva', tags: ['reached'] }),
    ]
    const outside = await desk.contact({ givenName: 'Uta' })
    const id = await desk.order({ report: tagged('reached', ['displayName']), format: 'CSV' })
    await desk.make()
    const asked = `query ($contact: ID!, $parameters: JSON!) {
      runReport(report: { key: "disclosures" }, parameters: $parameters) { rows { contactId cells { column text } } } contact(id: $contact) { id } }`
    const told = async (contact: string, kind = 'export') => {
      const { runReport } = await desk.ask(asked, { contact, parameters: { contact, kind } })
      return runReport.rows.map(({ contactId, cells }: Data) => [
        contactId,
        cells.find(({ column }: Data) => column === 'operation').text,
      ])
    }
    // Nobody got it yet.
    expect(await told(one)).toEqual([])
    await desk.fetched(id)
    await desk.fetched(id)
    for (const contact of [one, other]) {
      expect(await told(contact)).toEqual([
        [contact, 'downloadReportFile'],
        [contact, 'downloadReportFile'],
      ])
    }
    expect(await told(outside, 'all')).toEqual([])
    const entries = await systemEntries(desk.database, { entityId: desk.uuidOfFile(id), action: 'read' })
    const reached = await desk.database.exportReach.findMany({ where: { requestId: entries[0]?.requestId ?? '' } })
    const ids = [one, other].map(desk.uuid).toSorted()
    expect(reached.map(({ contactIds }) => contactIds)).toEqual([ids])
    const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest()
    expect(entries[0]?.changes).toMatchObject({
      url: { new: { contacts: 2, contactsSha256: sha256(sha256(ids.join(' '))).toString('hex') } },
    })
    await expect(desk.database.exportReach.deleteMany()).rejects.toThrow(/permission|denied/)
    // Nor does anybody save whom they ask about.
    const saving = 'mutation ($input: SaveReportInput!) { saveReport(input: $input) { id } }'
    const definition = { source: 'disclosures', parameters: { contact: one } }
    expect(await desk.fail(saving, { input: { name: 'x', definition } })).toMatchObject({ code: 'INVALID_INPUT' })
    for (const contact of ['none', 5, desk.uuid(one)])
      expect(await desk.fail(asked, { contact: one, parameters: { contact } })).toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('is sealed where it lies', async () => {
    const id = await desk.order(some())
    await desk.make()
    const { storageKey } = await rowOf(id)
    const stored = Buffer.concat(await Array.fromAsync(desk.work.storage.open(storageKey)))
    expect(stored.length).toBeGreaterThan(100)
    expect(stored.includes('formula')).toBe(false)
  })

  test('is nobody else’s: not of whoever may do everything, either', async () => {
    const mine = await desk.user(['reports.*', 'contacts.*'])
    const id = await desk.order(some(), mine)
    await desk.make()
    expect((await desk.fileOf(id, mine)).state).toBe('READY')
    expect(await desk.fileOf(id)).toBeNull()
    expect((await desk.fetched(id)).status).toBe(404)
    expect((await desk.fetched(id, mine)).status).toBe(200)
    const erase = 'mutation ($id: ID!) { eraseReportFile(id: $id) { id } }'
    expect(await desk.fail(erase, { id })).toMatchObject({ code: 'NOT_FOUND' })
    const list = await desk.ask('{ reportFiles { id } }')
    expect(list.reportFiles.map((one: Data) => one.id)).not.toContain(id)
    const none = await desk.app.fetch(new Request(`${desk.url}/report-files?id=${encodeURIComponent(id)}`))
    expect(none.status).toBe(401)
    await desk.ask(erase, { id }, mine)
    expect((await desk.fetched(id, mine)).status).toBe(404)
  })

  test('is refused to whoever lost a right since, and made as they may see it when it is made', async () => {
    const reader = await desk.user(['reports.*', 'contacts.*'])
    const id = await desk.order(some(), reader)
    await desk.make()
    await revoke(reader, 'contacts.*')
    expect((await desk.fetched(id, reader)).status).toBe(403)
    await grant(reader, 'contacts.contact')
    const refused = await desk.fetched(id, reader)
    expect(refused.status).toBe(403)
    expect(await refused.text()).toContain('contacts.')
    for (const right of ['contacts.birthDate', 'contacts.organisation', 'contacts.tags']) await grant(reader, right)
    expect((await desk.fetched(id, reader)).status).toBe(200)

    // What was lost between asking and making is not in it.
    const later = await desk.order(
      { ...some(), report: tagged('hostile', ['jobTitle', 'organisation', 'birthDate']) },
      reader,
    )
    await revoke(reader, 'contacts.birthDate')
    await desk.make()
    expect((await desk.fileOf(later, reader)).columns).toEqual(['jobTitle', 'organisation'])
    await revoke(reader, 'reports.*')
    expect((await desk.fetched(later, reader)).status).toBe(403)
  })

  test('is refused to whoever sees somebody in it no more', async () => {
    const names = [{ language: 'en', text: 'Served' }]
    const purpose = { key: 'served', names, grounds: ['CONTRACT'], retentionClass: null }
    await desk.ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', {
      input: purpose,
    })
    const served = [
      await desk.contact({ givenName: 'A', tags: ['seen'] }),
      await desk.contact({ givenName: 'B', tags: ['seen'] }),
    ]
    for (const contactId of served) {
      await desk.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
        input: { contactId, purpose: 'served', ground: 'CONTRACT', source: 'Zqfair' },
      })
    }
    await desk.contact({ givenName: 'C', tags: ['seen'] })
    const bound = await desk.user(['reports.*', 'contacts.*'])
    const bind = (purposes: readonly string[]) =>
      desk.write(`UPDATE role SET purposes = $2 WHERE id IN (SELECT role_id FROM role_assignment WHERE user_id = $1)`, [
        desk.idOf(bound),
        purposes,
      ])
    await bind(['served'])
    const report = tagged('seen', ['displayName'])
    const made = async () => {
      const id = await desk.order({ report, format: 'JSON_LINES' }, bound)
      await desk.make()
      return id
    }
    const id = await made()
    expect((await (await desk.fetched(id, bound)).text()).split('\n')).toHaveLength(3)
    // Bound otherwise, as if it had been made for somebody else.
    await bind([])
    await settled(async () => expect((await desk.fetched(id, bound)).status).toBe(403))
    await bind(['served'])
    await settled(async () => expect((await desk.fetched(id, bound)).status).toBe(200))
    await desk.write(`UPDATE lawful_basis_period SET valid_until = now() WHERE contact_id = $1`, [
      desk.uuid(served[0] ?? ''),
    ])
    const answer = await desk.fetched(id, bound)
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('have it made anew')])
    expect((await (await desk.fetched(await made(), bound)).text()).split('\n')).toHaveLength(2)
  })

  test('is not made for whoever may not have it any more, and tells why', async () => {
    const reader = await desk.user(['reports.*', 'contacts.*'])
    const id = await desk.order(some(), reader)
    await revoke(reader, 'reports.*')
    await desk.make()
    await grant(reader, 'reports.*')
    expect(await desk.fileOf(id, reader)).toMatchObject({ state: 'FAILED', url: null, fault: 'FORBIDDEN' })
    expect((await desk.fetched(id, reader)).status).toBe(409)
  })

  test('is gone after a day, with what was noted of it', async () => {
    const id = await desk.order(some())
    await desk.make()
    const { storageKey } = await rowOf(id)
    const fileId = desk.uuidOfFile(id)
    expect(await desk.database.reportFileContact.count({ where: { fileId } })).toBe(all.length)
    await desk.write(`UPDATE report_file SET expires_at = now() - interval '1 second' WHERE id = $1`, [fileId])
    expect(await desk.fileOf(id)).toBeNull()
    expect((await desk.fetched(id)).status).toBe(404)
    await eraseExpiredFiles(context())
    expect(await desk.database.reportFile.findUnique({ where: { id: fileId } })).toBeNull()
    expect(await desk.database.reportFileContact.count({ where: { fileId } })).toBe(0)
    await expect(Array.fromAsync(desk.work.storage.open(storageKey))).rejects.toThrow('has no file')
  })

  test('can’t be too many at once', async () => {
    const busy = await desk.user(['reports.*', 'contacts.*'])
    for (let count = 0; count < 20; count++) await desk.order(some(), busy)
    expect(await desk.fail(creating, { input: some() }, busy)).toMatchObject({ code: 'LIMIT_EXCEEDED' })
    while (await desk.make());
  })

  test('of more rows than paper takes is refused as a PDF, and says what to do', async () => {
    await desk.write(
      `INSERT INTO contact (contact_id, given_name, family_name, display_name, organisation, job_title, title, language, time_zone, tags, source, created_at, updated_at)
       SELECT gen_random_uuid(), 'Ida', 'Many', 'Ida Many', '', '', '', '', '', '{many}', '', now(), now() FROM generate_series(1, 2001)`,
      [],
    )
    const report = tagged('many', ['displayName'])
    const id = await desk.order({ report, format: 'PDF' })
    await desk.make()
    const { state, fault, faultMessage } = await desk.fileOf(id)
    expect([state, fault]).toEqual(['FAILED', 'LIMIT_EXCEEDED'])
    expect(faultMessage).toContain('2000 rows')
    const csv = await desk.file({ report, format: 'CSV' })
    expect(csv.toString().split('\r\n')).toHaveLength(2003)
  })
})

describe('whoever is erased', () => {
  const people = async (tag: string) => [
    await desk.contact({ givenName: 'Zqgone', tags: [tag] }),
    await desk.contact({ givenName: 'Zqstays', tags: [tag] }),
  ]
  const erase = async (id: string, categories: readonly string[] | null = null) => {
    const decision = wholeContact({ categories })
    const contactIds = [desk.uuid(id)]
    await executeErasure(context(), { erasureId: decision.erasureId, contactIds, decision, facts: facts() })
  }

  test('takes all files with them that they are in, and no others', async () => {
    const [gone = ''] = await people('taken')
    const report = tagged('taken', ['displayName'])
    const rows = await desk.order({ report, format: 'XLSX' })
    const counted = await desk.order({
      ...{ format: 'CSV', content: 'GROUPS' },
      report: tagged('taken', ['displayName'], { groupBy: ['language'] }),
    })
    const other = await desk.order(some())
    while (await desk.make());
    const keys = [(await rowOf(rows)).storageKey, (await rowOf(counted)).storageKey]
    await erase(gone)
    for (const id of [rows, counted]) expect((await desk.fetched(id)).status).toBe(404)
    for (const key of keys) await expect(Array.fromAsync(desk.work.storage.open(key))).rejects.toThrow('has no file')
    expect((await desk.fetched(other)).status).toBe(200)
    expect(await desk.database.reportFileContact.count({ where: { contactId: desk.uuid(gone) } })).toBe(0)
    // That somebody else was in them is forgotten by and by.
    await eraseExpiredFiles(context())
    expect(await desk.database.reportFileContact.count({ where: { fileId: desk.uuidOfFile(rows) } })).toBe(0)
    const [entry] = await systemEntries(desk.database, { action: 'removed', entityId: desk.uuidOfFile(rows) })
    expect(entry?.operation).toBe('executeErasure')
  })

  test('in part takes them, too, as a file can hold what is erased, and what is just made is made anew without it', async () => {
    const [partly = ''] = await people('partly')
    const columns = ['displayName', 'jobTitle']
    await desk.write('UPDATE contact SET job_title = $2 WHERE contact_id = $1', [desk.uuid(partly), 'Zqjob'])
    const report = tagged('partly', columns)
    const ready = await desk.order({ report, format: 'CSV' })
    await desk.make()
    expect(await (await desk.fetched(ready)).text()).toContain('Zqjob')
    const making = await desk.order({ report, format: 'JSON_LINES' })
    const { storage } = desk.work
    const slow = {
      ...storage,
      put: async (key: string, content: AsyncIterable<Uint8Array>) => {
        await storage.put(key, content)
        await erase(partly, ['occupation'])
      },
    }
    await desk.make({ storage: slow })
    expect((await desk.fetched(ready)).status).toBe(404)
    expect((await desk.fileOf(making)).state).toBe('QUEUED')
    await desk.make()
    const lines = (await (await desk.fetched(making)).text()).trim().split('\n')
    expect(
      lines.map((line) => JSON.parse(line)).toSorted((one, other) => (one.displayName < other.displayName ? -1 : 1)),
    ).toEqual([
      { displayName: 'Zqgone', jobTitle: null },
      { displayName: 'Zqstays', jobTitle: null },
    ])
  })

  test('while it is made is not in it: it is made anew', async () => {
    const [gone = ''] = await people('meanwhile')
    const id = await desk.order({ report: tagged('meanwhile', ['displayName']), format: 'JSON_LINES' })
    const { storage } = desk.work
    const slow = {
      ...storage,
      put: async (key: string, content: AsyncIterable<Uint8Array>) => {
        await storage.put(key, content)
        await erase(gone)
      },
    }
    await desk.make({ storage: slow })
    expect((await desk.fileOf(id)).state).toBe('QUEUED')
    await desk.make()
    expect(await (await desk.fetched(id)).text()).toBe('{"displayName":"Zqstays"}\n')
  })

  test('by an erasure that had begun before they were noted is not in it, either', async () => {
    const [gone = ''] = await people('unnoted')
    const id = await desk.order({ report: tagged('unnoted', ['displayName']), format: 'JSON_LINES' })
    const decision = wholeContact()
    const erasure = { erasureId: decision.erasureId, contactIds: [desk.uuid(gone)], decision, facts: facts() }
    const waiting = async () => {
      const [row] = await desk.database.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INTO report_file_contact%'`
      return row?.count
    }
    let made: Promise<unknown> | undefined
    await executeErasure(context(), erasure, {
      at: async (step) => {
        if (step !== 'erased') return
        made = desk.make()
        await expect.poll(waiting).toBe(1)
      },
    })
    expect(await made).toBe(true)
    expect((await desk.fileOf(id)).state).toBe('QUEUED')
    await desk.make()
    expect(await (await desk.fetched(id)).text()).toBe('{"displayName":"Zqstays"}\n')
  })

  test('is nobody in a file about who looked at what, which can be had still', async () => {
    const [gone = ''] = await people('looked at')
    await desk.ask('mutation ($id: ID!) { discloseContact(input: { contactId: $id, kind: ACCESS }) { id } }', {
      id: gone,
    })
    await erase(gone)
    const report = { definition: { source: 'disclosures', columns: ['operation', 'contact'] } }
    const text = (await desk.file({ report, format: 'JSON_LINES' })).toString()
    expect(text).toContain('"operation":"discloseContact"')
    expect(text).not.toContain(gone)
    expect(text).not.toContain(desk.uuid(gone))
  })
})

test('while the storage takes nothing a file waits, and it is made when that does again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-full-'))
  await writeFile(join(folder, 'full'), '')
  const storage = withClearFaults(openFolder(join(folder, 'full', 'storage')))
  const id = await desk.order(some())
  for (let tries = 0; tries < 3; tries++) await desk.make({ storage })
  expect(await desk.fileOf(id)).toMatchObject({ state: 'QUEUED', fault: null })
  await desk.make()
  expect((await desk.fileOf(id)).state).toBe('READY')
  // And while it is away, nothing can be fetched, which is told.
  const { storageKey } = await rowOf(id)
  await desk.work.storage.remove(storageKey)
  const lost = await desk.fetched(id)
  expect([lost.status, (await lost.json()).errors[0].extensions.code]).toEqual([500, 'UNREADABLE'])

  const hopeless = await desk.order(some())
  for (let tries = 0; tries < 6; tries++) await desk.make({ storage })
  expect(await desk.fileOf(hopeless)).toMatchObject({ state: 'FAILED', fault: 'UNAVAILABLE' })
  await rm(folder, { recursive: true })
})

const context = () => ({ ...desk.work, requestId: randomUUID() })

const rowOf = (id: string) => desk.database.reportFile.findUniqueOrThrow({ where: { id: desk.uuidOfFile(id) } })

/** Rights that were changed past the product take effect within a second. */
const settled = (check: () => Promise<void>) =>
  expect
    .poll(
      async () =>
        check().then(
          () => true,
          () => false,
        ),
      { timeout: 10_000 },
    )
    .toBe(true)

/** The one role of whoever has this token. */
async function roleOf(token: string): Promise<string> {
  const { roleId } = await desk.database.roleAssignment.findFirstOrThrow({ where: { userId: desk.idOf(token) } })
  return Buffer.from(`Role:${roleId}`).toString('base64')
}

const grant = async (token: string, right: string) =>
  desk.ask(
    'mutation ($r: ID!, $right: String!) { grantRight(role: $r, right: $right, read: true, write: true) { id } }',
    {
      ...{ r: await roleOf(token), right },
    },
  )

const revoke = async (token: string, right: string) =>
  desk.ask(
    'mutation ($r: ID!, $right: String!) { revokeRight(role: $r, right: $right, read: true, write: true) { id } }',
    {
      ...{ r: await roleOf(token), right },
    },
  )
