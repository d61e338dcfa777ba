import { createReadStream } from 'node:fs'
import iconv from 'iconv-lite'
import { describe, expect, test } from 'vitest'
import { checkDraft } from '../../src/modules/contacts/check.ts'
import { detectFormat, ImportFileError, type ReadOptions, readRows } from '../../src/modules/contacts/import/reader.ts'
import { drafts, folder, outcome, readFixture, readText } from './import-support.ts'

describe('the fixtures', () => {
  test.each([
    ['google-old.csv', 3, ['line 5 emails.0.address', 'line 7 row']],
    ['google-new.csv', 2, ['line 3 birthDate']],
    ['outlook-en.csv', 2, ['line 3 phones.0.number']],
    ['outlook-de.csv', 3, ['line 3 addresses.0.country', 'line 4 row']],
    ['vtiger.csv', 2, ['line 3 emails.0.address', 'line 3 phones.0.number']],
    ['tab-utf16.csv', 2, ['line 3 givenName']],
    ['contacts-v3.vcf', 5, ['line 24 card', 'line 33 card', 'line 37 emails.0.address']],
    ['contacts-v4.vcf', 3, ['line 18 birthDate', 'line 25 card']],
    ['contacts.jsonl', 6, ['line 3 givenNmae', 'line 4 givenName', 'line 5 line', 'line 7 line']],
  ])('%s has its good rows read and its bad ones named', async (name, count, expected) => {
    const { rows, error } = await readFixture(name)
    const faults = rows.flatMap((row) =>
      [...row.faults, ...checkDraft(row.draft, { defaultCountry: 'DE' }).faults].map(
        ({ field }) => `${row.place} ${field}`,
      ),
    )
    expect({ error, count: rows.length, faults }).toEqual({ error: undefined, count, faults: expected })
    expect(rows[0]?.draft).toMatchSnapshot()
  })

  test('stream from disk', async () => {
    const places = []
    const stream = createReadStream(`${folder}vtiger.csv`, { highWaterMark: 7 })
    for await (const row of readRows(stream, { format: 'csv' })) places.push([row.place, row.externalId])
    expect(places).toEqual([
      ['line 2', 'CON7'],
      ['line 3', 'CON8'],
    ])
  })
})

describe('the format of a file', () => {
  test.each([
    ['a.vcf', 'x', 'vcard'],
    ['a.CSV', 'x', 'csv'],
    ['a.jsonl', '{', 'jsonl'],
    ['export', ' begin:vcard\n', 'vcard'],
    ['export', '{"a":1}', 'jsonl'],
    ['export', 'First Name,Last Name', 'csv'],
    ['misnamed.csv', '\uFEFFBEGIN:VCARD', 'vcard'],
  ])('%s with %j', (name, text, format) => expect(detectFormat(name, Buffer.from(text))).toBe(format))
  test.each(['', 'PK\x03\x04rest', '[{"a":1}]', '\0\0\0\0'])('%j is refused', (text) => {
    expect(() => detectFormat('export', Buffer.from(text))).toThrow(ImportFileError)
  })
})

describe('the encoding of a file', () => {
  const text = 'Vorname;Nachname\nJörg;Müßig\n'
  test.each(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'])('%s is recognised', async (encoding) => {
    const { rows } = await outcome(iconv.encode(text, encoding), { format: 'csv' })
    expect(rows[0]?.draft).toEqual({ givenName: 'Jörg', familyName: 'Müßig' })
  })
  test.each(['utf-8', 'utf-16le', 'utf-16be'])('%s with a byte order mark is recognised', async (encoding) => {
    const { rows } = await outcome(iconv.encode(text, encoding, { addBOM: true }), { format: 'csv' })
    expect(rows[0]?.draft).toEqual({ givenName: 'Jörg', familyName: 'Müßig' })
  })
  test('can be named', async () => {
    const bytes = iconv.encode(text, 'cp850')
    expect((await outcome(bytes, { format: 'csv', encoding: 'cp850' })).rows[0]?.draft.givenName).toBe('Jörg')
    expect((await outcome(bytes, { format: 'csv', encoding: 'klingon' })).error).toContain('not known')
  })
  test('an invalid character far behind is an error with its line', async () => {
    const lines = `Vorname\n${'Anna\n'.repeat(20_000)}`
    const bytes = Buffer.concat([Buffer.from(lines), Buffer.from([0x4a, 0xf6, 0x72, 0x67, 0x0a]), Buffer.from(lines)])
    const { error, rows } = await outcome(bytes, { format: 'csv' }, [65_536])
    expect(error).toMatch(/^line 20002: .*--encoding/)
    expect(rows.length).toBeGreaterThanOrEqual(19_999)
  })
})

