import { Misfit } from '../../schema/misfit.ts'

/** Of a Date. */
const latestMs = 8.64e15

const space = 32
const hyphen = 45
const dot = 46
const colon = 58

/**
 * The time of a text as the server writes it in its ISO style, such as `2026-11-30 13:00:00.5+01`:
 * in the session's time zone, of which it tells the offset, and with fewer digits where the last are
 * zeros. `new Date(text)` takes twice as long, and knows neither `BC` nor offsets with seconds.
 */
export function timestamp(text: string): Date {
  const ms = millisecondsOf(text)
  if (Math.abs(ms) <= latestMs) return new Date(ms)
  throw new Misfit('is a timestamp that no Date holds, such as infinity')
}

function millisecondsOf(text: string): number {
  const yearEnd = text.charCodeAt(4) === hyphen ? 4 : text.indexOf('-')
  // Of infinity, and of minus infinity.
  if (yearEnd < 4) return NaN
  let year = 0
  for (let at = 0; at < yearEnd; at++) year = year * 10 + digit(text, at)
  if (text.endsWith(' BC')) year = 1 - year
  const days = daysSince1970(year, twoDigits(text, yearEnd + 1), twoDigits(text, yearEnd + 4))
  let ms = days * 86_400_000 + timeOfDay(text, yearEnd + 7)
  let at = yearEnd + 15
  if (text.charCodeAt(at) === dot) {
    // What is shorter than a millisecond is cut off.
    let unit = 100
    for (let value; (value = digit(text, ++at)) >= 0 && value <= 9; unit /= 10) {
      if (unit >= 1) ms += value * unit
    }
  }
  // Of a column without time zone, whose times are taken for UTC.
  if (at === text.length || text.charCodeAt(at) === space) return ms
  const offset = timeOfDay(text, at + 1)
  return text.charCodeAt(at) === hyphen ? ms + offset : ms - offset
}

/** Of `hh`, `hh:mm` or `hh:mm:ss`, in milliseconds; an offset may have hours of three digits. */
function timeOfDay(text: string, at: number): number {
  let hours = 0
  for (let value; (value = digit(text, at)) >= 0 && value <= 9; at++) hours = hours * 10 + value
  let seconds = hours * 3_600
  if (text.charCodeAt(at) !== colon) return seconds * 1_000
  seconds += twoDigits(text, at + 1) * 60
  if (text.charCodeAt(at + 3) === colon) seconds += twoDigits(text, at + 4)
  return seconds * 1_000
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 48
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1)
}

/**
 * Of the proleptic Gregorian calendar, with years that begin in March, so that a leap day comes last:
 * days_from_civil of Howard Hinnant, chrono-Compatible Low-Level Date Algorithms, 2013.
 */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  return era * 146_097 + yearOfEra * 365 + leapDays + dayOfYear - 719_468
}
