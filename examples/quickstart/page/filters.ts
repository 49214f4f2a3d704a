import type { LiveQueryOf } from '@wherry/core'
import type { Emotion } from '../emotions.ts'
import type { AppSchema } from '../schema.ts'
import { find } from './dom.ts'
import { addChips } from './fields.ts'

type Query = LiveQueryOf<AppSchema, 'checkIns'>

const orders = {
  newest: { label: 'Newest first', orderBy: { createdAt: 'desc' } },
  oldest: { label: 'Oldest first', orderBy: { createdAt: 'asc' } },
  strongest: { label: 'Strongest first', orderBy: [{ intensity: 'desc' }, { createdAt: 'desc' }] },
  mildest: { label: 'Mildest first', orderBy: [{ intensity: 'asc' }, { createdAt: 'desc' }] },
  edited: { label: 'Last edited first', orderBy: { updatedAt: 'desc' } },
  name: { label: 'By name', orderBy: [{ userId: 'asc' }, { createdAt: 'desc' }] },
} as const satisfies Record<string, { label: string; orderBy: Query['orderBy'] }>

export interface Filters {
  /** What the list is to show, as a query. */
  read(): Required<Pick<Query, 'where' | 'orderBy'>>
  /** Back to everything, newest first. */
  reset(): void
}

export function startFilters(onChange: () => void): Filters {
  const form = find('#filters', HTMLFormElement)
  addChips(find('.chips', HTMLFieldSetElement, form), 'checkbox')
  addOptions(form, 'least', [
    'any',
    ...numbersTo(10)
      .slice(1)
      .map((n) => `${n} or more`),
  ])
  addOptions(
    form,
    'order',
    Object.values(orders).map(({ label }) => label),
    Object.keys(orders),
  )
  form.addEventListener('input', onChange)
  form.addEventListener('submit', (event) => event.preventDefault())
  return {
    read() {
      const fields = new FormData(form)
      const emotions = fields.getAll('emotion') as Emotion[]
      const text = fields.get('text') as string
      const least = Number(fields.get('least'))
      const order = fields.get('order') as keyof typeof orders
      return {
        where: {
          ...(emotions.length > 0 && { emotion: { in: emotions } }),
          ...(text !== '' && { note: { contains: text } }),
          ...(least > 1 && { intensity: { gte: least } }),
        },
        orderBy: orders[order].orderBy,
      }
    },
    reset() {
      form.reset()
      onChange()
    },
  }
}

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}

function addOptions(
  form: HTMLFormElement,
  name: string,
  labels: readonly string[],
  values: readonly string[] = numbersTo(labels.length).map(String),
): void {
  const select = find(`[name=${name}]`, HTMLSelectElement, form)
  labels.forEach((label, at) => select.add(new Option(label, values[at])))
}
