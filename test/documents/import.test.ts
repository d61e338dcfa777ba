import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { databaseEnvironment } from '../support/environment.ts'
import { lethe } from '../support/lethe.ts'
import { type Archive, openArchive, pdf } from './support.ts'

let archive: Archive
let folder: string
beforeAll(async () => {
  archive = await openArchive()
  folder = await mkdtemp(join(tmpdir(), 'lethe-documents-'))
})
afterAll(async () => {
  await archive?.close()
  await rm(folder, { recursive: true, force: true })
})

const run = (...args: string[]) =>
  lethe(['import-documents', ...args], {
    LETHE_DATA: archive.config.data,
    ...databaseEnvironment(archive.config.databaseUrl ?? ''),
  }).done

test('files come with a table; what is wrong with a row is said, and the mended row comes in', async () => {
  const [one, other] = [
    await archive.person({ emails: [{ address: 'ida@example.org' }] }),
    await archive.person({ emails: [{ address: 'twice@example.org' }] }),
  ]
  await archive.person({ emails: [{ address: 'twice@example.org' }] })
  await mkdir(join(folder, 'scans'))
  await writeFile(join(folder, 'scans', 'Vertrag.pdf'), pdf('Vertrag'))
  await writeFile(join(folder, 'prices.csv'), 'a,b\n')
  await writeFile(join(folder, 'page.html'), '<!doctype html><script></script>')
  await symlink('/etc/passwd', join(folder, 'link.txt'))
  const manifest = join(folder, 'manifest.csv')
  const lines = [
    'file;title;type;personal;media_type;contact_ids;contact_emails;colour',
    `scans/Vertrag.pdf;"Vertrag; der erste";contract;;;"${one.uuid};${other.id}";;blue`,
    'prices.csv;;other;none;text/csv;;;',
    'scans/Vertrag.pdf;;letter;;;;IDA@example.org;',
    'page.html;;letter;;;;ida@example.org;',
    'link.txt;;letter;;;;ida@example.org;',
    '../../etc/passwd;;letter;;;;ida@example.org;',
    'absent.pdf;;letter;;;;ida@example.org;',
    'scans/Vertrag.pdf;;parchment;some;;;nobody@example.org twice@example.org;',
    'scans/Vertrag.pdf;;letter;;;;;',
  ]
  await writeFile(manifest, `\uFEFF${lines.join('\r\n')}\r\n`)

  const dry = await run(manifest, '--dry-run')
  expect(dry.stdout).toBe('Would be 4 created, 0 known already, 5 rejected.\n')
  expect(await archive.database.document.count()).toBe(0)

  const { code, stdout, stderr } = await run(manifest)
  expect([code, stdout]).toEqual([2, '3 created, 0 known already, 6 rejected.\n'])
  expect(stderr).toContain('These columns are not imported: colour.')
  for (const [line, text] of [
    [5, 'text/html'],
    [6, 'not in the folder'],
    [7, 'not in the folder|no such file'],
    [8, 'no such file'],
    [9, 'personal: It is one of none, linked, others. contact: There is no such contact.*contact: Several contacts'],
    [10, 'contacts: A document with personal data belongs to at least one contact'],
  ] as const)
    expect(stderr).toMatch(new RegExp(`line ${line}: .*(${text})`))
  const documents = await archive.ask(
    '{ documents(orderBy: { createdAt: ASC }) { edges { node { title personal contactCount declaredBy { kind } type { key } versions { mediaType url } } } } }',
  )
  expect(documents.edges.map(({ node }: { node: object }) => node)).toMatchObject([
    { title: 'Vertrag; der erste', contactCount: 2, type: { key: 'contract' }, declaredBy: { kind: 'OPERATOR' } },
    { title: 'prices.csv', personal: 'NONE', versions: [{ mediaType: 'text/csv' }] },
    { title: 'Vertrag.pdf', personal: 'LINKED', contactCount: 1, type: { key: 'letter' } },
  ])
  const { body } = await archive.send(documents.edges[0].node.versions[0].url)
  expect(body.equals(pdf('Vertrag'))).toBe(true)

  const rejected = join(folder, 'manifest.rejected.csv')
  const text = await readFile(rejected, 'utf8')
  expect(text.split('\r\n')[0]).toBe(
    '\uFEFFlethe_faults;file;title;type;personal;media_type;contact_ids;contact_emails;colour',
  )
  await writeFile(join(folder, 'mended.pdf'), pdf('mended'))
  await writeFile(rejected, `${text.replace('page.html', 'mended.pdf')};${lines[3]}\r\n`)
  expect((await run(rejected)).stdout).toBe('1 created, 1 known already, 5 rejected.\n')
})
