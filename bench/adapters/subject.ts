import type { Emotion, EmotionPatch, NewEmotion } from './schema.ts'

/**
 * One way to work with the same table. Every subject returns the same rows, to the value: `verify`
 * sees to that before anything is timed.
 */
export interface Subject {
  readonly name: string
  /** The row with this id. */
  point(id: string): Promise<Emotion | null>
  /** The newest 100 rows of a user, newest first; rows of one moment by their id. */
  range100(userId: string): Promise<Emotion[]>
  /** Inserts a row under a new id and returns it whole. */
  insert(input: NewEmotion): Promise<Emotion>
  /** Inserts 100 rows or none, and returns them whole. */
  batch100(inputs: readonly NewEmotion[]): Promise<Emotion[]>
  /** Changes a row by its id, counts its version up, and returns it whole. */
  update(id: string, patch: EmotionPatch): Promise<Emotion>
  close(): Promise<void>
}

export const caseNames = ['point', 'range100', 'insert', 'batch100', 'update'] as const
export type CaseName = (typeof caseNames)[number]
