import { expect, test } from 'vitest'
import { got } from '../../src/lib/got.ts'

class Row {
  n = 1
}
class Unnamed {
  n = 1
}
const run = () => {
  throw new Error('its code has run')
}
Object.defineProperty(Unnamed, 'name', { get: run })

test.each([
  ['a literal', {}, 'got an object'],
  ['one without a prototype', Object.create(null), 'got an object'],
  ['an instance', new Row(), 'got an instance of Row'],
  ['a Map', new Map(), 'got an instance of Map'],
  ['one with instances for prototypes', Object.create(new Row()), 'got an instance of a class'],
  ['an array', [], 'got an array'],
  ['a Date', new Date(0), 'got a Date'],
])('%s is told as what it is', (_, value, words) => {
  expect(got(value)).toBe(words)
})

test('the code of a value does not run', () => {
  expect(got(new Unnamed())).toBe('got an instance of a class')
  const constructor = Object.defineProperty({}, 'constructor', { get: run })
  expect(got(Object.create(constructor))).toBe('got an instance of a class')
})
