/** Whether a JSON text has an object with the same name twice. Of such, every reader may see another one (RFC 8259, section 4). */
export function hasDuplicateNames(json: string): boolean {
  const open: Set<string>[] = []
  for (const [token, name] of json.matchAll(/[{}[\]]|"((?:[^"\\]|\\.)*)"(?=\s*:)|"(?:[^"\\]|\\.)*"/g)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (name !== undefined) {
      const names = open.at(-1)
      const plain: unknown = JSON.parse(`"${name}"`)
      if (names?.has(String(plain))) return true
      names?.add(String(plain))
    }
  }
  return false
}
