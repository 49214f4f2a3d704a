import type { Step } from '../suite/scenario.ts'

type Row = Readonly<Record<string, unknown>>

export const out: Date = new Date('2020-02-29T12:00:00.123Z')
const cover = new Uint8Array([0, 255])

/** Ada has two books, Bob one that nobody tagged, Cyd none; one book has no author. */
export const shelved: readonly Step[] = [
  { call: 'countries.insertMany', with: [[{ code: 'it', name: 'Italy' }]] },
  {
    call: 'authors.insertMany',
    with: [
      [
        { id: 'ada', name: 'Ada', country: 'it' },
        { id: 'bob', name: 'Bob', mentorId: 'ada' },
        { id: 'cyd', name: 'Cyd', country: 'it', mentorId: 'ada' },
      ],
    ],
  },
  {
    call: 'books.insertMany',
    with: [
      [
        { id: 'a', authorId: 'ada', title: 'Ants', pages: 90, price: '9.50', out, cover },
        { id: 'b', authorId: 'ada', title: 'Bees', pages: null },
        { id: 'c', authorId: 'bob', title: 'Cats', pages: 30 },
        { id: 'd', authorId: null, title: 'Dogs', pages: 10 },
      ],
    ],
  },
  {
    call: 'tags.insertMany',
    with: [
      [
        { number: 1, label: 'small' },
        { number: 2, label: 'wild' },
        { number: 3, label: 'unused' },
      ],
    ],
  },
  {
    call: 'taggings.insertMany',
    with: [
      [
        { id: '1', bookId: 'a', tag: 2 },
        { id: '2', bookId: 'a', tag: 1 },
        { id: '3', bookId: 'a', tag: 2 },
        { id: '4', bookId: 'b', tag: 2 },
        { id: '5', bookId: 'b', tag: null },
      ],
    ],
  },
]

export const ants: Row = {
  id: 'a',
  authorId: 'ada',
  title: 'Ants',
  pages: 90,
  price: '9.50',
  out,
  cover,
}
export const bees: Row = { id: 'b', authorId: 'ada', title: 'Bees', pages: null, price: '0.00' }
export const italy: Row = { code: 'it', name: 'Italy' }
export const ada: Row = { id: 'ada', name: 'Ada', country: 'it', mentorId: null }
export const bob: Row = { id: 'bob', name: 'Bob', country: null, mentorId: 'ada' }
export const cyd: Row = { id: 'cyd', name: 'Cyd', country: 'it', mentorId: 'ada' }
