import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jsonIn, type Office, openOffice, reportText } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office.close())

test('a package has the data for programs and for reading, and a manifest that tells of every file', async () => {
  const id = await office.contact({
    givenName: 'Zqida',
    familyName: 'Muster',
    emails: [{ address: 'zqida@example.org' }],
  })
  const { files } = await office.packageOf(id, { language: 'EN' })
  expect([...files.keys()]).toEqual(
    expect.arrayContaining(['data.json', 'data.schema.json', 'csv/contact.csv', 'report.pdf']),
  )
  const { files: listed } = jsonIn(files, 'manifest.json')
  const actual = [...files]
    .filter(([path]) => !path.startsWith('manifest.'))
    .map(([path, content]) => ({
      path,
      size: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    }))
  expect(listed.map(({ mediaType: _, ...file }: { mediaType: string }) => file)).toEqual(actual)
  const { data } = jsonIn(files, 'data.json')
  expect(data.contact[0].record).toMatchObject({ givenName: 'Zqida' })
  expect(files.get('csv/contactPoint.csv')?.toString()).toContain('zqida@example.org')
  expect(await reportText(files)).toContain('Zqida')
  const { writeFile } = await import('node:fs/promises')
  for (const [p, c] of files) if (p.endsWith('.pdf')) await writeFile(`/tmp/team/disc-${p}`, c)
})
