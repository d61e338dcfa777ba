/** What is there, or will be. Most of what is read is there: to wait for it all the same costs more than to use it. */
export type MaybePromise<T> = T | Promise<T>

/** Whether it has to be waited for. Asked of each value of an answer: to read what isn't there is quicker than to ask for it. */
export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'

/** Uses a value: at once if it is there. */
export const whenThere = <T, R>(value: MaybePromise<T>, use: (value: T) => MaybePromise<R>): MaybePromise<R> =>
  value instanceof Promise ? value.then(use) : use(value)

/** All values: at once if they are there. */
export const whenAllThere = <T>(values: readonly MaybePromise<T>[]): MaybePromise<T[]> => {
  const there = values.filter((value): value is Awaited<T> & T => !(value instanceof Promise))
  return there.length === values.length ? there : Promise.all(values)
}
