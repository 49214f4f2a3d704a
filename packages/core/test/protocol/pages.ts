import { readFileSync } from 'node:fs'
import type { Json } from '../../src/lib/json.ts'

const folder = new URL('../../../../docs/reference/', import.meta.url)

function read(path: string): string {
  return readFileSync(new URL(path, folder), 'utf8')
}

/** One frame, and what it deserves. */
export interface FrameVector {
  readonly name: string
  readonly direction: 'up' | 'down'
  readonly frame?: Json
  readonly text?: string
  readonly times?: number
  readonly bytes?: number
  readonly hex?: string
  readonly binary?: true
  readonly valid?: true
  readonly closeCode?: number
}

export interface Step {
  readonly on?: string
  readonly up?: readonly Json[]
  readonly upText?: string
  readonly down?: readonly Json[]
  readonly anyOrder?: true
  readonly close?: number
  readonly cut?: true
  readonly write?: { readonly collection: string; readonly method: string; readonly args: Json[] }
  readonly wait?: number
  readonly database?: 'away' | 'back'
  readonly stop?: true
  readonly quiet?: true
  readonly note?: string
}

export interface Scenario {
  readonly number: number
  readonly name: string
  readonly rows: { readonly [collection: string]: readonly Json[] }
  readonly steps: readonly Step[]
}

export interface Conversations {
  readonly constants: {
    readonly [name: string]: { readonly repeat: string; readonly times: number }
  }
  readonly collections: Json
  readonly scenarios: readonly Scenario[]
}

export const page: string = read('protocol.md')
export const frames = JSON.parse(read('protocol/frames.json')) as readonly FrameVector[]
export const conversations = JSON.parse(read('protocol/conversations.json')) as Conversations

/** Whether it stands for something in a conversation, such as "<offset>". */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && /^<[^<>]+>$/.test(value)
}

/** The bytes of a vector's frame. */
export function bytesOf({ frame, text, times = 1, bytes = 0, hex }: FrameVector): Uint8Array {
  if (hex !== undefined) return Buffer.from(hex, 'hex')
  const whole = text === undefined ? JSON.stringify(frame) : text.repeat(times)
  return Buffer.from(whole.padEnd(bytes))
}

/** The parts of the page under headings of a level, by heading. */
export function sections(level: 2 | 3): ReadonlyMap<string, string> {
  const mark = '#'.repeat(level)
  const parts = page.split(new RegExp(`^${mark} `, 'm')).slice(1)
  return new Map(
    parts.map((part) => {
      const [heading, ...lines] = part.split('\n')
      return [heading!, lines.join('\n').split(/^## /m)[0]!]
    }),
  )
}
