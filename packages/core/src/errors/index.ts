export { errorCodes, type ErrorCode } from './codes.ts'
export { WherryError, isWherryError, type ErrorDetails, type Outcome } from './wherry-error.ts'
