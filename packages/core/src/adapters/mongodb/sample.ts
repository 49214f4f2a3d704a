import type { Collection, Document } from './driver.ts'

/** How many documents are looked at from either end of a collection, by their keys. */
const sampleSize = 500

/** All documents of a small collection, and the first and the last ones of a large one. */
export async function* readSample(
  collection: Collection,
  options: object,
): AsyncGenerator<Document> {
  const read = (direction: 1 | -1) =>
    collection.find({}, { ...options, sort: { _id: direction }, limit: sampleSize })
  let count = 0
  for await (const document of read(1)) {
    count++
    yield document
  }
  if (count === sampleSize) yield* read(-1)
}