describe('CSV', () => {
  const csv: ReadOptions = { format: 'csv' }

  test('columns are mapped, ignored or reported', async () => {
    const map = { Rufname: 'givenName', Büro: 'phone:work', Ort: '-', Heimat: 'address:home.city', Nr: 'externalId' }
    const { rows, header } = await readText('Nr,Rufname,Büro,Ort,Heimat,Hobby\n7,Änne,030 1,Ulm,Köln,tea', {
      ...csv,
      map,
    })
    expect(header?.unrecognisedColumns).toEqual(['Hobby'])
    expect(rows[0]).toMatchObject({
      externalId: '7',
      draft: {
        givenName: 'Änne',
        phones: [{ number: '030 1', label: 'work' }],
        addresses: [{ city: 'Köln', label: 'home' }],
      },
    })
  })
  test.each([
    [{ Nobody: 'givenName' }, 'no column Nobody'],
    [{ Vorname: 'shoeSize' }, 'cannot go to shoeSize'],
  ])('a map that cannot be followed is an error: %j', async (map, message) => {
    expect((await readText('Vorname\nÄnne', { ...csv, map })).error).toContain(message)
  })
  test('what is no text is an error', async () => {
    expect((await readText('\u0000\u0001\u0002\u0003PNG', csv)).error).toBeTruthy()
  })
  test('own column names are understood', async () => {
    const text =
      'givenName,emails.0.address,emails.0.label,emails.0.primary,messenger:signal,birthDate\nA,a@b.example,home,true,a.1,1.2.1990'
    expect(await drafts(text, csv)).toEqual([
      {
        givenName: 'A',
        birthDate: '1990-02-01',
        emails: [{ address: 'a@b.example', label: 'home', primary: true }],
        messengers: [{ service: 'signal', handle: 'a.1' }],
      },
    ])
  })
  test('the month comes first in English exports alone', async () => {
    expect(await drafts('First Name,E-mail Address,Birthday\nA,,4/12/1985', csv)).toMatchObject([
      { birthDate: '1985-04-12' },
    ])
    expect(await drafts('Vorname,Geburtstag\nA,4/12/1985', csv)).toMatchObject([{ birthDate: '4/12/1985' }])
  })
  test('the delimiter is found outside quotation marks, in the sep line, or named', async () => {
    const expected = [{ givenName: 'A', familyName: 'B' }]
    expect(await drafts('"Vorname";Nachname;"x,y,z,u"\nA;B;', csv)).toEqual(expected)
    expect(await drafts('sep=|\r\nVorname|Nachname\r\nA|B', csv)).toEqual(expected)
    expect(await drafts('Vorname:Nachname\nA:B', { ...csv, delimiter: ':' })).toEqual(expected)
    expect((await readText('Vorname', { ...csv, delimiter: '""' })).error).toContain('one character')
  })
  test('lines are counted through line breaks in cells and empty lines', async () => {
    const { rows } = await readText('Vorname,Straße\r\n"A","1\r\n2\n3"\r\n\r\nB,4\r\nC\r\n', csv)
    expect(rows.map((row) => row.place)).toEqual(['line 2', 'line 6', 'line 7'])
    expect(rows[2]?.faults[0]?.message).toContain('1 cells, the header has 2')
  })
  test('a stray quotation mark in a line is kept', async () => {
    expect(await drafts('Vorname,Firma\nMax "Maxi",5" Disks\nB,"C" D', csv)).toEqual([
      { givenName: 'Max "Maxi"', organisation: '5" Disks' },
      { givenName: 'B', organisation: '"C" D' },
    ])
  })
  test.each([
    ['to the end', 'Vorname,Firma\nA,B\n"C,D\nE,F\n'],
    ['to the next one', 'Vorname,Firma\nA,B\n"C,D\nE,"F"\nG,H\n'],
    ['for more than a row can hold', `Vorname,Firma\nA,B\n"C,D\n${'E,F\n'.repeat(300_000)}`],
  ])('a quotation mark left open %s is an error with its line', async (_, text) => {
    const { rows, error } = await readText(text, csv)
    expect(rows.map((row) => row.draft.givenName)).toEqual(['A'])
    expect(error).toMatch(/^line 3: A quotation mark/)
  })
  test.each(['', '\n\n', 'just,some,words\n1,2,3'])('a file without a header is an error: %j', async (text) => {
    expect((await readText(text, csv)).error).toMatch(/^(file|header): /)
  })
})

