import { maxChunkLength } from '@wherry/core/protocol'

/** Joins texts to JSON arrays of a limited length; there is always one. */
export function toChunks(texts: readonly string[]): readonly string[] {
  const chunks: string[] = []
  let start = 0
  let length = 0
  texts.forEach((text, index) => {
    if (index > start && length + text.length > maxChunkLength) {
      chunks.push(`[${texts.slice(start, index).join()}]`)
      start = index
      length = 0
    }
    length += text.length + 1
  })
  chunks.push(`[${texts.slice(start).join()}]`)
  return chunks
}
