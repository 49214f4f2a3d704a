import type { Subject } from '../subject.ts'
import { openFeathersMongodb } from '../subjects/feathers-mongodb.ts'
import { openMongoose, openMongooseLean } from '../subjects/mongoose.ts'

/** Each has one connection of the same driver. */
export function peersAt(url: string): readonly (() => Promise<Subject>)[] {
  return [() => openMongoose(url), () => openMongooseLean(url), () => openFeathersMongodb(url)]
}
