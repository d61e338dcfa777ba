/**
 * Lets callers share their writes: while one is under way, those who come later wait together for the next.
 *
 * @param write Does the work of several callers at once, and returns the outcome of each.
 */
export function groupWrites<Item, Outcome>(
  write: (items: readonly Item[]) => Promise<readonly Outcome[]>,
): (item: Item) => Promise<Outcome> {
  type Waiting = { item: Item; resolve: (outcome: Outcome) => void; reject: (error: unknown) => void }
  let waiting: Waiting[] = []
  let busy = false

  async function work() {
    busy = true
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        const outcomes = await write(group.map(({ item }) => item))
        for (const [index, outcome] of outcomes.entries()) group[index]?.resolve(outcome)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    busy = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!busy) void work()
    })
}
