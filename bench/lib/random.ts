/**
 * Whole numbers below a bound, the same for every run with the same seed, so that all contenders
 * meet the same rows in the same order. A linear congruential generator, of which the high bits
 * are used (Knuth, The Art of Computer Programming, volume 2, 3.3.4).
 */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
