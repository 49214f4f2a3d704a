/**
 * Compares two well-formed texts by their UTF-8 bytes, which is the order of their code points.
 * JavaScript's own `<` compares UTF-16 units and so puts U+FFFD after every astral character.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i)
    let y = b.charCodeAt(i)
    if (x === y) continue
    // Surrogates (d800-dfff) stand for code points above every other unit: lift them to the top.
    if (x >= 0xd800 && y >= 0xd800) {
      x = x >= 0xe000 ? x - 0x800 : x + 0x2000
      y = y >= 0xe000 ? y - 0x800 : y + 0x2000
    }
    return x < y ? -1 : 1
  }
  return a.length < b.length ? -1 : 1
}

/**
 * The smallest text that is greater than every text which starts with `prefix`, in UTF-8 byte
 * order; undefined when there is none (the prefix is empty or all U+10FFFF).
 */
export function textAfterPrefix(prefix: string): string | undefined {
  const characters = Array.from(prefix)
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    const point = last.codePointAt(0)!
    if (point === 0x10ffff) continue
    // The code points d800 to dfff do not exist in well-formed text.
    return characters.join('') + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1)
  }
  return undefined
}

/** Why a text cannot be stored on every engine, and what helps; or undefined when it can. */
export function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'it contains the character NUL (U+0000); remove it'
  if (!text.isWellFormed()) {
    return 'it contains half of a surrogate pair; cut texts between characters, or use toWellFormed()'
  }
  return undefined
}
