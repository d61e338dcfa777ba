import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tableOf } from '../../src/database/models.ts'
import { transact } from '../../src/database/transact.ts'
import { createWording } from '../../src/modules/disclosure/report/wording.ts'
import { modules as productModules } from '../../src/modules/index.ts'
import { here } from '../../src/modules/requests/deadline.ts'
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
let words: Map<string, string[]>

beforeAll(async () => {
  office = await openOffice({ modules })
  const id = await office.contact({ givenName: 'Zq', emails: [{ address: 'zq@example.org' }] })
  const contactId = office.uuid(id)
  const key = (await office.work.keys.find([contactId])).get(contactId)
  if (!key || key === 'destroyed') throw new Error('there is no key')
  const columns = await declaredColumns('test', '.generated', 'schema')
  await withClient(ownerOf(office.config.databaseUrl ?? ''), async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    words = await dropChecks(client)
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

describe('whatever a person reads', () => {
  test('is called by a name: kinds, and their fields', () => {
    const nameless = kinds().flatMap(({ name, texts, records }) => {
      const fields = new Set(records.flatMap(({ record }) => namesIn(record)))
      return texts ? [...fields].filter((field) => !texts.fields?.[field]).map((field) => `${name}.${field}`) : [name]
    })
    expect(nameless).toEqual([])
  })

  test('is put into words where it is one of a few', () => {
    const wordless = kinds().flatMap(({ name, texts, models, records }) =>
      models.flatMap((model) => {
        const { table, columns } = tableOf(office.database, model)
        return [...columns].flatMap(([field, column]) => {
          const known = words.get(`${table}.${column}`) ?? []
          if (known.length < 2 || !records.some(({ record }: Data) => known.includes(record[field]))) return []
          return known.filter((word) => !texts?.values?.[field]?.[word]).map((word) => `${name}.${field}: ${word}`)
        })
      }),
    )
    expect(wordless).toEqual([])
  })
})

/** The kinds of records that are in the package, with what their modules say of them. */
const kinds = () => {
  const { data } = jsonIn(files, 'data.json')
  return productModules.flatMap(({ personalData }) => {
    if (personalData === 'none') return []
    return Object.entries(personalData.texts ?? {}).map(([name, texts]) => ({
      ...{ name, texts, models: personalData.models, records: (data[name] ?? []) as Data[] },
    }))
  })
}

/** The names of all fields, nested ones too; but for those that the test itself made, and those of other records in the log. */
const namesIn = (value: Data): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, each]) => [
        ...(Array.isArray(value) || ofTheTest.includes(name) ? [] : [name]),
        ...(name === 'labels' ? [] : namesIn(each)),
      ])

// Of what it puts into sealed columns.
const ofTheTest = ['zqkey', 'mark', 'new']

/** What stands in records. */
const written = () => marks.filter(({ inFile }) => !inFile)

const nameOf = ({ model, field, text }: Mark) => `${model}.${field}: ${text}`

const wording = createWording({ language: 'de', timeZone: here.timeZone, names: new Map(), modules })

/** As it reads there. */
function inPdf(text: string): string {
  const read = wording.value({ de: '', en: '' }, '', text)
  return read.replaceAll(/\s/g, '')
}

function leavesOf(value: Data): string[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [String(value)]
}
