import { readdir, readFile } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { modules } from '../../src/modules/index.ts'

// What these have of one below is a part of what they are themselves: custom fields of contacts, and the log of who signed in.
const exceptions = ['contacts from fields', 'audit from fields', 'identity from audit']

test('a module takes code only from those above it in the list', async () => {
  const names = modules.map(({ name }) => name)
  const found = new Set<string>()
  const root = join(import.meta.dirname, '..', '..', 'src', 'modules')
  for (const [place, name] of names.entries()) {
    for (const entry of await readdir(join(root, name), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
      const text = await readFile(join(entry.parentPath, entry.name), 'utf8')
      for (const [, path = ''] of text.matchAll(/^import (?!type ).*? from '(\.\.?\/[^']+)'/gms)) {
        const [of = ''] = normalize(join(entry.parentPath, path))
          .slice(root.length + 1)
          .split('/')
        if (names.indexOf(of) > place) found.add(`${name} from ${of}`)
      }
    }
  }
  expect([...found].filter((one) => !exceptions.includes(one))).toEqual([])
  expect(found.size).toBe(exceptions.length)
})
