/**
 * An element with attributes and contents. What is false, null or undefined is left out. Made without markup, so that texts
 * stay texts, and pages with Trusted Types may have it.
 */
export function make(tag, attributes = {}, ...contents) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value != null) element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...contents.filter((content) => content != null && content !== false))
  return element
}
