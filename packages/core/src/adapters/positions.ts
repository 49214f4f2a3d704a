import type { Position } from '../contract/change-log.ts'
import { toHex } from '../lib/hex.ts'
import type { Runtime } from '../lib/runtime.ts'
import { positionLost } from './violations.ts'

/** Of reads that nobody follows: no log knows it. */
export const noPosition: Position = ''

/** Positions of logs that number their entries: `<generation>:<number of the last one read>`. */
export function positionOf(generation: string, place: number): Position {
  return `${generation}:${place}`
}

/** The number in a position of the log whose newest one is `head`; it may come from anywhere. */
export function placeOf(position: Position, head: Position): number {
  const [, generation, place] = /^([^:]*):(\d{1,15})$/.exec(position) ?? []
  const [headGeneration, newest] = head.split(':')
  if (generation !== headGeneration || Number(place) > Number(newest)) throw positionLost()
  return Number(place)
}

/** The name of a log that begins. */
export function newGeneration(runtime: Runtime): string {
  const bytes = new Uint8Array(8)
  runtime.fillRandom(bytes)
  return toHex(bytes)
}
