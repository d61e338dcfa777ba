let known: ReadonlySet<string> | undefined

/** Whether it is a code of ISO 4217 that is, or was, in use. */
export function isCurrency(code: string): boolean {
  known ??= new Set(Intl.supportedValuesOf('currency'))
  return known.has(code)
}
