import type { Behaviour } from '../suite/scenario.ts'
import { ada, ants, bees, bob, cyd, italy, shelved } from './library-rows.ts'

export const include: Behaviour = {
  name: 'include',
  schema: 'library',
  scenarios: [
    {
      name: 'a row holds the row that it belongs to, whole, or null',
      steps: [
        ...shelved,
        {
          call: 'authors.find',
          with: [{ include: { homeland: true } }],
          gives: [
            { ...ada, homeland: italy },
            { ...bob, homeland: null },
            { ...cyd, homeland: italy },
          ],
        },
        {
          call: 'books.find',
          with: [{ select: ['title'], include: { author: true } }],
          gives: [
            { title: 'Ants', author: ada },
            { title: 'Bees', author: ada },
            { title: 'Cats', author: bob },
            { title: 'Dogs', author: null },
          ],
        },
      ],
    },
    {
      name: 'a row holds the rows that belong to it, in the order of their keys',
      steps: [
        ...shelved,
        {
          call: 'authors.find',
          with: [{ select: ['id'], include: { books: true } }],
          gives: [
            { id: 'ada', books: [ants, { ...bees, out: null, cover: null }] },
            {
              id: 'bob',
              books: [
                {
                  id: 'c',
                  authorId: 'bob',
                  title: 'Cats',
                  pages: 30,
                  price: '0.00',
                  out: null,
                  cover: null,
                },
              ],
            },
            { id: 'cyd', books: [] },
          ],
        },
      ],
    },
    {
      name: 'rows that others join to a row are there once each, in the order of their own keys',
      steps: [
        ...shelved,
        {
          call: 'books.find',
          with: [{ select: ['id'], include: { tags: true } }],
          gives: [
            {
              id: 'a',
              tags: [
                { number: 1, label: 'small' },
                { number: 2, label: 'wild' },
              ],
            },
            { id: 'b', tags: [{ number: 2, label: 'wild' }] },
            { id: 'c', tags: [] },
            { id: 'd', tags: [] },
          ],
        },
        {
          call: 'tags.find',
          with: [{ include: { books: { select: ['title'] } } }],
          gives: [
            { number: 1, label: 'small', books: [{ title: 'Ants' }] },
            { number: 2, label: 'wild', books: [{ title: 'Ants' }, { title: 'Bees' }] },
            { number: 3, label: 'unused', books: [] },
          ],
        },
      ],
    },
    {
      name: 'what is included may include others, and a relation may lead back to its own collection',
      steps: [
        ...shelved,
        {
          call: 'authors.find',
          with: [
            {
              where: { id: 'ada' },
              select: ['name'],
              include: {
                homeland: {
                  select: ['name'],
                  include: { authors: { select: ['name'], include: { mentor: true } } },
                },
                pupils: {
                  select: ['id'],
                  include: {
                    books: {
                      select: ['title'],
                      include: { author: { select: ['name'] }, tags: true },
                    },
                    mentor: { select: ['id'], include: { homeland: true } },
                  },
                },
              },
            },
          ],
          gives: [
            {
              name: 'Ada',
              homeland: {
                name: 'Italy',
                authors: [
                  { name: 'Ada', mentor: null },
                  { name: 'Cyd', mentor: ada },
                ],
              },
              pupils: [
                {
                  id: 'bob',
                  books: [{ title: 'Cats', author: { name: 'Bob' }, tags: [] }],
                  mentor: { id: 'ada', homeland: italy },
                },
                { id: 'cyd', books: [], mentor: { id: 'ada', homeland: italy } },
              ],
            },
          ],
        },
      ],
    },
    {
      name: 'fields that a relation goes by need not be selected, and do not show then',
      steps: [
        ...shelved,
        {
          call: 'authors.find',
          with: [
            {
              select: ['name'],
              include: { books: { select: ['title'] }, mentor: { select: ['name'] } },
            },
          ],
          gives: [
            { name: 'Ada', books: [{ title: 'Ants' }, { title: 'Bees' }], mentor: null },
            { name: 'Bob', books: [{ title: 'Cats' }], mentor: { name: 'Ada' } },
            { name: 'Cyd', books: [], mentor: { name: 'Ada' } },
          ],
        },
        {
          call: 'books.find',
          with: [{ select: ['title'], include: { tags: { select: ['label'] } }, limit: 1 }],
          gives: [{ title: 'Ants', tags: [{ label: 'small' }, { label: 'wild' }] }],
        },
      ],
    },
    {
      name: 'a filter of an include leaves the rows, and empties what they hold',
      steps: [
        ...shelved,
        {
          call: 'authors.find',
          with: [
            {
              select: ['id'],
              include: {
                books: { where: { OR: [{ pages: { gt: 20 } }, { title: 'x' }] }, select: ['id'] },
                mentor: { where: { country: null } },
                homeland: { where: { name: { startsWith: 'It' } } },
              },
            },
          ],
          gives: [
            { id: 'ada', homeland: italy, mentor: null, books: [{ id: 'a' }] },
            { id: 'bob', homeland: null, mentor: null, books: [{ id: 'c' }] },
            { id: 'cyd', homeland: italy, mentor: null, books: [] },
          ],
        },
        {
          call: 'books.find',
          with: [
            {
              where: { id: 'a' },
              select: ['id'],
              include: { tags: { where: { label: { ne: 'wild' } } } },
            },
          ],
          gives: [{ id: 'a', tags: [{ number: 1, label: 'small' }] }],
        },
      ],
    },
  ],
}
