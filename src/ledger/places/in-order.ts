/** Reads entries some ahead of whoever takes them, and gives them in order; those that are gone meanwhile are left out. */
export async function* inOrder(
  sequences: Iterable<number> | AsyncIterable<number>,
  read: (sequence: number) => Promise<string | undefined>,
): AsyncGenerator<{ sequence: number; text: string }> {
  const ahead = 32
  const running: Promise<{ sequence: number; text: string | undefined }>[] = []
  const begin = async (sequence: number) => ({ sequence, text: await read(sequence) })
  for await (const sequence of sequences) {
    const next = begin(sequence)
    next.catch(() => undefined) // Whoever takes it hears of that.
    running.push(next)
    if (running.length < ahead) continue
    const { text, ...first } = (await running.shift()) ?? { sequence }
    if (text !== undefined) yield { ...first, text }
  }
  for (const next of running) {
    const { sequence, text } = await next
    if (text !== undefined) yield { sequence, text }
  }
}
