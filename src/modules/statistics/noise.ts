import type { Secrets } from '../../secrets.ts'

/*
 * Why no number tells of anybody.
 *
 * Numbers are released once, for each month that is over, in cells that don't overlap: each fact about a person (that they gave consent to
 * this purpose this way in this month; that their ground began to stand, or ceased) counts in one cell, once, however often it happened, so
 * that nobody weighs more than anybody else. To each count, of the empty cells as well, noise is added from the two-sided geometric
 * distribution with ratio 1/2: P(noise = k) = 2^-|k| / 3. Two worlds that differ in one fact so give any release with probabilities that
 * differ by a factor of two at most: the release is ln(2)-differentially private per fact (Dwork, McSherry, Nissim, Smith 2006; Ghosh,
 * Roughgarden, Sundararajan 2009), and whatever is computed from it, too. All answers are sums of released cells and nothing else: sums by
 * other dimensions, differences of any of them, over time and across subjects, and all linear algebra give back the noisy cells at most. What is
 * suppressed besides (suppress.ts) is judged by released cells alone, and so says nothing that they don't.
 *
 * Contacts are counted twice: all of them, and by language, each with noise of its own (cells.ts): that somebody is a contact, and that they are
 * one with this language, are two facts, and together four times as sure.
 *
 * What stands at the end of a month is released as its change since the month before, with noise on each change; so its noise is a sum that
 * grows, and asking for many months averages nothing out.
 *
 * The noise is drawn by a keyed hash of the place, the month and the count: released again, as after an older backup was restored, the same
 * count gets the same noise, and another one another.
 *
 * Suppression comes on top: shown is only what exceeds the threshold by four standard deviations of its noise. A cell whose true count is below
 * the threshold is never shown by itself; its value is capped for that. The cap is what is not covered by the factor of two: it matters to a
 * cell that is one below the threshold with a probability of 1 in 380 a month (delta = 0.0026).
 */

/** The standard deviation of one draw. */
export const deviation = 2

/** The noise of a count at a place and month: the difference of two geometric variables, each the zeros that a half of a hash begins with. */
export function noiseOf(secrets: Pick<Secrets, 'fingerprint'>, place: string, count: number): number {
  const hash = secrets.fingerprint('statistics', `${place} ${count}`)
  const half = hash.length / 2
  return zerosBefore(hash.slice(0, half)) - zerosBefore(hash.slice(half))
}

/** How many zero bits a hexadecimal number begins with. */
function zerosBefore(hexadecimal: string): number {
  const first = hexadecimal.search(/[^0]/)
  if (first < 0) return 4 * hexadecimal.length
  return 4 * first + Math.clz32(Number.parseInt(hexadecimal.charAt(first), 16)) - 28
}

/** From which value on a sum of so many draws is shown. */
export const shownFrom = (threshold: number, draws: number): number =>
  threshold + Math.ceil(4 * deviation * Math.sqrt(draws))

/** Noise, and of how many draws it is the sum. */
export type Drift = { noise: number; draws: number }

/**
 * A count as it is released, with the noise in it: what is below the threshold stays below what is shown.
 *
 * @param place What it counts, and in which month.
 * @param earlier Of what stands: the noise in what was released a month before.
 */
export function release(
  secrets: Pick<Secrets, 'fingerprint'>,
  { place, count, earlier }: { place: string; count: number; earlier?: Drift | undefined },
  threshold: number,
): Drift & { value: number } {
  const noise = noiseOf(secrets, place, count) + (earlier?.noise ?? 0)
  const draws = 1 + (earlier?.draws ?? 0)
  const value = count + noise
  return { noise, draws, value: count < threshold ? Math.min(value, shownFrom(threshold, draws) - 1) : value }
}

/** What is shown of a number: to the nearest five, as a sign that it isn't exact. */
export const rounded = (value: number): number => Math.round(value / 5) * 5

/** How far what is shown may be off, in 19 of 20 cases: by two standard deviations, and by rounding. */
export const margin = (draws: number): number => Math.ceil(2 * deviation * Math.sqrt(draws)) + 2
