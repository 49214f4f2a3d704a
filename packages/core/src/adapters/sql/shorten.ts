import { hashText } from '../../schema/hash.ts'

/** A name that servers do not cut: readable in front, unambiguous by its end. */
export function shorten(name: string, longest: number): string {
  return name.length <= longest
    ? name
    : `${name.slice(0, longest - 9)}_${hashText(name).slice(0, 8)}`
}
