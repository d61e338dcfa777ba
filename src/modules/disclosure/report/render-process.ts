import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { NodeCompiler, PdfStandard } from '@myriaddreamin/typst-ts-node-compiler'
import { fontPaths, layable, readCharacters } from './fonts.ts'

// Given the data of a part of a report as JSON, it answers with the PDF. In a process of its own, so that its memory is given back, and
// nobody waits for it.

const template = new URL('./report.typ', import.meta.url)
const root = '/report'

const fontBlobs = await Promise.all(fontPaths.map((path) => readFile(path)))
const characters = readCharacters(fontBlobs)
const { logo, ...given } = JSON.parse((await buffer(process.stdin)).toString())
const data = JSON.stringify({ ...given, logo: logo?.name ?? null }, (_, value) =>
  typeof value === 'string' ? layable(value, characters) : value,
)
const compiler = NodeCompiler.create({ workspace: root, fontArgs: [{ fontBlobs }] })
if (logo) compiler.mapShadow(`${root}/${logo.name}`, Buffer.from(logo.content, 'base64'))
compiler.mapShadow(`${root}/data.json`, Buffer.from(data))
compiler.mapShadow(`${root}/report.typ`, await readFile(template))
const outcome = compiler.compile({ mainFilePath: `${root}/report.typ` })
const document = outcome.result
if (!document) {
  const error = outcome.takeError()
  throw new Error(`the report does not compile: ${JSON.stringify(error && compiler.fetchDiagnostics(error))}`)
}
process.stdout.write(compiler.pdf(document, { pdfStandard: PdfStandard.UA_1 }))
