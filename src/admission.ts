import { LetheError } from './graphql/errors.ts'

/** Lets so many works run at once and so many wait; whoever comes beyond that is sent away with UNAVAILABLE, and this message. */
export function createAdmission(limits: {
  running: number
  waiting: number
  message: string
}): <T>(work: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running < limits.running) running++
    else if (queue.length < limits.waiting) await new Promise<void>((admit) => queue.push(admit))
    else throw new LetheError('UNAVAILABLE', limits.message)
    try {
      return await work()
    } finally {
      // The place is handed on, so nobody can slip in between.
      const next = queue.shift()
      if (next) next()
      else running--
    }
  }
}