describe('vCard', () => {
  const vcard: ReadOptions = { format: 'vcard' }
  const card = (...lines: string[]) => `BEGIN:VCARD\r\n${lines.join('\r\n')}\r\nEND:VCARD\r\n`

  test('a birthday without a year keeps nothing', async () => {
    const text = card('FN:A', 'BDAY:--0412') + card('FN:B', 'BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12')
    expect(await drafts(text, vcard)).toEqual([{ displayName: 'A' }, { displayName: 'B' }])
  })
  test('escapes, several lists and the extension of a number are read', async () => {
    const text = card('FN:A\\, B\\; C\\\\D', 'CATEGORIES:x,y\\,z', 'TEL;VALUE=uri:tel:+49-30-1;ext=5')
    expect(await drafts(text, vcard)).toEqual([
      { displayName: 'A, B; C\\D', tags: ['x', 'y,z'], phones: [{ number: '+49-30-1 ext. 5' }] },
    ])
  })
  test('a picture is passed over, and one that is too big is a fault of its card alone', async () => {
    const picture = (size: number) => `PHOTO;ENCODING=b:${'iVBORw0KGgo\r\n '.repeat(size / 13)}`
    const text = card('FN:A', picture(1_000_000)) + card('FN:B', picture(6_000_000)) + card('FN:C')
    const { rows } = await readText(text, vcard)
    expect(rows.map((row) => [row.draft.displayName, row.faults.length])).toEqual([
      ['A', 0],
      ['B', 1],
      ['C', 0],
    ])
  })
  test('a card of hundred thousand properties is read in good time', async () => {
    const { rows } = await readText(card('FN:A', ...Array.from({ length: 100_000 }, () => 'TEL:1')), vcard)
    expect(checkDraft(rows[0]?.draft ?? {}).faults[0]?.message).toContain('at most')
  })
  test('a file without a card is an error', async () => {
    expect((await readText('First Name,Last Name\nA,B', vcard)).error).toContain('BEGIN:VCARD')
  })
})

describe('JSON Lines', () => {
  test('the keys of points are checked too', async () => {
    const { rows } = await readText('{"emails":[{"adress":"a@b.example"}]}', { format: 'jsonl' })
    expect(rows[0]?.faults.map(({ field }) => field)).toEqual(['emails.0.address', 'emails.0.adress'])
    expect(rows[0]?.faults[1]?.message).toContain('nearest one is address')
  })
  test.each(['', '[{"givenName":"A"}]', '{\n"givenName":"A"}', 'Vorname\nA'])('%j is an error', async (text) => {
    expect((await readText(text, { format: 'jsonl' })).error).toBeDefined()
  })
})
