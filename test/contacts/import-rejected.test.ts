import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, test } from 'vitest'
import { checkDraft } from '../../src/modules/contacts/check.ts'
import { badRowsWriter, rejectedFileName } from '../../src/modules/contacts/import/bad-rows.ts'
import { detectFormat, ImportFileError, type ImportFormat } from '../../src/modules/contacts/import/reader.ts'
import { folder, formats, names, type Outcome, outcome, readFixture, readText } from './import-support.ts'

describe('rejected rows', () => {
  test('go into a file beside the first', () => {
    expect(rejectedFileName('contacts.csv')).toBe('contacts.rejected.csv')
    expect(rejectedFileName('/tmp/a.b/contacts.vcf')).toBe('/tmp/a.b/contacts.rejected.vcf')
  })
  test('tell what is wrong with them', async () => {
    const faults = [{ field: 'birthDate', message: 'Must be "real",\nreally.' }]
    const rewrite = async (text: string, format: ImportFormat) => {
      const { rows, header } = await readText(text, { format })
      const writer = badRowsWriter(format, header)
      return writer.header() + rows.map((row) => writer.write(row, faults)).join('')
    }
    expect(await rewrite('Vorname;x\nA;1', 'csv')).toBe(
      '\uFEFFlethe_faults;Vorname;x\r\n"birthDate: Must be ""real"",\nreally.";A;1\r\n',
    )
    expect(await rewrite('BEGIN:VCARD\nFN:A\nEND:VCARD', 'vcard')).toBe(
      'BEGIN:VCARD\r\nX-LETHE-FAULT:birthDate: Must be "real", really.\r\nFN:A\r\nEND:VCARD\r\n',
    )
    expect(await rewrite('{"tags":[]}', 'jsonl')).toBe(
      '{"_faults":["birthDate: Must be \\"real\\",\\nreally."],"tags":[]}\n',
    )
  })

  const reread = async (first: Outcome, format: ImportFormat) => {
    const writer = badRowsWriter(format, first.header)
    const text = writer.header() + first.rows.map((row) => writer.write(row, [{ field: 'x', message: 'y' }])).join('')
    const { rows } = text ? await readText(text, { format }) : { rows: [] }
    return rows.map((row) => row.draft)
  }
  test.each(names)('of %s are read again as they were', async (name) => {
    const first = await readFixture(name)
    expect(await reread(first, detectFormat(name, Buffer.from('x')))).toEqual(first.rows.map((row) => row.draft))
  })
  test('of any table are read again as they were', async () => {
    const cell = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.stringMatching(/^[",;\t\r\n =a]{0,6}$/))
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 })),
        fc.constantFrom(',', ';', '\t'),
        async (table, delimiter) => {
          const rows = [['Vorname', 'Firma', 'Straße'], ...table].map((cells) => cells.map(quote).join(delimiter))
          const first = await readText(rows.join('\n'), { format: 'csv' })
          expect(first.error).toBeUndefined()
          expect(await reread(first, 'csv')).toEqual(first.rows.map((row) => row.draft))
        },
      ),
    )
  })
})

describe('whatever the bytes', () => {
  const token = fc.constantFrom(
    'BEGIN:VCARD',
    'END:VCARD',
    '\r',
    '\n',
    '\r\n',
    '"',
    '""',
    ',',
    ';',
    ':',
    '=',
    '\\',
    ' ',
    'N:',
    'TEL;TYPE="',
    'EMAIL;PREF=1:',
    'X-LETHE-FAULT:',
    'ORG;QUOTED-PRINTABLE:=C3=',
    'First Name',
    'Vorname;Nachname',
    'E-mail 1 - Value',
    ' ::: ',
    '{"givenName":',
    '"ä"}',
    '{"_faults":[]',
    '}',
    'é',
    '😀',
  )
  const soup = fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(''))
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    soup.map((text) => Buffer.from(text)),
    fc
      .tuple(soup, fc.constantFrom('utf-16le', 'utf-16be', 'windows-1252'))
      .map(([text, name]) => iconv.encode(text, name)),
    fc.tuple(soup, fc.uint8Array({ maxLength: 9 })).map(([text, tail]) => Buffer.concat([Buffer.from(text), tail])),
    fc.constantFrom(...names).map((name) => readFileSync(folder + name)),
  )
  test('reading fails in no other way than with a file error, and does not depend on the chunks', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(bytes, sizes, fc.constantFrom(...formats), async (given, chunkSizes, format) => {
        const whole = await outcome(given, { format })
        expect(await outcome(given, { format }, chunkSizes)).toEqual(whole)
        for (const row of whole.rows) checkDraft(row.draft)
      }),
      { numRuns: 1000 },
    )
  })
  test('detecting the format fails in no other way than with a file error', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        try {
          expect(formats).toContain(detectFormat('export', given))
        } catch (error) {
          expect(error).toBeInstanceOf(ImportFileError)
        }
      }),
    )
  })
})
