import { maxChunkLength } from '@wherry/core/protocol'

/** Some of many texts as a JSON array of a limited length, and where the next begin. */
export interface Chunk {
  readonly text: string
  readonly end: number
}

/** The chunk that begins at `start`, of at least one text, where there is one. */
export function chunkAt(start: number, count: number, textAt: (index: number) => string): Chunk {
  const texts: string[] = []
  for (let length = 0; start + texts.length < count;) {
    const text = textAt(start + texts.length)
    if (texts.length > 0 && length + text.length > maxChunkLength) break
    length += text.length + 1
    texts.push(text)
  }
  return { text: `[${texts.join()}]`, end: start + texts.length }
}
