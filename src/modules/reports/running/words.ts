import type { Context } from '../../../graphql/context.ts'
import type { Text } from '../../disclosed.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'
import type { ReportColumn } from '../sources/source.ts'

type Register = NonNullable<ReportColumn['keys']>

/** Who may not read a register sees the keys that stand in a report, and no names. */
const rightOf: Readonly<Record<Register, string>> = {
  purpose: 'lawfulness.purposes',
  retentionRule: 'retention.rules',
}

const read = {
  purpose: ({ database }: Context) => database.purpose.findMany({ select: { key: true, names: true } }),
  retentionRule: ({ database }: Context) => database.retentionRule.findMany({ select: { key: true, names: true } }),
}

/** How what stands in a register is called, by key, for those who may read it. */
export async function namesIn(context: Context, register: Register): Promise<Readonly<Record<string, Text>>> {
  if (!context.rights.canRead(rightOf[register])) return {}
  const rows = await read[register](context)
  return Object.fromEntries(
    rows.map(({ key, names }) => {
      const texts = textsIn(names)
      return [key, { de: textIn(texts, 'de') || key, en: textIn(texts, 'en') || key }]
    }),
  )
}

/** Columns with how their values are called, where these are keys. */
export async function withNames<Column extends ReportColumn>(
  context: Context,
  columns: readonly Column[],
): Promise<Column[]> {
  const registers = [...new Set(columns.flatMap(({ keys }) => keys ?? []))]
  const names = new Map(await Promise.all(registers.map(async (one) => [one, await namesIn(context, one)] as const)))
  return columns.map((column) => (column.keys ? { ...column, values: names.get(column.keys) ?? {} } : column))
}
