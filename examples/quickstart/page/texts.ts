import { isWherryError } from '@wherry/client'

/** Whether nobody knows what became of a write. */
export function isUncertain(error: unknown): boolean {
  return isWherryError(error) && error.details.outcome === 'unknown'
}

/** What became of a write that failed, for the person who made it. */
export function failureText(error: unknown, done: 'saved' | 'deleted' = 'saved'): string {
  if (!isWherryError(error)) return `Not ${done}: ${String(error)}`
  if (isUncertain(error)) {
    return `It is not certain whether this was ${done}: no answer came. The list will show.`
  }
  if (error.code === 'Timeout' || error.code === 'NotConnected') {
    return `Not ${done}: there is no connection. Try again when it is back.`
  }
  return `Not ${done}: ${error.message}`
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'medium' })

export function timeText(time: Date): string {
  const isToday = time.toDateString() === new Date().toDateString()
  return (isToday ? clock : day).format(time)
}

export function exactTimeText(time: Date): string {
  return exact.format(time)
}

export function secondsText(time: Date): string {
  return seconds.format(time)
}

/** A value as one would write it in a program. */
export function sourceText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sourceText).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, part]) => `${name}: ${sourceText(part)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}
