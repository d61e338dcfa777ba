import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A column, as the Prisma schema declares it. `category`: of personal data; undefined for what is none. */
export type Column = { model: string; field: string; type: string; comment: string; category: string | undefined }

/** Every column that a folder of Prisma schemas declares, with its comment. */
export async function declaredColumns(...folder: string[]): Promise<Column[]> {
  const path = join(import.meta.dirname, '..', '..', ...folder)
  const columns: Column[] = []
  for (const name of await readdir(path)) {
    let model = ''
    let comment = ''
    for (const line of (await readFile(join(path, name), 'utf8')).split('\n')) {
      const begin = line.match(/^model (\w+)/)
      const field = line.match(/^ {2}(\w+) +(\w+)/)
      if (begin?.[1]) model = begin[1]
      else if (line.trim().startsWith('///')) comment += line.trim().slice(3)
      else if (field?.[1] && field[2] && model) {
        const category = comment.match(/\[personal: ([a-z ]+)\]/)?.[1]
        columns.push({ model, field: field[1], type: field[2], comment, category })
      }
      if (line === '}') model = ''
      if (!line.trim().startsWith('///')) comment = ''
    }
  }
  const models = new Set(columns.map((column) => column.model))
  return columns.filter(({ type }) => !models.has(type)) // relations hold nothing themselves
}
