import { followRoom } from '../fanout/generator/wherry.ts'
import type { Endpoint } from '../lib/raw-web-socket.ts'

/** 2 kB, and back. */
const text = 'x'.repeat(2_048)
const echo: Endpoint = { path: '/', opening: [{ say: text, until: text }] }

/** What is measured: how the nth connection begins, after which it is idle. */
export const subjects = {
  /** All on one live query. */
  shared: () => followRoom('all'),
  /** Each on its own. */
  distinct: (n) => followRoom(`room ${n}`),
  ws: () => echo,
} satisfies Record<string, (n: number) => Endpoint>

export type SubjectName = keyof typeof subjects
export const subjectNames = Object.keys(subjects) as SubjectName[]
