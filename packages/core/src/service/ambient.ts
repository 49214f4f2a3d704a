/**
 * A value that follows a call through everything that it awaits. Only hosts with
 * AsyncLocalStorage have one; elsewhere nothing is ever current.
 */
export interface Ambient<T> {
  run<R>(value: T, work: () => Promise<R>): Promise<R>
  current(): T | undefined
}

export type CreateAmbient = <T>() => Ambient<T>

export const noAmbient: CreateAmbient = () => ({
  run: (_, work) => work(),
  current: () => undefined,
})
