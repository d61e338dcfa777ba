import { readFileSync } from 'node:fs'

/**
 * A script and what it imports, for a page to have inline, where nothing can be imported from. Each module becomes a
 * function that is called at once, with the names that it exports as its result; none may import itself in a circle.
 */
export function inlineScript(entry: URL): string {
  const modules = new Map<string, string>()
  const add = (url: URL): string => {
    const name = url.pathname.replace(/.*\//, '').replaceAll(/\W/g, '_')
    if (modules.has(name)) return name
    const source = readFileSync(url, 'utf8')
    const exported = [...source.matchAll(/^export (?:async )?(?:const|function|class) (\w+)/gm)].map(([, each]) => each)
    const body = source
      .replaceAll(
        /^import (\{[^}]*\}) from '(.+)'$/gm,
        (_line, names, path) => `const ${names} = ${add(new URL(path, url))}`,
      )
      .replaceAll(/^export /gm, '')
    modules.set(name, `const ${name} = (() => {\n${body}\nreturn { ${exported.join(', ')} }\n})()\n`)
    return name
  }
  add(entry)
  return `'use strict'\n${[...modules.values()].join('\n')}`
}

/** A style sheet, for a page to have inline. */
export const inlineStyle = (url: URL): string => readFileSync(url, 'utf8')

/** Data for the scripts of a page; texts in it can't end the element that holds it. */
export const inlineData = (data: unknown): string => JSON.stringify(data).replaceAll('<', '\\u003c')
