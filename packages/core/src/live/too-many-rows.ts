import { WherryError } from '../errors/wherry-error.ts'

/** A live query holds its rows in memory, so there is an end to how many. */
export function tooManyRows(maxRows: number): WherryError {
  return new WherryError(
    'TooLarge',
    `A live query holds at most ${maxRows} rows, and there are more of this one; give it a limit, ` +
      `or narrow its where`,
  )
}

/** A limit that such a query could never reach. */
export function tooManyAsked(limit: number, maxRows: number): WherryError {
  return new WherryError(
    'TooLarge',
    `A live query holds at most ${maxRows} rows, and 'limit' is ${limit}; ask for fewer`,
  )
}
