import { expect, it } from 'vitest'
import { closeCodes, finalCloseCodes } from '../../src/protocol/close-codes.ts'

it('lists the codes that end a client for good as the table has them', () => {
  const final = Object.values(closeCodes).filter(({ reconnect }) => !reconnect)
  expect(Array.from(finalCloseCodes)).toEqual(final.map(({ code }) => code))
})
