import type { Context } from '../../../graphql/context.ts'
import { forbiddenRead } from '../../../graphql/errors.ts'
import type { ReportSource } from '../sources/source.ts'

/** Whether the caller may run a report over this source at all, with these parameters. */
export const mayRun = (
  { rights }: Pick<Context, 'rights'>,
  source: ReportSource,
  parameters: Readonly<Record<string, unknown>> = {},
): boolean =>
  source.rights.every(rights.canRead) &&
  source.parameters.every(({ key, right }) => !right || !Object.hasOwn(parameters, key) || rights.canRead(right))

/** Throws FORBIDDEN unless the caller may read what each row is about. */
export function requireRights({ rights }: Pick<Context, 'rights'>, source: ReportSource): void {
  const missing = source.rights.find((right) => !rights.canRead(right))
  if (missing) throw forbiddenRead(missing)
}
