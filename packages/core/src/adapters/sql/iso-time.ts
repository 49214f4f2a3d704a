let lastMs = NaN
let lastText = ''

/** As `toISOString`, which takes long: rows that are written together are of one time. */
export function isoTime(time: Date): string {
  const ms = time.getTime()
  if (ms !== lastMs) {
    lastText = time.toISOString()
    lastMs = ms
  }
  return lastText
}
