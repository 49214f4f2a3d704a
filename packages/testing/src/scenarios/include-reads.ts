import type { Behaviour } from '../suite/scenario.ts'
import { ada, cyd, italy, out, shelved } from './library-rows.ts'

export const includeReads: Behaviour = {
  name: 'include reads',
  schema: 'library',
  scenarios: [
    {
      name: 'every method that reads rows takes include, and pages and batches read on as before',
      steps: [
        ...shelved,
        {
          call: 'authors.findOne',
          with: [{ orderBy: { name: 'desc' }, include: { mentor: true } }],
          gives: { ...cyd, mentor: ada },
        },
        {
          call: 'authors.findOne',
          with: [{ where: { id: 'x' }, include: { mentor: true } }],
          gives: null,
        },
        {
          call: 'authors.get',
          with: ['bob', { select: ['id'], include: { books: { select: ['id'] } } }],
          gives: { id: 'bob', books: [{ id: 'c' }] },
        },
        {
          call: 'authors.get',
          with: ['x', { include: { books: true } }],
          fails: { code: 'NotFound' },
        },
        {
          call: 'books.page',
          with: [
            {
              select: ['title'],
              include: { author: { select: ['name'] } },
              orderBy: { pages: 'desc' },
              limit: 3,
            },
          ],
          as: 'page',
        },
        {
          check: { '@': 'page.rows' },
          gives: [
            { title: 'Ants', author: { name: 'Ada' } },
            { title: 'Cats', author: { name: 'Bob' } },
            { title: 'Dogs', author: null },
          ],
        },
        {
          call: 'books.page',
          with: [
            {
              select: ['title'],
              include: { author: { select: ['name'] } },
              orderBy: { pages: 'desc' },
              after: { '@': 'page.next' },
            },
          ],
          gives: { rows: [{ title: 'Bees', author: { name: 'Ada' } }], next: null },
        },
        {
          call: 'books.stream',
          with: [
            { select: ['title'], include: { tags: { select: ['number'] } } },
            { batchSize: 3 },
          ],
          gives: [
            { title: 'Ants', tags: [{ number: 1 }, { number: 2 }] },
            { title: 'Bees', tags: [{ number: 2 }] },
            { title: 'Cats', tags: [] },
            { title: 'Dogs', tags: [] },
          ],
        },
        {
          pages: 'books',
          query: { orderBy: { title: 'desc' }, include: { author: true, tags: true } },
          sizes: [1, 3],
          are: ['d', 'c', 'b', 'a'],
        },
      ],
    },
    {
      name: 'a transaction includes what it has written itself',
      needs: ['transactions'],
      steps: [
        ...shelved,
        {
          transaction: [
            { call: 'books.insert', with: [{ id: 'e', authorId: 'cyd', title: 'Eels' }] },
            { call: 'taggings.insert', with: [{ bookId: 'e', tag: 3 }] },
            {
              call: 'authors.get',
              with: [
                'cyd',
                {
                  forUpdate: true,
                  select: ['id'],
                  include: { books: { select: ['title'], include: { tags: true } } },
                },
              ],
              gives: {
                id: 'cyd',
                books: [{ title: 'Eels', tags: [{ number: 3, label: 'unused' }] }],
              },
            },
          ],
        },
      ],
    },
    {
      name: 'keys of every kind lead to rows: whole numbers, large ones, moments',
      steps: [
        { call: 'books.insert', with: [{ id: 'a', title: 'Ants' }] },
        {
          call: 'shelves.insertMany',
          with: [
            [
              { number: 2n ** 53n + 1n, room: 'far' },
              { number: -7n, room: 'near' },
            ],
          ],
        },
        {
          call: 'copies.insertMany',
          with: [
            [
              { id: '1', bookId: 'a', shelf: 2n ** 53n + 1n },
              { id: '2', bookId: 'a', shelf: 2n ** 53n },
              { id: '3', bookId: 'a', shelf: -7n },
              { id: '4', bookId: 'a', shelf: null },
            ],
          ],
        },
        { call: 'days.insertMany', with: [[{ at: out, isOpen: true }]] },
        {
          call: 'loans.insertMany',
          with: [
            [
              { id: '1', copyId: '1', at: out },
              { id: '2', copyId: '3', at: new Date(out.getTime() + 1) },
            ],
          ],
        },
        {
          call: 'copies.find',
          with: [{ select: ['id'], include: { place: true } }],
          gives: [
            { id: '1', place: { number: 2n ** 53n + 1n, room: 'far' } },
            { id: '2', place: null },
            { id: '3', place: { number: -7n, room: 'near' } },
            { id: '4', place: null },
          ],
        },
        {
          call: 'shelves.find',
          with: [{ include: { copies: { select: ['id'] } } }],
          gives: [
            { number: -7n, room: 'near', copies: [{ id: '3' }] },
            { number: 2n ** 53n + 1n, room: 'far', copies: [{ id: '1' }] },
          ],
        },
        {
          call: 'books.find',
          with: [{ select: ['id'], include: { shelves: { orderBy: { room: 'asc' } } } }],
          gives: [
            {
              id: 'a',
              shelves: [
                { number: 2n ** 53n + 1n, room: 'far' },
                { number: -7n, room: 'near' },
              ],
            },
          ],
        },
        {
          call: 'loans.find',
          with: [{ select: ['id'], include: { day: true } }],
          gives: [
            { id: '1', day: { at: out, isOpen: true } },
            { id: '2', day: null },
          ],
        },
        {
          call: 'days.find',
          with: [{ include: { loans: { select: ['at'] } } }],
          gives: [{ at: out, isOpen: true, loans: [{ at: out }] }],
        },
      ],
    },
    {
      name: 'rows that were included twice are two objects',
      steps: [
        ...shelved,
        {
          call: 'books.find',
          with: [
            {
              where: { authorId: 'ada' },
              select: ['id'],
              include: { author: { select: ['name'], include: { homeland: true } } },
            },
          ],
          as: 'books',
        },
        { alter: 'books.0.author.name', to: 'Eve' },
        { alter: 'books.0.author.homeland.name', to: 'Elsewhere' },
        {
          check: { '@': 'books' },
          gives: [
            {
              id: 'a',
              author: { name: 'Eve', homeland: { code: 'it', name: 'Elsewhere' } },
            },
            { id: 'b', author: { name: 'Ada', homeland: italy } },
          ],
        },
      ],
    },
  ],
}
