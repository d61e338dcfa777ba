/** So many statements are prepared at most, on each connection that needs them. */
const most = 500
/** So many are remembered that came but once. */
const remembered = 2000

/**
 * Names statements that come again, so that PostgreSQL parses and plans them once per connection and not at every call. Statements
 * with lists have a form for each length: whatever comes when all names are given away goes without one, and nothing grows.
 */
export function statementNames(): (sql: string) => string | undefined {
  const names = new Map<string, string>()
  const once = new Set<string>()
  return (sql) => {
    const name = names.get(sql)
    if (name !== undefined || names.size >= most) return name
    if (once.delete(sql)) names.set(sql, `lethe_${names.size}`)
    else {
      if (once.size >= remembered) once.clear()
      once.add(sql)
    }
    return names.get(sql)
  }
}
