import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { reportTexts } from '../../src/modules/disclosure/report/texts.ts'
import { modules as productModules } from '../../src/modules/index.ts'
import { loyalty } from '../fixtures/loyalty/index.ts'
import { declaredColumns } from '../support/columns.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { createFiller, dropChecks, type Mark, type Told } from './filler.ts'
import { type Data, jsonIn, type Office, openOffice, reportText } from './support.ts'

// With the module of a newcomer: nothing here names any.
const modules = [...productModules, loyalty]

let office: Office
let files: Map<string, Buffer>
const marks: Mark[] = []

beforeAll(async () => {
  office = await openOffice({ modules })
  const id = await office.contact({ givenName: 'Zq', emails: [{ address: 'zq@example.org' }] })
  const contactId = office.uuid(id)
  const key = (await office.work.keys.find([contactId])).get(contactId)
  if (!key || key === 'destroyed') throw new Error('there is no key')
  const columns = await declaredColumns('test', '.generated', 'schema')
  await withClient(ownerOf(office.config.databaseUrl ?? ''), async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    const words = await dropChecks(client)
    const filler = createFiller(client, office.database, { contactId, key }, { columns, words })
    for (const { personalData } of modules) {
      if (personalData === 'none') continue
      const told = () =>
        transact({ ...office.work, requestId: crypto.randomUUID() }, 'disclose', async (tx) => {
          const told: Told = { records: '', files: '' }
          for await (const one of personalData.disclose({ ...office.work, tx, contactId })) {
            told.records += JSON.stringify(one)
            for (const { open } of one.files ?? []) for await (const part of open()) told.files += Buffer.from(part)
          }
          return told
        })
      for (const model of personalData.models) marks.push(...(await filler.fill(model, told)))
    }
  })
  files = (await office.packageOf(id, { language: 'DE' })).files
})
afterAll(() => office.close())

describe('whatever is classified as personal', () => {
  test('is filled with something unique, but for what can’t carry that, of which each value is told from the other', () => {
    expect(marks.length).toBeGreaterThan(100)
    expect(new Set(marks.map(({ text }) => text).filter(Boolean)).size).toBeGreaterThan(90)
  })

  test('turns up in a file in original, if it is one', () => {
    const originals = [...files].filter(([path]) => path.startsWith('files/')).map(([, content]) => content.toString())
    const inFiles = marks.filter(({ inFile }) => inFile)
    expect(inFiles.length).toBeGreaterThan(0)
    for (const { text = '' } of inFiles) expect(originals.join('\n')).toContain(text)
  })

  test('turns up in the JSON', () => {
    const leaves = new Set(leavesOf(jsonIn(files, 'data.json').data))
    const joined = [...leaves].join('\n')
    expect(
      written()
        .filter(({ text }) => text && !leaves.has(text) && !joined.includes(text))
        .map(nameOf),
    ).toEqual([])
  })

  test('turns up in the CSV', () => {
    const cells = [...files]
      .filter(([path]) => path.startsWith('csv/'))
      .flatMap(([, content]) => parse(content, { bom: true }).flat())
    const joined = cells.join('\n')
    expect(
      written()
        .filter(({ text }) => text && !joined.includes(text))
        .map(nameOf),
    ).toEqual([])
  })

  test('turns up in the text of the PDF', async () => {
    const text = await reportText(files)
    expect(
      written()
        .filter((mark) => mark.text && !text.includes(inPdf(mark.text)))
        .map(nameOf),
    ).toEqual([])
  })
})

/** What stands in records. */
const written = () => marks.filter(({ inFile }) => !inFile)

const nameOf = ({ model, field, text }: Mark) => `${model}.${field}: ${text}`

/** As it reads there. */
function inPdf(text: string): string {
  const { moment, day } = reportTexts.de
  const read = /^\d{4}-\d\d-\d\dT/.test(text) ? moment(text) : /^\d{4}-\d\d-\d\d$/.test(text) ? day(text) : text
  return read.replaceAll(/\s/g, '')
}

function leavesOf(value: Data): string[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [String(value)]
}
