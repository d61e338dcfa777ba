import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { NodeCompiler, PdfStandard } from '@myriaddreamin/typst-ts-node-compiler'
import type { Block, Document } from './document.ts'
import { fontPaths, layable, readWidths } from './fonts.ts'

// Given a document as JSON, it answers with the PDF. In a process of its own, so that its memory is given back, and nobody waits for it.

const template = new URL('./document.typ', import.meta.url)
const root = '/report'

const fontBlobs = await Promise.all(fontPaths.map((path) => readFile(path)))
const widths = readWidths(fontBlobs)
const compiler = NodeCompiler.create({ workspace: root, fontArgs: [{ fontBlobs }] })
const { logo, sections, ...given }: Document = JSON.parse((await buffer(process.stdin)).toString())
if (logo) compiler.mapShadow(`${root}/${logo.name}`, Buffer.from(logo.content, 'base64'))
let pictures = 0
const document = { ...given, logo: logo?.name ?? null, sections: sections.map(withFiles) }
compiler.mapShadow(`${root}/data.json`, Buffer.from(JSON.stringify(layOut(document))))
compiler.mapShadow(`${root}/document.typ`, await readFile(template))
const outcome = compiler.compile({ mainFilePath: `${root}/document.typ` })
const compiled = outcome.result
if (!compiled) {
  const error = outcome.takeError()
  throw new Error(`the document does not compile: ${JSON.stringify(error && compiler.fetchDiagnostics(error))}`)
}
process.stdout.write(compiler.pdf(compiled, { pdfStandard: PdfStandard.UA_1 }))

/** All texts as they can be laid out; those in narrow columns, to their width. */
function layOut(value: unknown): unknown {
  if (typeof value === 'string') return layable(value, widths)
  if (Array.isArray(value)) return value.map(layOut)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  if (!isGrid(value)) return Object.fromEntries(entries.map(([name, each]) => [name, layOut(each)]))
  const all = value.widths.reduce((sum, width) => sum + width, 0)
  const lines = value.widths.map((width) => (width / all) * (given.flipped ? 88 : 57) - 1.2)
  const cells = (row: readonly string[]) => row.map((cell, column) => layable(cell, widths, lines[column]))
  return { ...value, columns: cells(value.columns), rows: value.rows.map(cells) }
}

function isGrid(value: object): value is Extract<Block, { type: 'grid' }> {
  return 'type' in value && value.type === 'grid'
}

/** Pictures are files of their own, which the blocks name. */
function withFiles({ title, blocks }: Document['sections'][number]) {
  return { title, blocks: blocks.map((block) => (block.type === 'picture' ? asFile(block) : block)) }
}

function asFile({ svg, ...block }: Extract<Block, { type: 'picture' }>) {
  const file = `picture-${++pictures}.svg`
  compiler.mapShadow(`${root}/${file}`, Buffer.from(svg))
  return { ...block, file }
}
