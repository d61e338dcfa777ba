import { createRequire } from 'node:module'
import createQpdf from '@neslinesli93/qpdf-wasm'
import { getDocument, OPS } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { beyondMargins } from '../support/pdf.ts'
import { type Data, type Office, openOffice, textOfPdf } from './support.ts'

// Names as they are written, of persons that nobody is.
const names = {
  Greek: 'Ελένη Παπαδοπούλου',
  Cyrillic: 'Дмитрий Иванов',
  Arabic: 'محمد الأحمد',
  Hebrew: 'שרה כהן',
  Chinese: '王小明 張偉',
  Japanese: '渡邉 さくら カナ',
  Korean: '김민준',
  Devanagari: 'अमित कुमार',
  Thai: 'สมชาย ใจดี',
  Armenian: 'Արմեն Պետրոսյան',
  Georgian: 'გიორგი ბერიძე',
  Tamil: 'குமார்',
  Bengali: 'রহিম',
  Vietnamese: 'Nguyễn Thị Hồng',
  Turkish: 'İpek Çağlar Şık',
  Emoji: 'Ida 🎂',
}

let office: Office
let pdf: Buffer

beforeAll(async () => {
  const logo = new URL('./logo.svg', import.meta.url).pathname
  const organisation = { controller: 'Beispiel GmbH\nHauptstraße 1', dataProtectionOfficer: undefined, logo }
  office = await openOffice({ config: { organisation } })
  const contact = await office.contact({
    givenName: 'Ida',
    tags: Object.values(names),
    organisation: `𞤀𞤁 ${'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(4)}`,
    websites: [{ url: `https://example.org/${'a1b2'.repeat(100)}` }],
  })
  const { files } = await office.packageOf(contact, { language: 'DE' })
  pdf = files.get('report.pdf') ?? Buffer.of()
})
afterAll(() => office.close())

const open = () => getDocument({ data: new Uint8Array(pdf), verbosity: 0 }).promise

describe('the report', () => {
  test('is a sound PDF, as qpdf finds', async () => {
    const said: string[] = []
    const path = createRequire(import.meta.url)
      .resolve('@neslinesli93/qpdf-wasm')
      .replace(/qpdf\.js$/, 'qpdf.wasm')
    const options = {
      locateFile: () => path,
      noInitialRun: true,
      print: () => {},
      printErr: (line: string) => said.push(line),
    }
    const qpdf: Data = await createQpdf(options)
    qpdf.FS.writeFile('/report.pdf', pdf)
    expect(qpdf.callMain(['--check', '/report.pdf'])).toBe(0)
    expect(said).toEqual([])
  })

  test('is tagged, and says title, language and that it is PDF/UA', async () => {
    const document = await open()
    const { info, metadata } = await document.getMetadata()
    expect(info).toMatchObject({ Title: 'Auskunft über Ihre Daten', Language: 'de' })
    expect(await document.getMarkInfo()).toMatchObject({ Marked: true })
    expect(metadata?.getRaw?.() ?? metadata?.get('pdfuaid:part')).toBeTruthy()
    const trees: string[] = []
    for (let page = 1; page <= document.numPages; page++)
      trees.push(JSON.stringify(await (await document.getPage(page)).getStructTree()))
    // Every page is tagged; a table that goes on over several has no heading on each.
    for (const tree of trees.slice(3))
      for (const role of ['Table', 'TR', 'TD']) expect(tree).toContain(`"role":"${role}"`)
    for (const role of ['H1', 'TH']) expect(trees.slice(1).join()).toContain(`"role":"${role}"`)
    const [first] = trees
    expect(first).toContain('"role":"TOC"')
    expect(first).toContain('"alt":"Logo: Beispiel GmbH"')
    expect((await document.getOutline()).length).toBeGreaterThan(9)
    await document.loadingTask.destroy()
  })

  test('has every script that names are written in, and no missing glyph', async () => {
    const text = await textOfPdf(pdf)
    for (const [script, name] of Object.entries(names)) {
      if (!['Arabic', 'Hebrew', 'Tamil', 'Bengali', 'Devanagari', 'Thai', 'Vietnamese'].includes(script))
        expect([script, text]).toEqual([script, expect.stringContaining(name.replaceAll(' ', ''))])
      for (const letter of name.replaceAll(/[\s\p{M}]/gu, ''))
        expect([script, text.includes(letter)]).toEqual([script, true])
    }
    expect(text).toContain('[U+1E900][U+1E901]') // A script that no font here has.
    const document = await open()
    for (let number = 1; number <= document.numPages; number++) {
      const { fnArray, argsArray } = await (await document.getPage(number)).getOperatorList()
      const glyphs = fnArray.flatMap((op, index) => (op === OPS.showText ? argsArray[index][0] : []))
      // Glyph 0 of a font is the box that stands for what it lacks.
      expect(glyphs.filter((glyph: Data) => glyph?.originalCharCode === 0)).toEqual([])
    }
    await document.loadingTask.destroy()
  })

  test('leaves its margins free, whatever is in it', async () => {
    expect(await beyondMargins(pdf)).toEqual([])
  })
})
